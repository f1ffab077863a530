"""Malformed bots: each is refused, or warned of, at the right place, with words a designer understands (E1, L5, L6).

In every case `§` marks where the complaint must point. It is taken out before the text is read.
"""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from server.definitions.config import Files, check_configuration
from server.definitions.diagnostics import DefinitionsInvalid, Diagnostic, Severity
from server.definitions.models import BotsFile
from server.definitions.models.bot import NEEDED, OPTIONAL
from server.definitions.reading import SourceFile
from server.definitions.schema import schema_text
from server.domain.bots.score import Course, score_at, seed_of
from server.domain.bots.slopes import direction_of

RUN = '"block": "progress_linear", "params": {"target_score": 100, "duration_seconds": 60}'
SOON = '{"when": {"state_seconds": {"gte": 6}}, "to": "%s"}'
AT_ONCE = '{"when": {}, "to": "%s"}'


def bot(behavior: str) -> str:
    return f"""{{
  "bots": {{
    "runner": {{
      "behavior": {{
        {behavior}
      }}
    }}
  }}
}}"""


def block(name: str, params: str) -> str:
    return bot(f'"type": "single", "block": "{name}", "params": {{{params}}}')


def steps(*written: str) -> str:
    return bot('"type": "sequence", "steps": [' + ", ".join(f"{{{step}}}" for step in written) + "]")


def machine(*written: str) -> str:
    return bot('"type": "state_machine", "initial": "a", "states": {' + ", ".join(written) + "}")


def state(name: str, *transitions: str, does: str = '"block": "idle"') -> str:
    return f'"{name}": {{{does}, "transitions": [{", ".join(transitions)}]}}'


def when(condition: str) -> str:
    return machine(state("a", f'{{"when": {{{condition}}}, "to": "b"}}'), state("b"))


def spread(options: str, behavior: str) -> str:
    return bot(behavior).replace('"runner": {', f'"runner": {{{options}, ')


def diagnosed(text: str) -> list[Diagnostic]:
    try:
        return check_configuration(Files(bots=[SourceFile("config/bots/all.json", text)])).warnings
    except DefinitionsInvalid as invalid:
        return invalid.diagnostics


def place_of_mark(marked: str) -> tuple[int, int]:
    before = marked[: marked.index("§")]
    return before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1


