"""The store: cohorts, submissions, claims, and everything else that must survive.

Domain verbs, no SQL, no rows. Two adapters answer it and pass one suite, tests/storage/contract. Order of life: `open`,
any number of `transact` and `read`, `close`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from enum import Flag, auto
from typing import NamedTuple, TypeVar

from server.domain.event_leaderboards.cohort import Cohort, Participant, Participation
from server.domain.event_leaderboards.matching import Candidate
from server.domain.grants import Credit, Grant
from server.domain.ids import CohortId, DefinitionHash, EventId, GrantId, PlayerId
from server.domain.leaderboards.entry import PeriodId
from server.domain.players import Player
from server.domain.values import value
from server.ports.board_store import BoardReading, BoardWriting
from server.ports.company_store import CompanyReading, CompanyWriting
from server.ports.contribution_store import ContributionReading, ContributionWriting
from server.ports.module_store import ModuleReading, ModuleWriting
from server.ports.player_store import PlayerReading, PlayerWriting
from server.ports.receipt_store import ReceiptReading, ReceiptWriting

T = TypeVar("T")


class Capability(Flag):
    """What an adapter can do beyond the contract. A test that needs one names it and is skipped by name without it."""

    MANY_PROCESSES = auto()


@value
class ActivationRecord:
    """From `activated_at` on, new phases of the event take this content; None: the event was removed (E8)."""

    event_id: EventId
    activated_at: datetime
    hash: DefinitionHash | None
    content: str | None


@value
class PinnedPhase:
    """A phase that somebody rolled in: its bounds and definition stay, whatever changes (E8)."""

    event_id: EventId
    start: datetime
    active_end: datetime
    expiry: datetime
    definition_hash: DefinitionHash


class Bulletin(NamedTuple):
    """What processes keep in memory and others may have changed.

    `catalog_revision` grows with every activation and every pinned phase, `reloads` with every reload that all are to follow.
    """

    catalog_revision: int
    reloads: int
    clock_offset: timedelta


class Seat(NamedTuple):
    """A participant's place in a cohort."""

    cohort_id: CohortId
    player_id: PlayerId


class CohortSearch(NamedTuple):
    """Which cohorts may take a player: of a phase and tier, created after an instant, at most `limit`.

    `properties` is a JSON text that a cohort must have been given letter by letter; empty: any.
    """

    event_id: EventId
    phase_start: datetime
    tier: int
    player_id: PlayerId
    created_after: datetime
    limit: int
    with_reserved: bool = False
    properties: str = ""


class Ranking(NamedTuple):
    """A question about order: which rank would this key have among the others of the cohort."""

    cohort_id: CohortId
    player_id: PlayerId
    standing_key: bytes


class Balances(NamedTuple):
    """What a player owns: currencies and items, each with its amount."""

    wallet: dict[str, int]
    inventory: dict[str, int]


class Crediting(NamedTuple):
    """What a grant adds to a player's balances, and when."""

    player_id: PlayerId
    credits: Sequence[Credit]
    grant_id: GrantId
    at: datetime


