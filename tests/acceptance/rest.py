"""HTTP as browsers and scripts speak it, to the port that Envoy holds."""

import asyncio
import json
import urllib.error
import urllib.request
from typing import Any

from tests.acceptance.process import ServerProcess


async def asked(
    server: ServerProcess, path: str, body: Any = None, *, method: str = "", token: str = "", **headers: str
) -> tuple[int, dict[str, str], bytes]:
    """Ask over HTTP/1.1, as a browser or a script does."""
    data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    sent.setdefault("content-type", "application/json")
    if token:
        sent["authorization"] = f"Bearer {token}"
    request = urllib.request.Request(f"http://127.0.0.1:{server.port}{path}", data, sent, method=method or None)

    def ask() -> tuple[int, dict[str, str], bytes]:
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return answer.status, {key.lower(): value for key, value in answer.headers.items()}, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, {key.lower(): value for key, value in error.headers.items()}, error.read()

    return await asyncio.to_thread(ask)