REFUSED = [
    # Keys, types, parts.
    ("§{}", "the key 'bots' is missing", "add"),
    ('{"bots": {§"": {"behavior": {"type": "single", "block": "idle"}}}}', "is not allowed here", "letters"),
    ('{"bots": {"runner": §{}}}', "the key 'behavior' is missing", "add"),
    (bot('"type": §"machine"'), '"machine" is not known here', "did you mean 'state_machine'?"),
    (bot('"type": "single", "block": §"progres_linear"'), "not known here", "did you mean 'progress_linear'?"),
    (bot('§"type": "single"').replace('§"type"', '"type"').replace('"behavior": {', '"behavior": §{'), "needs block", "add"),
    (bot('"type": "sequence"').replace('"behavior": {', '"behavior": §{'), "needs steps", "add"),
    (bot(f'"type": "single", {RUN}, "initial": §"a"'), "initial says nothing", "state_machine"),
    (bot(f'"type": "single", {RUN}, §"when": 5'), "unknown key 'when'", ""),
    (machine('"a b": {"block": "idle"}').replace('"a b"', '§"a b"'), "is not allowed here", "letters, digits and _"),
    # Parameters.
    (block("wait", "").replace('"params": ', '"params": §'), "wait needs duration_seconds", "add"),
    (block("progress_linear", '"duration_seconds": 60').replace('"params": ', '"params": §'), "needs target_score", ""),
    (block("progress_linear", '"target_score": 9, "duration_seconds": §0'), "0 is too small", "use 1 or more"),
    (block("progress_linear", '"target_score": 9, §"duration": 60, "duration_seconds": 60'), "unknown key", "did you mean 'duration_seconds'?"),
    (block("idle", '§"jitter": 0.5'), "jitter says nothing to idle", "takes no parameters"),
    (block("wait", '"duration_seconds": 60, §"target_score": 5'), "says nothing to wait", "wait takes duration_seconds"),
    (block("progress_linear", '"target_score": 9, "duration_seconds": 60, "jitter": §1'), "1 is too big", "0.9"),
    (block("progress_linear", '"target_score": 9, "duration_seconds": 60, "jitter": §0.0001'), "too exact", "3 decimal"),
    (block("progress_linear", '"target_score": 9, "targetScore": §9, "duration_seconds": 60'), "say the same", "keep target_score"),
    (block("progress_burst", '"target_score": 9, "duration_seconds": 60, "burst_start": §0.9'), "ends after the block", "lower"),
    (block("complete_at", '"score": 9').replace('"params": ', '"params": §'), "complete_at needs after_seconds", ""),
    (block("track_position", '"most_per_second": 5').replace('"params": ', '"params": §'), "none is named", "anchor: leader"),
    (block("track_position", '"most_per_second": 5, "anchor": "leader", "rank": §2'), "rank says nothing", "anchor: rank"),
    (block("match_player_pace", '"most_per_second": 5, "targetRank": §2'), "rank says nothing", "anchor: rank"),
    (block("match_player_pace", '"most_per_second": 5, "anchor": §"player"'), "not known here", "leader"),
    # Steps.
    (steps(RUN, '"block": §"quit"', RUN), "no step after this one", "put it last"),
    (steps('§"block": "idle"', RUN).replace('[{§', '[§{'), "how long this step lasts", "seconds"),
    (steps('"block": "idle", "seconds": §0', RUN), "0 is too small", ""),
    (steps(RUN, '"block": "idle", "seconds": §5'), "the last step lasts for good", "remove"),
    (steps('"block": "wait", "seconds": §5, "params": {"duration_seconds": 5}', RUN), "a wait lasts", "idle"),
    (steps('"block": §"complete_at", "seconds": 50, "params": {"score": 50, "after_seconds": 50}', RUN), "it completes before", "put it last"),
    # States and transitions.
    (machine(state("b")).replace('"initial": ', '"initial": §'), "there is no state 'a'", "there are: b"),
    (machine(state("a", AT_ONCE % "bb"), state("b")).replace('"to": ', '"to": §'), "there is no state 'bb'", ""),
    (machine(state("a", AT_ONCE % "b", does='"block": "quit"'), state("b")).replace('"transitions": [{', '"transitions": §[{'), "quit lasts for good", "idle"),
    (when('"elapsed_seconds": §{"gt": 5, "lt": 6}'), "no second lies within", "end after"),
    (when('"state_seconds": §{"gt": 5, "gte": 6}'), "gt and gte say the same", "keep one"),
    (when('"elapsed": §5').replace('"elapsed": §', '§"elapsed": '), "unknown key", "did you mean 'elapsed_seconds'?"),
    (when('"expr": "elapsedSeconds > 600", "elapsed_seconds": §{"gt": 600}'), "say the same", "keep one"),
    (when('"expr": "§elapsed > 600"'), "'elapsed' is not known here", "use elapsedSeconds"),
    (when('"expr": "elapsedSeconds > 600 &&§ score > 5"'), "'score' is not known here", "stateSeconds"),
    (when('"expr": "elapsedSeconds > 600 &&§"'), "a comparison is missing", "write"),
    (when('"expr": "§elapsedSeconds == 600"'), "is no comparison", "write"),
    (when('"expr": "elapsedSeconds > 6 &&§ elapsedSeconds > 7"'), "is said twice", "keep one"),
    # The whole of it (L5, L6).
    (spread('"score_spread": §0.6', f'"type": "single", {RUN}'), "0.6 is too big", "use 0.5 or less"),
    (spread('"time_spread": 0.5', f'"type": "state_machine", "initial": "a", "states": {{{state("a", SOON % "b")}, {state("b", SOON % "a")}}}')
     .replace('"transitions": [', '"transitions": §[', 1), "never come to rest", "state_seconds"),
    (machine('"a": {"block": "idle", "transitions": §[{"when": {"elapsed_seconds": {"gt": 600}}, "to": "b"}]}',
             state("b", '{"when": {"elapsed_seconds": {"gt": 660}}, "to": "a"}')), "never come to rest: a to b to a", "state_seconds"),
    (bot('"type": "sequence", "start_score": 50, "steps": [{' + RUN + '}, {' + RUN.replace("100", "10") + "}]").replace('"behavior": {', '"behavior": §{'), "goes one way only", "one side"),
]  # fmt: skip


