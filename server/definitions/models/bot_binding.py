"""`bots` of event leaderboards and leaderboards: which ones keep players company, and how they come (L2, L3, L7)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from server.definitions.models.base import EventKey, Model
from server.definitions.models.bot import BotModel, Count
from server.domain.event_leaderboards.definition import COHORT_SIZE_MAX

KINDS_MAX = 50
BOARD_BOTS_MAX = 200
"""Most bots in a segment of a leaderboard."""

Which = Annotated[list[EventKey], Field(min_length=1, max_length=KINDS_MAX)]
Kinds = Annotated[dict[EventKey, BotModel], Field(max_length=KINDS_MAX)]


class EventFillModel(Model):
    """How many bots come to a cohort, and when."""

    to: Annotated[int, Field(ge=1, le=COHORT_SIZE_MAX)] = Field(
        description="Bots come until a cohort has so many participants, humans and bots together."
    )
    after_seconds: Count = Field(0, description="The first bot comes so many seconds after the cohort was made.")
    every_seconds: Count = Field(0, description="Then one in every so many seconds. 0: all at once.")


class BoardFillModel(Model):
    """How many bots come to a segment of a leaderboard, and when."""

    to: Annotated[int, Field(ge=1, le=BOARD_BOTS_MAX)] = Field(
        description="Bots come until a segment has so many entries, humans and bots together."
    )
    after_seconds: Count = Field(0, description="The first bot comes so many seconds after the period's start.")
    every_seconds: Count = Field(0, description="Then one in every so many seconds. 0: all at once.")


class EventBotsModel(Model):
    """The bots of an event leaderboard's cohorts."""

    which: Which = Field(
        description="Ids of bots in config/bots. They come in turn: one that is named twice comes twice as often."
    )
    fill: EventFillModel = Field(description="How many, and when. A human is never kept out by a bot.")
    anchor: Literal["join", "phase"] = Field(
        "join", description="From when a bot's seconds count: join, from when it came; phase, from the phase's start."
    )
    catch_up_seconds: Count = Field(
        60, description="With anchor phase: within so many seconds a bot that comes later is where it would be."
    )
    bots_take_prizes: bool = Field(
        default=False,
        description="Bots take ranks that win, whose rewards nobody gets. false: rewards are for humans alone.",
    )
    bots_count: bool = Field(
        default=False,
        description="Bots count as participants where shares and numbers of participants decide. false: as if they were not "
        "there.",
    )
    kinds: Kinds = Field(
        default_factory=dict, description="Bots of this event alone, by id, as in config/bots; which names them, too."
    )


class BoardBotsModel(Model):
    """The bots of a leaderboard's segments."""

    which: Which = Field(
        description="Ids of bots in config/bots. They come in turn: one that is named twice comes twice as often."
    )
    fill: BoardFillModel = Field(description="How many in each segment, and when.")
    anchor: Literal["join", "period"] = Field(
        "join", description="From when a bot's seconds count: join, from when it came; period, from the period's start."
    )
    catch_up_seconds: Count = Field(
        60, description="With anchor period: within so many seconds a bot that comes later is where it would be."
    )
    bots_take_prizes: bool = Field(
        default=False, description="As in the reward policy: bots take prize places, whose prizes nobody gets."
    )
    bots_count: bool = Field(
        default=False,
        description="Bots count for min_entries and for the shares of top_percent. false: as if they were not there.",
    )
    kinds: Kinds = Field(
        default_factory=dict, description="Bots of this board alone, by id, as in config/bots; which names them, too."
    )


BotsModel = EventBotsModel | BoardBotsModel
