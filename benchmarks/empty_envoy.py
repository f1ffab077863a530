"""Envoy around the empty application. `python -m benchmarks.empty_envoy PORT`; says when it serves."""

from __future__ import annotations

import asyncio
import sys

from pyvoy import PyvoyServer


async def serve(port: int) -> None:
    """Serve until killed. One thread of Envoy's, as Laurel has it."""
    async with PyvoyServer(
        "benchmarks.empty_asgi:app", port=port, lifespan=False, additional_envoy_args=["--concurrency", "1"]
    ):
        print("serving", flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