class Reading(ModuleReading, BoardReading, CompanyReading, ContributionReading, PlayerReading, ReceiptReading):
    """What can be seen at one instant of the store's life. Lists come in the order that is said, or in none."""

    @abstractmethod
    async def player_of(self, player_id: PlayerId) -> Player | None:
        """Return a player's account."""

    @abstractmethod
    async def accounts_of(self, player_ids: Sequence[PlayerId]) -> list[Player | None]:
        """Return players' accounts, in the order asked."""

    @abstractmethod
    async def player_of_login(self, kind: str, digest: bytes) -> PlayerId | None:
        """Return whose login this is; `kind` is device or custom, `digest` that of the credential."""

    @abstractmethod
    async def participations_of(self, keys: Sequence[tuple[PlayerId, EventId]]) -> list[Participation | None]:
        """Return each player's participation in each event, in the order asked; None where he never rolled.

        In a transaction the cohorts are locked against other writers until it ends.
        """

    @abstractmethod
    async def events_of(self, player_id: PlayerId) -> list[EventId]:
        """Return the events that the player has ever rolled in, by id."""

    @abstractmethod
    async def cohort_of(self, cohort_id: CohortId) -> Cohort | None:
        """Return a cohort; locked in a transaction."""

    @abstractmethod
    async def participant_of(self, seat: Seat) -> Participant | None:
        """Return a participant."""

    @abstractmethod
    async def rank_of(self, seat: Seat) -> int:
        """Return a participant's rank, from 1, or 0 where there is no such participant."""

    @abstractmethod
    async def ranks_of(self, rankings: Sequence[Ranking]) -> list[int]:
        """Return for each key the rank it would have among the cohort's other participants."""

    @abstractmethod
    async def standings_of(self, cohort_id: CohortId, first_rank: int, limit: int) -> list[Participant]:
        """Return up to `limit` participants in the order of their ranks, beginning at `first_rank`."""

    @abstractmethod
    async def standings_after(
        self, cohort_id: CohortId, standing_key: bytes, limit: int
    ) -> tuple[int, list[Participant]]:
        """Return up to `limit` participants from behind a key, and the rank of the first: a page that follows another.

        Whoever does not move is neither skipped nor shown twice, however others move between two pages.
        """

    @abstractmethod
    async def players_of(self, cohort_id: CohortId) -> list[PlayerId]:
        """Return who is in a cohort, in the order of their ranks."""

    @abstractmethod
    async def past_cohorts_of(
        self, player_id: PlayerId, event_id: EventId, before: datetime, limit: int
    ) -> list[tuple[Cohort, Participant]]:
        """Return the cohorts that the player joined before an instant, the latest first."""

    @abstractmethod
    async def open_cohorts(self, search: CohortSearch) -> list[Candidate]:
        """Return cohorts that the default choice may take, in its order of preference but for whom he met (E22).

        They have room and never had the player in them. `has_met` tells of each whether somebody in it shared a cohort of
        this phase with him. In a transaction they are locked, and those that others hold may be left out.
        """

    @abstractmethod
    async def wallet_of(self, player_id: PlayerId) -> dict[str, int]:
        """Return the player's currencies, those with a balance of 0 included once they had another."""

    @abstractmethod
    async def inventory_of(self, player_id: PlayerId) -> dict[str, int]:
        """Return the player's items."""

    @abstractmethod
    async def balances_of(self, player_ids: Sequence[PlayerId]) -> list[Balances]:
        """Return what players own, in the order asked; locked in a transaction."""

    @abstractmethod
    async def grant_of(self, grant_id: GrantId) -> Grant | None:
        """Return a grant; locked in a transaction. Of a period that is not final yet there is none (B13)."""

    @abstractmethod
    async def grant_of_key(self, key: str) -> Grant | None:
        """Return the grant of a unique key, with the same exception."""

    @abstractmethod
    async def grants_of(self, player_id: PlayerId, before: GrantId | None, limit: int) -> list[Grant]:
        """Return the player's grants, newest first, from behind the given one, with the same exception."""

    @abstractmethod
    async def period_grants(self, period: PeriodId, after: GrantId | None, limit: int) -> list[Grant]:
        """Return all grants of a leaderboard's period, also before it is final, by id, from behind the given one."""

    @abstractmethod
    async def activations(self) -> list[ActivationRecord]:
        """Return all activations of all events, by event and time."""

    @abstractmethod
    async def pinned_phases(self, event_id: EventId) -> list[PinnedPhase]:
        """Return the pinned phases of an event, by start."""

    @abstractmethod
    async def clock_offset(self) -> timedelta:
        """Return by how much game time has been moved."""

    @abstractmethod
    async def bulletin(self) -> Bulletin:
        """Return what other processes may have changed."""

    @abstractmethod
    async def last_open_joined_at(self, cohort_id: CohortId, max_num_score: int) -> datetime | None:
        """Return when the last participant joined who has neither finished nor used his attempts (0: no limit).

        Asked only when the last to have joined is done, so that completion itself never scans (E50).
        """


