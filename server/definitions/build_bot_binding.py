"""The bots of a board: put into its content with all that they are, and from there to the values the rules read (L2, E8)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from server.definitions.build_bot import build_bot
from server.definitions.models.bot import BotModel
from server.definitions.models.bot_binding import BotsModel
from server.domain.bots.binding import BotBinding, Kind
from server.domain.bots.filling import Fill


def with_kinds(bots: BotsModel, known: Mapping[str, BotModel]) -> dict[str, Any]:
    """Return what was written, with all bots that it names: a phase or period then keeps the bots that it began with."""
    said = bots.model_dump(exclude_unset=True, by_alias=True)
    kinds = {bot_id: bots.kinds.get(bot_id) or known[bot_id] for bot_id in bots.which}
    said["kinds"] = {bot_id: kind.model_dump(exclude_unset=True, by_alias=True) for bot_id, kind in kinds.items()}
    return said


def build_bots(bots: BotsModel | None) -> BotBinding | None:
    """Return the bots of a content, in which all kinds are there; None: there are none."""
    if bots is None:
        return None
    built = {bot_id: build_bot(kind) for bot_id, kind in bots.kinds.items()}
    return BotBinding(
        kinds=tuple(Kind(bot_id, built[bot_id]) for bot_id in bots.which),
        fill=Fill(bots.fill.to, bots.fill.after_seconds, bots.fill.every_seconds),
        begins_on_joining=bots.anchor == "join",
        catch_up_seconds=bots.catch_up_seconds,
        take_prizes=bots.bots_take_prizes,
        count=bots.bots_count,
    )
