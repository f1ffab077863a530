"""A custom call of the studio's own (M1 function)."""

from __future__ import annotations

from server.application.callers import Caller
from server.ports.hooks import Hooks


class CallFunction:
    """Call a function that a module offers."""

    def __init__(self, hooks: Hooks) -> None:
        self._hooks = hooks

    async def __call__(self, caller: Caller, name: str, payload: str) -> str:
        """Call it with a JSON text, and return its answer as one.

        :raises FunctionNotFound: if no module offers it
        :raises FunctionForServers: if a player calls what is for servers
        :raises HookFailed, Refusal: if it failed or said no
        """
        return await self._hooks.call_function(name, caller.name, payload, is_trusted=caller.is_trusted)
