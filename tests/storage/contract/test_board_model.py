"""Whatever is done to a period, every store answers as the model does, and as every other store."""

from collections.abc import Callable
from dataclasses import replace
from itertools import count
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from server.domain.ids import LeaderboardKey, PlayerId
from server.domain.leaderboards.entry import PeriodId, SegmentId
from server.ports.board_store import EntryKey, OrderPoint, SettlementPoint
from server.ports.store import Store, Transaction
from tests.builders import MONDAY
from tests.storage.contract.board_model import BoardModel
from tests.storage.contract.boards import aggregate, entry, logged, place

NUMBERS = count()
Command = tuple[str, tuple[Any, ...]]
"""A verb of the store, and what it is given."""

PLAYERS = st.sampled_from([PlayerId(name) for name in ("ann", "Ann", "bob", "b", "ü", "zoe")])
KEYS = st.builds(lambda score, rest: bytes([score]) + rest, st.integers(0, 3), st.sampled_from([b"\0", b"\xff", b"ab"]))
LIMITS = st.integers(1, 4)


def commands(period: PeriodId) -> st.SearchStrategy[list[Command]]:
    """Return what can be done to a period, and asked about it."""
    segments = st.sampled_from([SegmentId(period, name) for name in ("", "gold", "Iron")])
    here = st.just(period)
    keys = st.builds(EntryKey, here, PLAYERS)
    points = st.builds(OrderPoint, KEYS, PLAYERS)
    entries = st.builds(
        lambda key, segment, order_key, version, is_bot: replace(
            entry(key.player_id, 0, segment.segment, version, period, is_bot=is_bot), order_key=order_key
        ),
        keys,
        segments,
        st.none() | KEYS,
        st.integers(1, 99),
        st.booleans(),
    )
    rows = st.builds(
        lambda player, position, segment, score: place(player, position, segment, aggregate=aggregate(score)),
        PLAYERS,
        st.integers(1, 5),
        segments,
        st.integers(-9, 9),
    )
    contributions = st.builds(lambda player, one: logged(player, one, period), PLAYERS, st.sampled_from("xyz"))

    def verb(name: str, *arguments: st.SearchStrategy[Any]) -> st.SearchStrategy[Command]:
        return st.tuples(st.just(name), st.tuples(*arguments))

    def some(of: st.SearchStrategy[Any], by: Callable[[Any], Any] | None = None) -> st.SearchStrategy[Any]:
        return st.lists(of, max_size=4, unique_by=by)

    settlement_points = st.builds(lambda segment, point: SettlementPoint(segment.segment, *point), segments, points)
    return st.lists(
        verb("record_entries", some(entries, lambda one: one.key))
        | verb("record_entries", some(entries, lambda one: one.key))
        | verb("remove_entries", some(keys))
        | verb("entries_of", some(keys))
        | verb("has_entries", here)
        | verb("ranked_entries", here, st.none() | PLAYERS, LIMITS)
        | verb("count_order", segments, st.none() | KEYS, st.integers(0, 3))
        | verb("has_more_ranked", segments, st.integers(0, 3))
        | verb("order_after", segments, st.none() | points, st.none() | KEYS, LIMITS)
        | verb("order_before", segments, points, LIMITS)
        | verb("entries_to_settle", here, st.none() | settlement_points, LIMITS)
        | verb("add_segments", some(segments))
        | verb("known_segments", some(segments))
        | verb("segment_count", here)
        | verb("segment_sizes", here, LIMITS)
        | verb("log_contributions", some(contributions))
        | verb("add_snapshot", some(rows))
        | verb("snapshot_page", segments, st.integers(0, 4), LIMITS)
        | verb("snapshot_of", segments, some(PLAYERS))
        | verb("snapshot_sizes", here, LIMITS),
        max_size=40,
    )


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
async def test_every_store_agrees_with_the_model(store: Store, data: st.DataObject) -> None:
    period = PeriodId(LeaderboardKey(f"b{next(NUMBERS)}"), MONDAY)  # untouched by the examples before
    model = BoardModel()
    given_commands = data.draw(commands(period))

    async def all_of_them(tx: Transaction) -> list[Any]:
        answers = []
        for verb, arguments in given_commands:
            if verb == "record_entries":
                await tx.entries_of([one.key for one in arguments[0]])
            answers.append(await getattr(tx, verb)(*arguments))
        return answers

    expected = [getattr(model, verb)(*arguments) for verb, arguments in given_commands]
    assert await store.transact(all_of_them) == expected
    kept = await store.read(lambda view: view.contributions_to(period, 0, 999))
    assert [replace(one, number=0) for one in kept] == [replace(one, number=0) for one in model.log]
    for verb, arguments in given_commands:  # and whoever only reads sees the same
        if verb not in {"record_entries", "remove_entries", "add_segments", "log_contributions", "add_snapshot"}:
            asked = getattr(model, verb)(*arguments)
            assert await store.read(lambda view, verb=verb, of=arguments: getattr(view, verb)(*of)) == asked  # type: ignore[misc]