class Transaction(
    Reading, ModuleWriting, BoardWriting, CompanyWriting, ContributionWriting, PlayerWriting, ReceiptWriting
):
    """A reading that can change things. What it changed, it sees."""

    @abstractmethod
    async def add_player(self, player: Player) -> bool:
        """Add a player; return False, changing nothing, if there is one of that id."""

    @abstractmethod
    async def add_login(self, kind: str, digest: bytes, player_id: PlayerId) -> None:
        """Let a credential sign in as the player."""

    @abstractmethod
    async def record_profile(self, player: Player) -> None:
        """Write a player's name and avatar."""

    @abstractmethod
    async def activate(self, activation: ActivationRecord) -> None:
        """Add an activation to the history, and raise the catalogue's revision."""

    @abstractmethod
    async def pin_phase(self, phase: PinnedPhase) -> PinnedPhase | None:
        """Pin a phase and raise the catalogue's revision, or return the one that is pinned at its start already."""

    @abstractmethod
    async def add_cohorts(self, cohorts: Sequence[Cohort]) -> None:
        """Add cohorts."""

    @abstractmethod
    async def record_cohorts(self, cohorts: Sequence[Cohort]) -> None:
        """Write what changed in cohorts: their tallies, but for their bots, which `record_companies` writes."""

    @abstractmethod
    async def add_participants(self, participants: Sequence[tuple[Participant, bytes]]) -> None:
        """Add participants to their cohorts, each with his standing key."""

    @abstractmethod
    async def record_results(self, results: Sequence[tuple[Participant, bytes]]) -> None:
        """Write participants' results, each with its new standing key."""

    @abstractmethod
    async def record_scores(self, results: Sequence[tuple[Participant, bytes]]) -> None:
        """Write the same of participants who `has_only_scored` tells have only scored since they were read."""

    @abstractmethod
    async def record_claims(self, claims: Sequence[tuple[Seat, datetime]]) -> None:
        """Note that participants' rewards have been claimed, and when."""

    @abstractmethod
    async def record_participant_profile(self, seat: Seat, name: str, avatar_url: str) -> None:
        """Write the name and avatar that others see in a cohort."""

    @abstractmethod
    async def remove_participant(self, seat: Seat) -> None:
        """Take a participant out of his cohort, and out of the event as far as this cohort was his last (E82)."""

    @abstractmethod
    async def record_participations(self, participations: Sequence[Participation]) -> None:
        """Write which cohort is each player's last in the event, and his rolls; a player stands there once an event.

        Whoever was in a cohort of the event must have been read in this transaction: if somebody else has rolled him
        meanwhile, the two conflict.
        """

    @abstractmethod
    async def add_grants(self, grants: Sequence[Grant]) -> list[bool]:
        """Add grants; False, and nothing changed, where there is one of that key, which is unique for ever (E63).

        So it is where the player has a prize of that segment of that period already (B62).
        """

    @abstractmethod
    async def record_grant(self, grant: Grant) -> None:
        """Write a grant's new state."""

    @abstractmethod
    async def credit(self, creditings: Sequence[Crediting]) -> None:
        """Add to balances, with a ledger row for each. No balance is named twice."""

    @abstractmethod
    async def debit(self, creditings: Sequence[Crediting]) -> None:
        """Take from balances that are known to suffice, with a ledger row for each; amounts are negative."""

    @abstractmethod
    async def acquire_due_cohorts(
        self, worker: str, now: datetime, wall: datetime, lease: timedelta, limit: int
    ) -> list[CohortId]:
        """Lease cohorts whose `settle_at` has come and that no living worker holds, the longest due first.

        `now` is game time, which says what is due; `wall` real time, which says whether a lease still holds.
        """

    @abstractmethod
    async def release_cohort(self, cohort_id: CohortId) -> None:
        """Give a lease back."""

    @abstractmethod
    async def break_leases(self, wall: datetime) -> None:
        """Let everything be acquired that workers hold: for the only process, whose forerunner may have died in its work."""

    @abstractmethod
    async def move_clock(self, offset: timedelta) -> None:
        """Write by how much game time is moved."""

    @abstractmethod
    async def announce_reload(self) -> int:
        """Let all processes reload as this one did, and return how many reloads have been announced."""


class Store(ABC):
    """Keeps everything. What a finished `transact` wrote survives the process, whatever ends it."""

    capabilities: Capability = Capability(0)

    @property
    @abstractmethod
    def waiting(self) -> int:
        """How many transactions wait, or are under way."""

    @abstractmethod
    async def transact(self, work: Callable[[Transaction], Awaitable[T]]) -> T:
        """Run `work` in one serialisable transaction and return what it returns.

        Commits when `work` returns, rolls back when it raises. After a conflict `work` is run again, so it may touch
        nothing but the transaction: publish, call hooks and read the clock before or after, never inside. Once begun it
        runs to its end, also when the caller is cancelled.

        :raises StoreConflict: if it still conflicts after the last attempt
        :raises StoreOverloaded: if too much is waiting; `work` was not begun
        :raises StoreUnavailable: if the database cannot be reached or written
        """

    @abstractmethod
    async def read(self, work: Callable[[Reading], Awaitable[T]]) -> T:
        """Run `work` on one consistent state, which holds everything committed before the call.

        :raises StoreUnavailable: if the database cannot be reached
        """

    @abstractmethod
    async def installation_secret(self) -> bytes:
        """Return the secret of this installation, made once: seeds dice, signs page tokens (E62, A7)."""

    @abstractmethod
    async def close(self) -> None:
        """Finish what was begun, then let go of the database."""
