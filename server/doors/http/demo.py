"""The demonstration of live boards at /demo/, in development only: files of clients/web-demo, and a way to sign in.

A page can read streams at either door, but REST is spoken by Envoy alone; so the page signs in here.
"""

from __future__ import annotations

import json
from pathlib import Path

from google.protobuf import json_format
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from server.api.admission import Envelope
from server.api.dispatch import Dispatch
from server.api.methods import PACKAGE
from server.api.pb import session_service_pb2 as sessions
from server.api.status import Failure
from server.doors.http.event_streams import told

FOLDER = Path(__file__).parents[3] / "clients" / "web-demo"
_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
}
_HEADERS = {
    "cache-control": "no-cache",
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:",
    "x-content-type-options": "nosniff",
}
_BODY_MAX = 4096
_SIGN_IN = f"/{PACKAGE}.SessionService/Authenticate"


def demo(dispatch: Dispatch, folder: Path = FOLDER) -> list[Route]:
    """Return the pages; none where their files are not, as in an installation without sources."""
    if not (folder / "index.html").is_file():
        return []

    async def to_the_page(_: Request) -> Response:
        return RedirectResponse("/demo/")

    async def session(request: Request) -> Response:
        return await _signed_in(dispatch, request)

    pages = {"": folder / "index.html"} | {one.name: one for one in folder.iterdir() if one.suffix in _TYPES}
    return [
        Route("/demo", to_the_page),
        Route("/demo/session", session, methods=["POST"]),
        *(Route(f"/demo/{name}", _page(file)) for name, file in pages.items()),
    ]


def _page(file: Path):  # type: ignore[no-untyped-def] # what routes take
    async def page(_: Request) -> Response:
        return FileResponse(file, media_type=_TYPES[file.suffix], headers=_HEADERS)

    return page


async def _signed_in(dispatch: Dispatch, request: Request) -> Response:
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > _BODY_MAX:
            return JSONResponse({"message": "that is too much for a device id"}, status_code=413)
    try:
        asked = json_format.Parse(body, sessions.AuthenticateRequest())
    except json_format.ParseError as error:
        return JSONResponse({"message": str(error)[:200]}, status_code=400)
    client = request.client
    envelope = Envelope(
        _SIGN_IN, asked.SerializeToString(), request.headers.get, lambda: "" if client is None else client.host
    )
    answer = await dispatch.serve(envelope)
    if isinstance(answer, Failure):
        return JSONResponse(told(answer), status_code=400)
    signed = sessions.AuthenticateResponse.FromString(answer)
    return Response(
        json.dumps({"token": signed.session.token, "player_id": signed.session.player_id}),
        media_type="application/json",
    )
