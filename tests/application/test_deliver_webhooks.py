"""A studio's servers hear of what happened: at least once, under one id, and none of them waits for another (B80, B81)."""

import asyncio
import hashlib
import hmac
import json
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from server.application import deliver_webhooks
from server.application.deliver_webhooks import AT_ONCE, ATTEMPTS_MAX, BOUND_EVERY, DeliverWebhooks, wait_after
from server.application.park_unclaimed_webhooks import ParkUnclaimedWebhooks
from server.application.webhook_bodies import BODY_MAX
from server.ports.module_store import Draft
from server.ports.webhooks import (
    COHORT_COMPLETED,
    GRANT_CREATED,
    KINDS,
    PERIOD_FINALIZED,
    PHASE_ENDED,
    DeliveryFailed,
    Endpoint,
    WebhookSender,
)
from tests.application.board_world import Boards, boards
from tests.application.test_settle_periods import daily, end_of_day, settle, tier
from tests.builders import DAY, MINUTE, SECOND, WEEK
from tests.world import WEEKLY, game

STUDIO = Endpoint("studio", "https://studio.example/hooks", (b"first secret",))
OTHER = Endpoint("other", "https://other.example/hooks", (b"old", b"new"))


class Sender(WebhookSender):
    """Takes deliveries; `dead` endpoints refuse them, and of `slow` ones it waits until they are not."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, dict[str, Any], Mapping[str, str], bytes]] = []
        self.tried: Counter[str] = Counter()
        self.dead: set[str] = set()
        self.slow: dict[str, asyncio.Event] = {}
        self.under_way: Counter[str] = Counter()
        self.most: Counter[str] = Counter()

    async def send(self, endpoint: Endpoint, body: bytes, headers: Mapping[str, str]) -> None:
        name = endpoint.name
        self.tried[name] += 1
        self.under_way[name] += 1
        self.most[name] = max(self.most[name], self.under_way[name])
        try:
            if name in self.slow:
                await self.slow[name].wait()
            if name in self.dead:
                raise DeliveryFailed("answered 503")
            self.sent.append((name, json.loads(body), headers, body))
        finally:
            self.under_way[name] -= 1

    async def close(self) -> None:
        pass

    def bodies(self, endpoint: str = "studio", kind: str = "") -> list[dict[str, Any]]:
        return [body for name, body, _, _ in self.sent if name == endpoint and kind in ("", body["kind"])]


class Delivering:
    """A game whose webhooks are delivered."""

    def __init__(
        self, playing: Boards, sender: Sender, endpoints: tuple[Endpoint, ...], group: asyncio.TaskGroup
    ) -> None:
        self.playing = playing
        self.sender = sender
        self.outcomes: Counter[tuple[str, str]] = Counter()
        self._endpoints = endpoints
        self._group = group
        self.deliver = self.process()

    def process(self) -> DeliverWebhooks:
        """Return the deliverer of another process on the same store."""
        game_ = self.playing.playing
        return DeliverWebhooks(
            game_.store, game_.catalog, game_.clock, self._endpoints, self.sender, self._group, self._count
        )

    async def all(self) -> None:
        """Deliver until nothing is due."""
        async with asyncio.timeout(20):
            while await self.deliver():
                pass

    async def parked(self) -> list[Any]:
        return (await self.playing.playing.use.list_parked_notices(0, 1000)).notices

    async def waiting(self) -> int:
        return (await self.playing.playing.use.list_parked_notices.counts()).waiting

    def advance(self, span: timedelta) -> None:
        self.playing.playing.clock.advance(span)

    def _count(self, endpoint: str, outcome: str) -> None:
        self.outcomes[endpoint, outcome] += 1


@asynccontextmanager
async def delivering(
    folder: Path, definition: dict[str, Any] | None = None, *endpoints: Endpoint
) -> AsyncIterator[Delivering]:
    chosen = endpoints or (STUDIO,)
    async with (
        boards(folder, definition or daily(tier(3, "gold")), endpoints=chosen) as playing,
        asyncio.TaskGroup() as group,
    ):
        yield Delivering(playing, Sender(), chosen, group)


@pytest.fixture
async def one(tmp_path: Path) -> AsyncIterator[Delivering]:
    async with delivering(tmp_path) as made:
        yield made


@pytest.fixture
async def two(tmp_path: Path) -> AsyncIterator[Delivering]:
    async with delivering(tmp_path, None, STUDIO, OTHER) as made:
        yield made


async def happen(delivering: Delivering, days: int = 1) -> None:
    """Let a day end in which two have played, so many times."""
    for _ in range(days):
        await delivering.playing.score({"ann": 30, "bob": 20})
        await end_of_day(delivering.playing)


async def test_b80_a_final_period_is_told_with_its_best(one: Delivering) -> None:
    await happen(one)
    await one.all()
    (body,) = one.sender.bodies(kind=PERIOD_FINALIZED)
    assert body["data"]["period"] == {
        "window_key": "2026-11-02",
        "start": "2026-11-02T00:00:00Z",
        "end": "2026-11-03T00:00:00Z",
        "finalized_at": "2026-11-03T00:00:00Z",
    }
    (segment,) = body["data"]["segments"]
    assert (body["data"]["leaderboard"], body["data"]["entries"], body["data"]["truncated"]) == ("board", 2, False)
    assert [(row["player_id"], row["score"], row["rank"], row["prize_tier"]) for row in segment["top"]] == [
        ("ann", 30, 1, "gold"),
        ("bob", 20, 2, "gold"),
    ]


async def test_b80_grants_of_a_period_are_told_a_hundred_at_a_time(tmp_path: Path) -> None:
    async with delivering(tmp_path, daily(tier(250, "gold"))) as one:
        await one.playing.score({f"p{number:03}": number for number in range(250)})
        await end_of_day(one.playing)
        await one.all()
        bundles = [body["data"]["grants"] for body in one.sender.bodies(kind=GRANT_CREATED)]
        assert sorted(map(len, bundles)) == [50, 100, 100]
        told = [grant for bundle in bundles for grant in bundle]
        assert len({grant["player_id"] for grant in told}) == 250
        assert told[0]["key"] == f"shared_lb:board:2026-11-02T00%3A00%3A00Z::{told[0]['player_id']}:gold"
        assert (told[0]["state"], told[0]["segment"], told[0]["reward"]["currencies"]) == ("pending", "", {"gems": 10})


async def test_b80_cohorts_and_phases_are_told_to_those_who_want_them(tmp_path: Path) -> None:
    wants = Endpoint("studio", "https://studio.example/", (b"s",), frozenset({COHORT_COMPLETED, PHASE_ENDED}))
    sender = Sender()
    async with (
        game(tmp_path, {"weekly": {**WEEKLY, "auto_claim": True}}, endpoints=(wants,)) as playing,
        asyncio.TaskGroup() as group,
    ):
        await playing.use.announce_phases()
        await playing.roll("ann")
        await playing.submit("ann", 5)
        playing.clock.advance(WEEK)
        await playing.settle()
        await playing.use.announce_phases()
        deliver = DeliverWebhooks(
            playing.store, playing.catalog, playing.clock, (wants,), sender, group, lambda *_: None
        )
        async with asyncio.timeout(10):
            while await deliver():
                pass
    told = {body["kind"]: body["data"] for body in sender.bodies()}
    assert sorted(told) == [COHORT_COMPLETED, PHASE_ENDED]
    assert (told[COHORT_COMPLETED]["event_leaderboard"], told[COHORT_COMPLETED]["participants"]) == ("weekly", 1)
    assert told[PHASE_ENDED]["active_end"] == "2026-11-09T00:00:00Z"


async def test_b81_the_signature_is_that_of_time_and_body_with_each_secret(two: Delivering) -> None:
    await happen(two)
    await two.all()
    assert {name for name, *_ in two.sender.sent} == {"studio", "other"}
    for name, _, headers, body in two.sender.sent:
        secrets = {"studio": STUDIO, "other": OTHER}[name].secrets
        at, *proofs = headers["X-Signature"].split(",")
        message = at.removeprefix("t=").encode() + b"." + body
        assert at == f"t={int(two.playing.playing.clock.wall().timestamp())}"
        assert proofs == ["v1=" + hmac.new(secret, message, hashlib.sha256).hexdigest() for secret in secrets]
        assert (headers["Content-Type"], headers["User-Agent"]) == ("application/json", "Laurel")


async def test_b81_an_id_is_the_same_on_every_attempt_and_for_every_endpoint(two: Delivering) -> None:
    await happen(two)
    two.sender.dead.add("studio")
    await two.all()
    two.sender.dead.clear()
    two.advance(SECOND)
    await two.all()
    ids = [{body["id"] for body in two.sender.bodies(name)} for name in ("studio", "other")]
    assert ids[0] == ids[1]
    assert len(ids[0]) == 2
    attempts = {headers["X-Attempt"] for name, _, headers, _ in two.sender.sent if name == "studio"}
    assert attempts == {"2"}


async def test_b81_waits_grow_from_a_second_to_an_hour_and_end_after_a_day() -> None:
    waits = [wait_after(attempts) for attempts in range(1, ATTEMPTS_MAX)]
    known = [one for one in waits if one is not None]
    assert known == sorted(known)
    assert (known[0], known[1], known[-1]) == (SECOND, 2 * SECOND, timedelta(hours=1))
    assert timedelta(hours=24) <= sum(known, timedelta()) <= timedelta(hours=25)
    assert wait_after(ATTEMPTS_MAX) is None


async def test_b81_what_no_attempt_delivers_is_parked_shown_and_sent_when_it_is_asked_for(one: Delivering) -> None:
    one.sender.dead.add("studio")
    await happen(one)
    with capture_logs() as lines:
        for attempts in range(1, ATTEMPTS_MAX + 1):
            await one.all()
            assert one.sender.tried["studio"] == 2 * attempts
            one.advance(wait_after(attempts) or timedelta())
    given_up = await one.parked()
    assert {(found.lane.module, found.failure) for found in given_up} == {("webhook:studio", "answered 503")}
    assert {found.kind for found in given_up} == {PERIOD_FINALIZED, GRANT_CREATED}
    assert len([line for line in lines if line["event"] == "webhook_parked"]) == 2
    assert (one.outcomes["studio", "parked"], await one.waiting()) == (2, 0)

    one.sender.dead.clear()
    await one.playing.playing.use.put_away_notice(given_up[0].notice_id, drops=False)
    await one.all()
    assert len(one.sender.bodies()) == 1


async def test_b81_a_slow_endpoint_holds_up_nobody_and_has_but_a_few_deliveries_under_way(two: Delivering) -> None:
    two.sender.slow["studio"] = asyncio.Event()
    await happen(two, days=10)
    async with asyncio.timeout(10):
        while len(two.sender.bodies("other")) < 20:
            await two.deliver()
    assert two.sender.bodies("studio") == []
    assert two.sender.most["studio"] == AT_ONCE
    two.sender.slow["studio"].set()
    await two.all()
    assert len(two.sender.bodies("studio")) == 20


async def test_b81_a_dead_endpoint_holds_up_nobody(two: Delivering) -> None:
    two.sender.dead.add("studio")
    await happen(two, days=10)
    await two.all()
    assert len(two.sender.bodies("other")) == 20


async def test_b81_one_that_comes_and_goes_gets_everything_in_the_end(one: Delivering) -> None:
    await happen(one, days=5)
    for round_ in range(12):
        one.sender.dead = {"studio"} if round_ % 3 else set()
        await one.deliver()
        one.advance(MINUTE)
    one.sender.dead.clear()
    one.advance(timedelta(hours=1))
    await one.all()
    assert len({body["id"] for body in one.sender.bodies()}) == 10
    assert await one.waiting() == 0


async def test_b81_a_process_that_dies_while_it_sends_leaves_it_to_be_sent_again_under_the_same_id(
    one: Delivering,
) -> None:
    await happen(one)
    one.sender.slow["studio"] = asyncio.Event()
    await one.deliver()
    one.deliver.close()  # as the end of a process does
    one.sender.slow.clear()
    one.deliver = one.process()
    await one.all()
    assert one.sender.bodies() == []  # still leased: nobody sends it twice while somebody may be at it
    one.advance(MINUTE)
    await one.all()
    assert len({body["id"] for body in one.sender.bodies()}) == 2


async def test_b81_two_processes_deliver_each_once(one: Delivering) -> None:
    await happen(one, days=10)
    others = [one.deliver, one.process()]
    async with asyncio.timeout(10):
        while sum(await asyncio.gather(*(each() for each in others))):
            pass
    ids = [body["id"] for body in one.sender.bodies()]
    assert len(ids) == len(set(ids)) == 20


async def test_b81_more_than_may_wait_is_parked_loudly_the_oldest_first(
    one: Delivering, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deliver_webhooks, "WAITING_MAX", 3)
    one.sender.dead.add("studio")
    await happen(one, days=3)
    one.advance(BOUND_EVERY)
    with capture_logs() as lines:
        await one.all()
    given_up = await one.parked()
    assert [found.failure for found in given_up] == ["too many were waiting"] * 3
    assert await one.waiting() == 3
    assert [line["deliveries"] for line in lines if line["event"] == "webhooks_parked"] == [3]


async def test_b81_what_waits_for_an_endpoint_that_is_gone_is_parked_loudly_after_a_day(two: Delivering) -> None:
    await happen(two)
    game_ = two.playing.playing
    park = ParkUnclaimedWebhooks(game_.store, game_.clock, [STUDIO])
    two.advance(DAY)
    assert (await park(), len(await two.parked())) == (0, 0)
    two.advance(SECOND)
    with capture_logs() as lines:
        await park()
    given_up = await two.parked()
    assert {(found.lane.module, found.failure) for found in given_up} == {
        ("webhook:other", "no endpoint of this name is in the settings")
    }
    (line,) = (line for line in lines if line["event"] == "webhooks_unclaimed")
    assert (line["recipient"], line["deliveries"]) == ("webhook:other", len(given_up))
    await two.all()
    assert two.sender.bodies("studio")


async def test_b80_a_body_is_cut_to_what_it_may_be_and_says_so(tmp_path: Path) -> None:
    segmentation = {"key": "league", "source": "trusted"}
    async with delivering(tmp_path, daily(segmentation=segmentation)) as one:
        for number in range(60):
            await one.playing.write({f"p{number:02}": number}, f"league {number:02}")
        one.advance(DAY)
        await settle(one.playing)
        await one.all()
        (body,) = one.sender.bodies(kind=PERIOD_FINALIZED)
        assert (len(body["data"]["segments"]), body["data"]["truncated"], body["data"]["entries"]) == (50, True, 60)
        assert len(one.sender.sent[0][3]) <= BODY_MAX


async def test_b81_modules_are_not_told_what_is_for_endpoints_and_the_other_way_round(one: Delivering) -> None:
    one.playing.playing.module(
        "mine",
        "told = []\n\ndef register(registry):\n    registry.period_finalized(finalized)\n\n"
        "async def finalized(leaderboard, period):\n    told.append((leaderboard.key, period.window_key, period.entries))\n",
    )
    await happen(one)
    async with asyncio.timeout(10):
        while await one.playing.playing.use.tell_modules():
            pass
    (hook,) = one.playing.playing.hooks._in_force.hooks["period_finalized"]
    assert hook.function.__globals__["told"] == [("board", "2026-11-02", 2)]
    await one.all()
    assert len(one.sender.bodies()) == 2
    assert await one.waiting() == 0


async def test_b81_what_it_was_about_may_be_gone(one: Delivering) -> None:
    draft = Draft("webhook:studio", "evt_1", COHORT_COMPLETED, '{"cohort": "gone"}', one.playing.now)
    await one.playing.playing.store.transact(lambda tx: tx.add_notices([draft], one.playing.playing.clock.wall()))
    await one.all()
    assert (one.sender.sent, one.outcomes) == ([], {("studio", "gone"): 1})


def test_b80_there_are_four_kinds() -> None:
    assert KINDS == ("shared_leaderboard.period_finalized", "grant.created", "cohort.completed", "phase.ended")


async def test_b81_one_that_cannot_be_written_ends_parked_and_the_others_go_on(one: Delivering) -> None:
    draft = Draft("webhook:studio", "evt_1", COHORT_COMPLETED, '{"nonsense": true}', one.playing.now)
    await one.playing.playing.store.transact(lambda tx: tx.add_notices([draft], one.playing.playing.clock.wall()))
    await happen(one)
    with capture_logs() as lines:
        for attempts in range(1, ATTEMPTS_MAX + 1):
            await one.all()
            one.advance(wait_after(attempts) or timedelta())
    assert len(one.sender.bodies()) == 2
    assert [found.lane.name for found in await one.parked()] == ["evt_1"]
    assert [line["event"] for line in lines].count("webhook_unwritable") == ATTEMPTS_MAX
