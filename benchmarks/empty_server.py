"""The yardstick: a bare grpc.aio server with one handler that answers nothing. `python -m benchmarks.empty_server`."""

from __future__ import annotations

import asyncio

import grpc
import grpc.aio
import uvloop


async def serve() -> None:
    """Serve until killed; the port goes to standard output."""

    async def empty(_: bytes, __: grpc.aio.ServicerContext[bytes, bytes]) -> bytes:
        return b""

    server = grpc.aio.server()
    handler = grpc.method_handlers_generic_handler("bench.Empty", {"Call": grpc.unary_unary_rpc_method_handler(empty)})
    server.add_generic_rpc_handlers((handler,))
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    print(port, flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(serve())
