"""ModuleService: the studio's own calls."""

from __future__ import annotations

from server.api import requests as read
from server.api.methods import Audience, Call, Method
from server.api.pb import module_service_pb2 as pb
from server.application.use_cases import UseCases

FUNCTION_NAME_MAX = 64


class ModuleHandlers:
    """Translates ModuleService."""

    def __init__(self, use: UseCases) -> None:
        self._use = use

    def methods(self) -> list[Method]:
        """Return the service's calls."""
        return [
            Method(
                "ModuleService", "CallFunction", pb.CallFunctionRequest, Audience.PLAYER_OR_SERVER, self.call_function
            )
        ]

    async def call_function(self, call: Call, request: pb.CallFunctionRequest) -> pb.CallFunctionResponse:
        """Call a function of a module."""
        name = read.identifier("name", request.name, FUNCTION_NAME_MAX)
        payload = read.json_text("payload", request.payload)
        return pb.CallFunctionResponse(payload=await self._use.call_function(call.caller, name, payload))