@pytest.mark.parametrize(("marked", "message", "mend"), REFUSED)
def test_e1_a_malformed_bot_is_refused_where_it_is_wrong(marked: str, message: str, mend: str) -> None:
    found = [one for one in diagnosed(marked.replace("§", "")) if one.severity is Severity.ERROR]
    assert len(found) == 1, [str(one) for one in found]
    (one,) = found
    assert message in one.message
    assert mend in one.mend
    line, column = place_of_mark(marked)
    assert (one.place.line, one.place.column) == (line, column), str(one)


SMELLS = [
    (spread('"score_spread": §0.1', '"type": "single", "block": "idle"'), "no block goes to a score"),
    (spread('"time_spread": 0.5', f'"type": "single", {RUN.replace("60", "19")}').replace('"params": ', '"params": §'), "the score jumps"),
    (spread('"score_spread": 0.2', '"type": "sequence", "steps": [{' + RUN + '}, {"block": "complete_at", "params": §{"score": 110, "after_seconds": 60}}]'), "some bots are past 110"),
    (machine(state("a"), '"b": §{"block": "idle"}'), "no transition leads here"),
    (machine(state("a", '§{"when": {"state_seconds": {"lt": 10}}, "to": "b"}', does='"block": "wait", "params": {"duration_seconds": 60}'), state("b")), "never taken: a bot is here"),
    (machine(state("a", '§{"when": {"state_seconds": {"gte": 60}}, "to": "b"}', does='"block": "complete_at", "params": {"score": 5, "after_seconds": 60}'), state("b")), "has completed by then"),
    (machine(state("a", AT_ONCE % "b", "§" + '{"when": {"elapsed_seconds": {"gt": 5}}, "to": "b"}'), state("b")), "an earlier transition"),
    (block("progress_linear", '"target_score": 100, "duration_seconds": 5').replace('"params": ', '"params": §'), "the score jumps"),
    (block("progress_burst", '"target_score": 100, "duration_seconds": 60, "burst_length": 0.05').replace('"params": ', '"params": §'), "the score jumps"),
    (block("complete_at", '"score": 100, "after_seconds": 9').replace('"params": ', '"params": §'), "the score jumps"),
    (block("progress_linear", '"target_score": 0, "duration_seconds": 60').replace('"params": ', '"params": §'), "stands still"),
    (steps(RUN, '"block": "progress_linear", "params": §{"target_score": 80, "duration_seconds": 60}'), "100, to which an earlier step goes"),
]  # fmt: skip


@pytest.mark.parametrize(("marked", "message"), SMELLS)
def test_e1_what_is_legal_for_a_bot_and_smells_is_warned_of(marked: str, message: str) -> None:
    found = diagnosed(marked.replace("§", ""))
    assert [one.severity for one in found] == [Severity.WARNING], [str(one) for one in found]
    assert message in found[0].message
    assert found[0].mend
    line, column = place_of_mark(marked)
    written = (found[0].place.line, found[0].place.column)
    assert written in {(line, column), (line, column - len('"b": '))}, str(found[0])


def test_e1_all_problems_of_a_bot_are_told_at_once() -> None:
    text = machine(
        '"a": {"block": "wait", "params": {"duration_seconds": 0}, "transitions": [{"when": {}, "to": "c"}]}',
        '"b": {"block": "progress_linear", "params": {"jitter": 2}}',
    )
    told = [one.path.removeprefix("/bots/runner/behavior/states") for one in diagnosed(text)]
    assert told == ["/a/params/duration_seconds", "/a/transitions/0/to", "/b/params", "/b/params", "/b/params/jitter"]  # fmt: skip


WORDS = st.sampled_from(
    [
        *("behavior", "type", "single", "sequence", "state_machine", "block", "params", "steps", "initial", "states", "a"),
        *("wait", "progress_linear", "progress_burst", "track_position", "complete_at", "quit", "transitions", "when", "to"),
        *("expr", "elapsedSeconds > 5", "elapsed_seconds", "state_seconds", "gt", "lte", "target_score", "targetScore"),
        *("duration_seconds", "jitter", "burst_start", "anchor", "rank", "targetRank", "factor", "most_per_second", "score"),
        *("after_seconds", "seconds", "start_score", "names", "avatars", "leader"),
    ]
)  # fmt: skip
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 2**70) | st.decimals(-2, 2, places=2).map(float) | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=6),
    max_leaves=30,
)


