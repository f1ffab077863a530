"""Which cohort a player joins: a module's answer, or the default (E22, M5).

The module is asked outside of the transaction, about open cohorts as they were then. Inside it the answer is judged again;
what no longer holds is asked anew, and what never held is refused and logged. E21 holds whatever a module says.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

import structlog

from server.application.asking import Asking
from server.application.bots_abreast import require_abreast
from server.domain.event_leaderboards import completion
from server.domain.event_leaderboards.cohort import Cohort
from server.domain.event_leaderboards.definition import Phase
from server.domain.event_leaderboards.joining import new_cohort
from server.domain.event_leaderboards.matching import (
    CANDIDATES_COMPARED,
    CANDIDATES_OFFERED,
    Choice,
    JoinCohort,
    NewCohort,
    is_allowed,
    preferred,
)
from server.domain.ids import EventId, PlayerId
from server.domain.instants import BEGINNING, after
from server.domain.players import Player
from server.domain.values import value
from server.ports.hooks import Hooks, OfferedCohort, SelectionQuestion
from server.ports.identity import Identities
from server.ports.store import CohortSearch, Reading, Seat, Store, Transaction

log = structlog.get_logger(__name__)


@value
class Wish:
    """Who wants into which phase, at which tier. `is_reroll`: he has been in a cohort of this phase."""

    player_id: PlayerId
    phase: Phase
    tier: int
    now: datetime
    is_reroll: bool
    is_trusted: bool


class StaleChoice(Exception):
    """The cohort that a module named has filled, completed or changed meanwhile; the module is asked again (M5)."""


class CohortChoice:
    """Chooses cohorts, and makes new ones."""

    def __init__(self, store: Store, identities: Identities, hooks: Hooks, asking: Asking) -> None:
        self._store = store
        self._asking = asking
        self._identities = identities
        self._hooks = hooks

    def asks_modules(self, event_id: EventId) -> bool:
        """Tell whether any module wants to be asked where players of the event go."""
        return self._asking.asks("cohort_selection", event_id)

    async def question(
        self,
        view: Reading,
        wish: Wish,
        player: Player,
        client_properties: str,
        server_properties: str,
        *,
        caller: str,
    ) -> SelectionQuestion:
        """Return what modules are asked: the open cohorts, in the order of preference, with who is in them."""
        candidates = await _candidates(view, wish, CANDIDATES_OFFERED)
        offered = [OfferedCohort(one, tuple(await view.players_of(one.cohort_id))) for one in candidates]
        properties = {"client": json.loads(client_properties), "server": json.loads(server_properties)}
        return SelectionQuestion(wish.phase.definition, player, wish.tier, properties, offered, caller)

    async def ask(self, question: SelectionQuestion, wish: Wish) -> Choice | None:
        """Return a module's answer if it can be followed, or None for the default. Called outside of transactions."""
        choice = await self._hooks.select_cohort(question)
        if choice is None:
            return None
        fault = await self._fault(choice, question, wish)
        if not fault:
            return choice
        event_id = wish.phase.definition.event_id
        log.warning("selection_refused", event_id=event_id, player_id=wish.player_id, choice=str(choice), fault=fault)
        return None

    async def _fault(self, choice: Choice, question: SelectionQuestion, wish: Wish) -> str:
        """Return why an answer cannot be followed, or an empty text."""
        if isinstance(choice, JoinCohort):
            if any(one.cohort.cohort_id == choice.cohort_id for one in question.candidates):
                return ""  # it was open when the module was asked; if it is not now, the module is asked again
            joinable = await self._store.read(lambda view: _joinable(view, wish, choice))
            return "" if joinable is not None else "the cohort is full, complete, foreign or unknown"
        if isinstance(choice, NewCohort) and choice.tier is not None:
            return "" if 0 <= choice.tier < wish.phase.definition.tiers else "there is no such tier"
        return ""

    async def cohort(self, tx: Transaction, wish: Wish, choice: Choice | None) -> tuple[Cohort, bool]:
        """Return the cohort to join, and whether it is a new one that has yet to be added.

        :raises StaleChoice: if the cohort that a module named cannot be joined any more
        """
        if isinstance(choice, JoinCohort):
            joinable = await _joinable(tx, wish, choice)
            if joinable is None:
                raise StaleChoice
            require_abreast([(joinable, wish.phase)], wish.now, is_exact=True)
            return joinable, False
        if not isinstance(choice, NewCohort):
            properties = "" if choice is None else choice.properties
            # Nobody to have met in a first roll: the best one is enough.
            candidates = await _candidates(tx, wish, CANDIDATES_COMPARED if wish.is_reroll else 1, properties)
            if candidates:
                require_abreast([(candidates[0], wish.phase)], wish.now, is_exact=True)
                return candidates[0], False
            choice = NewCohort(properties=properties or "{}")
        return self.made(wish, choice), True

    async def open_to_all(self, tx: Transaction, wishes: Sequence[Wish]) -> list[Cohort]:
        """Return open cohorts of one phase and tier, in the order of preference, as many as these wishes can need.

        The wishes are first rolls of the phase, so nobody has been in any of the cohorts, and nobody has met anybody.
        """
        anybody = replace(min(wishes, key=lambda one: one.now), player_id=PlayerId(""))
        found = await _candidates(tx, anybody, len(wishes))
        if anybody.phase.definition.bots is not None:
            latest = max(one.now for one in wishes)
            require_abreast(((one, anybody.phase) for one in _enough(found, len(wishes))), latest, is_exact=True)
        return found

    def made(self, wish: Wish, choice: NewCohort | None = None) -> Cohort:
        """Return a new cohort, which has yet to be added: as a module has chosen, or for everybody."""
        choice = choice or NewCohort()
        return new_cohort(
            self._identities.cohort_id(),
            wish.phase,
            wish.tier if choice.tier is None else choice.tier,
            wish.now,
            properties=choice.properties,
            is_reserved=choice.is_reserved,
        )


async def _candidates(view: Reading, wish: Wish, limit: int, properties: str = "") -> list[Cohort]:
    """Return open cohorts, with these properties if any are given: the preferred one first, then in the store's order."""
    opened = wish.phase.definition.cohort_open
    created_after = BEGINNING if opened is None else after(wish.now, -opened)
    event_id = wish.phase.definition.event_id
    search = CohortSearch(
        event_id, wish.phase.start, wish.tier, wish.player_id, created_after, limit, properties=properties
    )
    found = await view.open_cohorts(search)
    candidates = [one for one in found if completion.is_open(one.cohort, wish.phase, wish.now)]
    best = preferred(candidates)
    return [] if best is None else [best, *(one.cohort for one in candidates if one.cohort is not best)]


def _enough(cohorts: Sequence[Cohort], players: int) -> Iterator[Cohort]:
    """Yield the first cohorts, until there are places for so many players."""
    for cohort in cohorts:
        if players <= 0:
            return
        yield cohort
        players -= cohort.size - cohort.tally.participant_count


async def _joinable(view: Reading, wish: Wish, choice: JoinCohort) -> Cohort | None:
    cohort = await view.cohort_of(choice.cohort_id)
    if cohort is None or not is_allowed(cohort, wish.phase, wish.tier, wish.now, is_trusted=wish.is_trusted):
        return None
    was_there = await view.participant_of(Seat(cohort.cohort_id, wish.player_id))
    return cohort if was_there is None else None
