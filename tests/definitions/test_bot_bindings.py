"""`bots` of a board: what is refused and warned of (L2, L6), and that a phase or period keeps the bots it began with (E8).

In every case `§` marks where the complaint must point. It is taken out before the text is read.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from server.definitions.build import definition_from_content
from server.definitions.build_leaderboard import leaderboard_from_content
from server.definitions.config import Configuration, Files, check_configuration
from server.definitions.diagnostics import DefinitionsInvalid, Diagnostic, Severity
from server.definitions.reading import SourceFile
from server.domain.bots.behavior import ProgressLinear
from server.domain.bots.filling import Fill
from server.domain.ids import EventId, LeaderboardKey
from server.domain.leaderboards.definition import in_force


def run(target: int, start: int = 0) -> dict[str, Any]:
    behavior = {
        "type": "single",
        "start_score": start,
        "block": "progress_linear",
        "params": {"target_score": target, "duration_seconds": 600},
    }
    return {"behavior": behavior}


BOTS: dict[str, Any] = {"runner": run(1000), "faller": run(100, start=500), "giant": run(10**15)}
FILL = '"fill": {"to": 10}'
WHICH = '"which": ["runner"]'
POLICY = '"type": "top_n", "parameters": {"tiers": [{"key": "gold", "to": 1, "entries": []}]}'


def event(bots: str, options: str = "") -> str:
    always = '"reset_schedule": "@daily", "authoritative": true,'
    return f'{{"event_leaderboards": {{"race": {{{always} {options} "bots": {{{bots}}}}}}}}}'


def board(bots: str, options: str = "") -> str:
    return f'{{"leaderboards": {{"ladder": {{"authoritative": true, {options} "bots": {{{bots}}}}}}}}}'


def read(text: str, bots: dict[str, Any] | None = None) -> Configuration:
    file = SourceFile("all.json", text)
    (kind,) = json.loads(text)
    known = [SourceFile("bots.json", json.dumps({"bots": BOTS if bots is None else bots}))]
    if kind == "event_leaderboards":
        return check_configuration(Files(events=[file], bots=known))
    return check_configuration(Files(leaderboards=[file], bots=known))


def diagnosed(text: str) -> list[Diagnostic]:
    try:
        return read(text).warnings
    except DefinitionsInvalid as invalid:
        return invalid.diagnostics


REFUSED = [
    # What must be there.
    (event(FILL).replace('"bots": {', '"bots": §{'), "the key 'which' is missing", "add"),
    (board(WHICH).replace('"bots": {', '"bots": §{'), "the key 'fill' is missing", "add"),
    (event(f'"which": §[], {FILL}'), "it is empty", "at least 1"),
    (event(f'{WHICH}, "fill": {{"to": §0}}'), "0 is too small", "1 or more"),
    (event(f'{WHICH}, "fill": {{"to": §1001}}'), "1001 is too big", "use 1000"),
    (board(f'{WHICH}, "fill": {{"to": §201}}'), "201 is too big", "use 200"),
    (event(f'{WHICH}, {FILL}, "anchor": §"period"'), "is not known here", "phase"),
    (board(f'{WHICH}, {FILL}, "anchor": §"phase"'), "is not known here", "period"),
    (board(f'{WHICH}, {FILL}, §"catch_up": 5'), "unknown key", "did you mean 'catch_up_seconds'?"),
    # Which bots.
    (event(f'"which": ["runner", §"runer"], {FILL}'), "there is no bot 'runer'", "did you mean 'runner'?"),
    (board(f'"which": [§"nobody"], {FILL}'), "there is no bot 'nobody'", "config/bots"),
    (board(f'{WHICH}, {FILL}, "kinds": {{§"runner": {json.dumps(run(5000))}}}'), "config/bots has a bot 'runner'", "another id"),
    (board(f'"which": ["own"], {FILL}, "kinds": {{"own": {{"behavior": §{{"type": "single"}}}}}}'), "needs block", "add"),
    # Seconds.
    (event(f'{WHICH}, {FILL}, "catch_up_seconds": §5'), "says nothing with anchor: join", "anchor: phase"),
    (board(f'{WHICH}, {FILL}, "catch_up_seconds": §5'), "says nothing with anchor: join", "anchor: period"),
    # Which way scores go (L6).
    (event(f'"which": ["runner", §"faller"], {FILL}'), "the scores of 'faller' fall", "other side"),
    (event(f'"which": [§"runner"], {FILL}', '"ascending": true,'), "the scores of 'runner' grow", "other side"),
    (event(f'"which": [§"faller"], {FILL}', '"ascending": true, "operator": "incr",'), "and here scores grow", "other side"),
    (event(f'"which": [§"runner"], {FILL}', '"operator": "decr",'), "and here scores fall", "other side"),
    (board(f'"which": [§"faller"], {FILL}'), "the scores of 'faller' fall", "other side"),
    (board(f'"which": [§"runner"], {FILL}', '"scoring": {"aggregation": "best"}, "ranking": {"method": "score_asc"},'), "grow", "other"),
    # What a leaderboard can do with bots (L2).
    (board(f'{WHICH}, {FILL}', '"segmentation": {"key": "region"},').replace('"bots": {', '"bots": §{'), "any value makes one", "buckets"),
    (board(f'{WHICH}, {FILL}', '"scoring": {"aggregation": "avg"},').replace('"bots": {', '"bots": §{'), "takes averages", "another"),
    (board(f'"which": [§"giant"], {FILL}'), "goes beyond", "ranking.decimals"),
    (board(f'{WHICH}, {FILL}, "bots_take_prizes": §true', f'"timeframe": {{"type": "monthly"}}, "reward_policy": {{{POLICY}, "bots_take_prizes": false}},'),
     "says otherwise", "keep one"),
    (board(f'{WHICH}, {FILL}', f'"timeframe": {{"type": "monthly"}}, "reward_policy": {{{POLICY}, "by": "rank"}},').replace('"bots": {', '"bots": §{'),
     "pays by rank", "by position"),
]  # fmt: skip


@pytest.mark.parametrize(("marked", "message", "mend"), REFUSED)
def test_l2_bots_that_cannot_be_are_refused_where_they_are_named(marked: str, message: str, mend: str) -> None:
    found = [one for one in diagnosed(marked.replace("§", "")) if one.severity is Severity.ERROR]
    assert found, "the definition was accepted"
    first = found[0]
    assert (message in first.message, mend in (first.mend or "")) == (True, True), first
    assert (first.place.line, first.place.column) == (1, marked.index("§") + 1)


WARNED = [
    (event(f'{WHICH}, "fill": {{"to": §50}}', '"cohort_size": 20,'), "a cohort has 20 places"),
    (
        event(f'{WHICH}, "fill": {{"to": §50}}', '"tiers": 2, "tier_overrides": {"1": {"cohort_size": 7}},'),
        "has 7 places",
    ),
    (board(f'{WHICH}, {FILL}, "kinds": {{"own": §{json.dumps(run(5))}}}'), "no bot of this kind comes"),
    (board(f'{WHICH}, {FILL}, "bots_count": §true'), "without a reward policy"),
]


@pytest.mark.parametrize(("marked", "message"), WARNED)
def test_e1_bots_that_are_legal_and_smell_are_warned_of(marked: str, message: str) -> None:
    told = diagnosed(marked.replace("§", ""))
    assert [(one.severity, one.place.column) for one in told] == [(Severity.WARNING, marked.index("§") + 1)], told
    assert message in told[0].message


def test_l2_a_binding_says_which_how_many_when_and_from_when_seconds_count() -> None:
    said = (
        '"which": ["runner", "runner", "other"], "fill": {"to": 30, "after_seconds": 5, "every_seconds": 7}, '
        '"anchor": "period", "catch_up_seconds": 90, "bots_count": true, "kinds": {"other": '
        + json.dumps(run(7000))
        + "}"
    )
    policy = f'"timeframe": {{"type": "monthly"}}, "reward_policy": {{{POLICY}}},'
    ladder = read(board(said + ', "bots_take_prizes": true', policy)).boards[LeaderboardKey("ladder")]
    bots, prizes = ladder.bots, ladder.reward_policy
    assert bots is not None
    assert prizes is not None
    assert [bots.kind_of(slot).bot_id for slot in range(6)] == ["runner", "runner", "other"] * 2
    assert bots.fill == Fill(30, 5, 7)
    assert (bots.begins_on_joining, bots.catch_up_seconds, bots.take_prizes, bots.count) == (False, 90, True, True)
    assert (prizes.bots_take_prizes, prizes.bots_count) == (True, True)
    plain = read(event(f"{WHICH}, {FILL}")).definitions[EventId("race")].bots
    assert plain is not None
    assert (plain.begins_on_joining, plain.take_prizes, plain.count) == (True, False, False)


def test_e8_a_phase_and_a_period_keep_the_bots_they_began_with() -> None:
    """The content holds the bots whole: an edit of config/bots is another content, and the old one still says the old."""
    before = [read(make(f"{WHICH}, {FILL}")) for make in (event, board)]
    edited = [read(make(f"{WHICH}, {FILL}"), {"runner": run(2000)}) for make in (event, board)]
    race, ladder = EventId("race"), LeaderboardKey("ladder")
    assert before[0].contents[race] != edited[0].contents[race]
    assert before[1].board_contents[ladder] != edited[1].board_contents[ladder]
    pinned = [
        definition_from_content(race, before[0].contents[race]),
        leaderboard_from_content(ladder, before[1].board_contents[ladder]),
    ]
    for one in pinned:
        assert one.bots is not None
        assert one.bots.kind_of(0).bot.behavior.states["only"].block == ProgressLinear(1000, 600)
    assert pinned[0].hash == before[0].definitions[race].hash
    assert pinned[1].hash == before[1].boards[ladder].hash


def test_b3_an_edit_of_bots_waits_for_the_next_period() -> None:
    ladder = LeaderboardKey("ladder")
    old, new = (read(board(f"{WHICH}, {FILL}"), {"runner": run(goal)}).boards[ladder] for goal in (1000, 2000))
    assert in_force(old, new).bots == old.bots


def test_bots_that_are_not_named_leave_a_definition_as_it_is() -> None:
    one = read(board(f"{WHICH}, {FILL}"))
    more = read(board(f"{WHICH}, {FILL}"), {**BOTS, "late": run(5)})
    assert one.board_contents == more.board_contents