@given(VALUES, VALUES)
def test_e1_whatever_stands_in_the_files_is_taken_or_refused_with_places(one: Any, other: Any) -> None:
    bots = {"one": {"behavior": one}, "other": {"behavior": {"type": "state_machine", "initial": "a", "states": other}}}
    found = diagnosed(json.dumps({"bots": bots}))
    assert all(problem.place.line >= 1 and problem.place.column >= 1 and problem.message for problem in found)


SCHEMA = Draft202012Validator(json.loads(schema_text(BotsFile)))


@pytest.mark.parametrize(
    ("name", "params", "is_known"),
    [
        ("idle", "", True),
        ("idle", '"jitter": 0.5', False),
        ("progress_linear", '"targetScore": 9, "duration_seconds": 60', True),
        ("progress_linear", '"duration_seconds": 60', False),
        ("progress_linear", '"target_score": 9, "duration_seconds": 60, "burst_start": 0.5', False),
        ("track_position", '"targetRank": 3, "most_per_second": 2', True),
        ("complete_at", '"score": 9', False),
    ],
)
def test_e7_an_editor_knows_what_each_block_takes(name: str, params: str, *, is_known: bool) -> None:
    text = block(name, params)
    assert SCHEMA.is_valid(json.loads(text)) == is_known
    assert bool(diagnosed(text)) != is_known or "jumps" in diagnosed(text)[0].message


WRITTEN: dict[str, st.SearchStrategy[Any]] = {
    "target_score": st.integers(-500, 500),
    "duration_seconds": st.integers(1, 300),
    "score": st.integers(-500, 500),
    "after_seconds": st.integers(1, 300),
    "most_per_second": st.integers(1, 20),
    "jitter": st.sampled_from([0, 0.3, 0.9]),
    "burst_start": st.sampled_from([0, 0.5, 0.8]),
    "rank": st.integers(1, 3),
    "factor": st.sampled_from([0, 0.5, 2]),
    "offset": st.integers(-20, 20),
}


@st.composite
def written_states(draw: st.DrawFn) -> dict[str, Any]:
    name = draw(st.sampled_from(sorted(NEEDED)))
    known = [*NEEDED[name], *draw(st.lists(st.sampled_from(OPTIONAL.get(name, NEEDED[name])), max_size=3))]
    bounds = st.dictionaries(st.sampled_from(["gte", "lt"]), st.integers(0, 200), max_size=2)
    when = st.fixed_dictionaries({}, optional={"elapsed_seconds": bounds, "state_seconds": bounds})
    transitions = st.lists(st.fixed_dictionaries({"when": when, "to": st.sampled_from("ab")}), max_size=2)
    return {
        "block": name,
        "params": {word: draw(WRITTEN[word]) for word in known if word in WRITTEN},
        "transitions": draw(transitions),
    }


@given(st.lists(written_states(), min_size=2, max_size=2), st.lists(st.integers(0, 900), min_size=2, max_size=4))
def test_l6_whatever_the_check_takes_can_play_and_goes_one_way(
    states: list[dict[str, Any]], seconds: list[int]
) -> None:
    behavior = {"type": "state_machine", "initial": "a", "states": dict(zip("ab", states, strict=True))}
    text = json.dumps({"bots": {"one": {"behavior": behavior, "score_spread": 0.3, "time_spread": 0.2}}})
    assert SCHEMA.is_valid(json.loads(text))
    try:
        bot = check_configuration(Files(bots=[SourceFile("config/bots/all.json", text)])).bots["one"]
    except DefinitionsInvalid:
        return
    direction = direction_of(bot.behavior)
    seed = seed_of(b"secret", "race", "p", "", 0, 0)
    own = bot.behavior_of(seed)
    scores = [score_at(own, seed, Course(direction), second).score * direction for second in sorted(seconds)]
    assert scores == sorted(scores)
