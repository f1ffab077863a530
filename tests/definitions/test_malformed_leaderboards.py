"""Malformed leaderboards and reward policies: each is refused at the right place, with words a designer understands (E1).

In every case `§` marks where the complaint must point. It is taken out before the text is read.
"""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.definitions.config import Files, check_configuration
from server.definitions.diagnostics import DefinitionsInvalid, Diagnostic, Severity
from server.definitions.reading import SourceFile
from tests.definitions.boards import ITEMS, TOP_THREE, file_of

EVENTS = SourceFile(
    "config/event_leaderboards/all.json",
    '{"event_leaderboards": {"race": {"reset_schedule": "@weekly", "score_max": 9, "contributes_to": ["fed"]}}}',
)
POLICIES = file_of("reward_policies", {"podium": TOP_THREE})
FED = '"fed": {"authoritative": true}'


def board(options: str) -> str:
    """One board with these options, each line of them a line of the file, that only servers submit to."""
    return f"""{{
  "leaderboards": {{
    {FED},
    "weekly": {{
      "authoritative": true,
      {options}
    }}
  }}
}}"""


def bare(options: str) -> str:
    """One board that has nothing but these options."""
    return f'{{"leaderboards": {{{FED}, "weekly": {{{options}}}}}}}'


def timeframe(options: str) -> str:
    return board(f'"timeframe": {{{options}}}')


def rule(options: str) -> str:
    return board(f'"scoring": {{"rules": [{{"event_type": "match", {options}}}]}}')


def scoring(options: str) -> str:
    return board(f'"scoring": {{{options}}}')


def tiers(*written: str, kind: str = "top_n", more: str = "") -> str:
    """A board with an end, and a policy of these tiers."""
    policy = f'{{"type": "{kind}", "parameters": {{"tiers": [{", ".join(written)}]}}{more}}}'
    return board(f'"timeframe": {{"type": "daily"}}, "reward_policy": {policy}')


def entry(options: str) -> str:
    return tiers(f'{{"to": 1, "key": "gold", "entries": [{options}]}}')


GOLD = '{"to": 3, "key": "gold", "entries": []}'
CONDITIONS = '"points_expression": "1", "conditions": '

REFUSED = [
    # Keys and types.
    ('{"leaderboards": {§"Weekly": {}}}', "is not allowed here", "use a-z, 0-9"),
    ("§{}", "the key 'leaderboards' is missing", "add"),
    (board('§"leaderboard_id": "x"'), "unknown key", "stands before its object"),
    (board('"bots": §[]'), "a list is not an object", "write an object"),
    (board('§"segmentaton": {}'), "unknown key", "did you mean 'segmentation'?"),
    (timeframe('§"resetday": "monday"'), "unknown key", "did you mean 'reset_day'?"),
    (board('"status": §"actve"'), '"actve" is not known here', "did you mean 'active'?"),
    (board('"scope": §"game"'), "is not an object", ""),
    (board('"name": §null'), "null is not a text", ""),
    (board('"reward_policy": §5'), "5 is not a text", ""),
    (board('"ranking": {"decimals": §7}'), "7 is too big", "use 6 or less"),
    (board('"ranking": {"decimals": §-1}'), "too small", ""),
    (board('"ranking": {"size": §0}'), "0 is too small", "use 1 or more"),
    (board('"ranking": {"size": §10001}'), "too big", "use 10000 or less"),
    (board('"ranking": {"method": §"score_des"}'), "not known here", "did you mean 'score_desc'?"),
    (board('"ranking": {"rank_style": §"Dens"}'), "not known here", "did you mean 'dense'?"),
    (board('"retention": {"days": §0}'), "too small", ""),
    # The same thing, said twice (B1).
    (
        board('"timeframe": {"type": "daily"}, §"resetCadence": "never"'),
        "resetCadence and timeframe.type",
        "keep timeframe.type",
    ),
    (
        board('"timeframe": {"reset_day": "friday"}, §"resetCadence": "weekly"'),
        "resetCadence and timeframe.reset_day",
        "",
    ),
    (
        board('§"resetTimezone": "UTC", "timeframe": {"timezone": "UTC"}'),
        "resetTimezone and timeframe.timezone",
        "keep",
    ),
    (
        board('§"scoreAggregation": "best", "scoring": {"aggregation": "best"}'),
        "scoreAggregation and scoring.aggregation",
        "",
    ),
    (board('§"rewardPolicy": "podium", "reward_policy": "podium"'), "rewardPolicy and reward_policy", ""),
    # Timeframes (B10).
    (timeframe('"type": §"weakly"'), '"weakly" is not known here', "did you mean 'weekly'?"),
    (board('"timeframe": §{"type": "weekly"}'), "needs reset_day", 'add "reset_day"'),
    (timeframe('"type": "weekly", "reset_day": §"mondy"'), "not known here", "did you mean 'monday'?"),
    (timeframe('"type": "daily", §"reset_day": "monday"').replace('§"reset_day": ', '"reset_day": §'), "reset_day says nothing", "type: weekly"),
    (timeframe('"type": "daily", "reset_time": §"24:00"'), "form that is not allowed", ""),
    (timeframe('"type": "daily", "reset_time": §"9:00"'), "form that is not allowed", ""),
    (timeframe('"type": "hourly", "reset_time": §"01:30"'), "minutes only", 'write "00:30"'),
    (board('"timeframe": §{"type": "custom"}'), "needs custom_duration_seconds", ""),
    (timeframe('"type": "custom", "custom_duration_seconds": §59'), "too small", "use 60 or more"),
    (timeframe('"type": "daily", "repeat": §false'), "repeat says nothing", "type: custom"),
    (board('"timeframe": §{"type": "cron"}'), "needs cron", ""),
    (timeframe('"type": "cron", "cron": §"0 0 0 * * 1"'), "6 fields", "did you mean '0 0 * * 1'?"),
    (timeframe('"type": "cron", "cron": §"0 0 31 2 *"'), "never begins", "name a day that exists"),
    (timeframe('"type": "cron", "cron": "@daily", "reset_time": §"10:00"'), "reset_time says nothing", ""),
    (timeframe('"type": "daily", "timezone": §"Europe/Belrin"'), "no time zone", "did you mean 'Europe/Berlin'?"),
    (board('"resetCadence": "weekly", "resetTimezone": §"Mars"'), "no time zone", ""),
    (timeframe('"start_time_sec": 9, "end_time_sec": §9'), "ends before it starts", ""),
    (timeframe('"type": "daily", "late_grace_seconds": §-1'), "too small", ""),
    (timeframe('"type": "daily", "late_grace_seconds": §2592001'), "is too big", "use 2592000"),
    (board('"timeframe": §{"type": "event"}'), "needs event_leaderboard", ""),
    (timeframe('"type": "event", "event_leaderboard": §"rac"'), "no event leaderboard 'rac'", "did you mean 'race'?"),
    # Conditions (B30).
    (rule(CONDITIONS + '{§"atrs.score": {"gt": 1}}'), "is no attribute", "did you mean attrs.score?"),
    (rule(CONDITIONS + '{"attrs.score": {§">=": 1}}'), "is no operator", "did you mean gte?"),
    (rule(CONDITIONS + '{"attrs.score": {"gt": §"1"}}'), "compares numbers", ""),
    (rule(CONDITIONS + '{"attrs.score": {"in": §1}}'), "takes a list", ""),
    (rule(CONDITIONS + '{"attrs.score": §[1]}'), "stand in an object", ""),
    (rule(CONDITIONS + '{"attrs.score": {"eq": §null}}'), "null is never found", ""),
    (rule(CONDITIONS + '{"attrs.score": {"gt": §1e99}}'), "so big", ""),
    (board('"scope": {"filters": {"attrs.mode": {"in": §[]}}}'), "the list is empty", ""),
    (board('"scope": {"filters": {§"attrs": {"eq": 1}}}'), "not one attribute", "attrs.name"),
    # Rules and expressions (B31, B32).
    (scoring('"rules": [§{"event_type": "match"}]'), "'points_expression' is missing", "add"),
    (scoring('"rules": [{"event_type": §"match.*", "points_expression": "1"}]'), "a star stands alone", ""),
    (rule('"points_expression": §5'), "5 is not a text", ""),
    (rule('"points_expression": "attrs.score §attrs.x"'), "column 13: a mark", ""),
    (rule('"points_expression": "1 + §pow(2, 3)"'), "column 5", ""),
    (rule('"points_expression": "§score * 2"'), "column 1", "did you mean attrs.score?"),
    (rule('"points_expression": "(1 + 2§"'), "not closed", ""),
    # Bounds (B22, B24).
    (scoring('"aggregation": §"summ"'), "not known here", "did you mean 'sum'?"),
    (scoring('"min_samples": §3'), "min_samples says nothing", "aggregation: avg"),
    (scoring('"contribution_min": §5, "contribution_max": 4'), "greater than contribution_max", "swap them"),
    (scoring('"aggregation": "count", "contribution_max": §4'), "looks at no points", ""),
    (scoring('"contribution_max": §9007199254740992'), "beyond what a score", "use 9007199254740 at most"),
    (scoring('"contribution_max": §9007199254740993'), "too big", ""),
    (scoring('"contribution_max": §1.0005'), "more decimal places than the 3", "round it"),
    (board('"ranking": {"decimals": 0, "min_score": §0.5}'), "more decimal places than the 0", ""),
    (board('"ranking": {"method": "time_asc", "tie_break": §"none"}'), "ranks equal scores by time", ""),
    # Segments (B23).
    (board('"segmentation": §{}'), "the key 'key' is missing", ""),
    (board('"segmentation": {"key": §"Region"}'), "form that is not allowed", ""),
    (board('"segmentation": {"key": "region", "buckets": §[]}'), "it is empty", ""),
    (board('"segmentation": {"key": "region", "buckets": ["eu", §"eu"]}'), "'eu' is there already", ""),
    (board('"segmentation": {"key": "region", "buckets": ["eu", §""]}'), "cannot name a segment", ""),
    (
        board('"timeframe": {"type": "daily"}, "reward_policy": "podium", "segmentation": {"key": "region", "source": §"client"}')
        .replace('"podium"', json.dumps({**TOP_THREE, "min_entries": 2})),
        "players could make segments",
        "source: trusted",
    ),
    # Reward policies (B60, B61).
    (board('"timeframe": {"type": "daily"}, "reward_policy": §"podum"'), "no reward policy 'podum'", "did you mean 'podium'?"),
    (tiers(GOLD, '{"to": §3, "key": "silver", "entries": []}'), "reaches down to 3 already", "let to grow"),
    (tiers(GOLD, '{"to": 5, "key": §"gold", "entries": []}'), "'gold' is there already", ""),
    (tiers("§" + '{"key": "gold", "entries": []}'), "needs to", ""),
    (tiers('{"to": 1, "percent": §5, "key": "gold", "entries": []}'), "percent says nothing", ""),
    (tiers('{"percent": §0, "key": "a", "entries": []}', kind="top_percent"), "too small", "more than 0"),
    (tiers('{"percent": §101, "key": "a", "entries": []}', kind="top_percent"), "too big", "100 or less"),
    (tiers('{"percent": 5, "to": §5, "key": "a", "entries": []}', kind="top_percent"), "to says nothing", ""),
    (
        tiers('{"percent": 5, "key": "a", "entries": []}', '{"percent": §5, "key": "b", "entries": []}', kind="top_percent"),
        "reaches no further down",
        "let percent grow",
    ),
    (tiers("§" + '{"to": 1, "key": "gold"}'), "nothing says what is won", "add entries"),
    (tiers('{"to": 1, "key": "gold", "entries": [], "reward": §{}}'), "say the same thing twice", ""),
    (entry('§{"type": "currency", "currencyKey": "gems"}'), "needs amount", ""),
    (entry('{"type": "currency", "currencyKey": "gems", "amount": 1, "quantity": §1}'), "quantity says nothing", ""),
    (entry('{"type": §"crate"}'), "not known here", ""),
    (entry('{"type": "item", "itemKey": §"crat", "quantity": 1}'), "no item 'crat'", "did you mean 'crate'?"),
    (entry('{"type": "currency", "currencyKey": "gems", "amount": §-1}'), "too small", ""),
    (entry('{"type": "currency", "currencyKey": "gems", "amount": {"min": 1, §"step": 2}}'), "unknown key", "write multiple"),
    (entry('{"type": "currency", "currencyKey": "gems", "amount": {"min": 5, "max": §3}}'), "less than min", "swap"),
    (
        entry('{"type": "item", "itemKey": "crate", "quantity": 1}, {"type": "item", "itemKey": §"crate", "quantity": 1}'),
        "won twice",
        "add them up",
    ),
    (
        tiers('{"to": 1, "key": "gold", "reward": {"guaranteed": {"items": {§"swrod": {"min": 1}}}}}'),
        "no item 'swrod'",
        "did you mean 'sword'?",
    ),
    (tiers(GOLD, more=', "by": §"rang"'), "not known here", "did you mean 'rank'?"),
    (tiers(GOLD, more=', §"tiers": []'), "unknown key", "write parameters"),
]  # fmt: skip


def diagnosed(text: str) -> list[Diagnostic]:
    files = Files([EVENTS], [ITEMS], [SourceFile("config/leaderboards/all.json", text)], [POLICIES])
    try:
        return check_configuration(files).warnings
    except DefinitionsInvalid as invalid:
        return [one for one in invalid.diagnostics if one.file == "config/leaderboards/all.json"]


def place_of_mark(marked: str) -> tuple[int, int]:
    before = marked.partition("§")[0]
    return before.count("\n") + 1, len(before) - before.rfind("\n")


@pytest.mark.parametrize(("marked", "message", "mend"), REFUSED)
def test_e1_a_malformed_leaderboard_is_refused_with_place_reason_and_way_out(
    marked: str, message: str, mend: str
) -> None:
    found = [one for one in diagnosed(marked.replace("§", "")) if one.severity is Severity.ERROR]
    assert found, "the definition was accepted"
    first = found[0]
    assert message in first.message
    assert mend in first.mend
    assert (first.place.line, first.place.column) == place_of_mark(marked), str(first)
    assert len(found) == 1, f"one mistake, one complaint: {[str(one) for one in found]}"


RULES = '"scoring": {"rules": [{"event_type": "match", "points_expression": '
DAILY = '"timeframe": {"type": "daily"}, '
EU = '"segmentation": {"key": "region", "buckets": ["eu"]'
MANY = json.dumps({**TOP_THREE, "min_entries": 2})

SMELLS = [
    (board(RULES + '§"attrs.score * 0.0001"}]}'), "a number has 4 decimal places"),
    (bare('"scoring": {"aggregation": "count", "rules": [{"event_type": "match", "points_expression": §"1"}]}'), "looks at no points"),
    (board(RULES + '"1"}, {"event_type": §"match", "points_expression": "2"}]}'), "never reached: rule 1"),
    (board('"ranking": {"method": "score_asc", "min_score": §5}, "scoring": {"aggregation": "best"}'), "hides the scores above"),
    (board('"ranking": {"method": §"score_asc"}'), "who plays least leads"),
    (board('"scoring": {"aggregation": §"min"}'), "the worst score counts"),
    (board('"scoring": {"aggregation": §"max"}, "ranking": {"method": "score_asc"}'), "the worst score counts"),
    (board('"reward_policy": §"podium"'), "never ends, so it never pays"),
    (bare(DAILY + '"reward_policy": "podium", "authoritative": §false, "scoring": {"contribution_max": 9}'), "players report the scores"),
    (board(DAILY + '"reward_policy": §"podium", ' + EU + "}"), "alone in a segment"),
    (board(DAILY + f'"reward_policy": {MANY}, ' + EU + ', "source": §"client"}'), "players choose their segment"),
    (board(EU + ', "max_segments": §5}'), "how many segments"),
    ('{"leaderboards": {' + FED + ', "weekly": §{}}}', "submit scores without a bound"),
    ('{"leaderboards": {' + FED + ', "weekly": §{"timeframe": {"type": "daily"}, "reward_policy": "podium"}}}', "nothing feeds this board"),
    (tiers('{"percent": §0.1, "key": "a", "entries": []}', kind="top_percent"), "less than one percent"),
    (tiers(GOLD, more=', "auto_claim": true, "claim_expiry_sec": §60'), "no prize waits"),
]  # fmt: skip


@pytest.mark.parametrize(("marked", "message"), SMELLS)
def test_e1_what_is_legal_on_a_leaderboard_and_smells_is_warned_of(marked: str, message: str) -> None:
    found = diagnosed(marked.replace("§", ""))
    assert [one.severity for one in found] == [Severity.WARNING], [str(one) for one in found]
    (one,) = found
    assert message in one.message
    assert one.mend
    assert (one.place.line, one.place.column) == place_of_mark(marked), str(one)


def test_e1_a_shared_policy_is_judged_where_it_is_written() -> None:
    broken = json.loads(json.dumps(TOP_THREE))
    broken["parameters"]["tiers"][1]["to"] = 1
    files = Files(reward_policies=[file_of("reward_policies", {"podium": broken, "pod ium": TOP_THREE})], items=[ITEMS])
    with pytest.raises(DefinitionsInvalid) as refused:
        check_configuration(files)
    assert {(one.file, one.path) for one in refused.value.diagnostics} == {
        ("config/reward_policies/all.json", "/reward_policies/podium/parameters/tiers/1/to"),
        ("config/reward_policies/all.json", "/reward_policies/pod ium"),
    }


def test_e1_a_refused_policy_event_or_item_accuses_nobody_who_names_it() -> None:
    policies = file_of("reward_policies", {"podium": {"type": "top_m"}})
    events = file_of("event_leaderboards", {"race": 5})
    boards = {
        "weekly": {"timeframe": {"type": "event", "event_leaderboard": "race"}, "reward_policy": "podium"},
    }
    with pytest.raises(DefinitionsInvalid) as refused:
        check_configuration(Files([events], [ITEMS], [file_of("leaderboards", boards)], [policies]))
    assert {one.file.split("/")[1] for one in refused.value.diagnostics} == {"reward_policies", "event_leaderboards"}


def test_e1_all_problems_of_a_board_are_told_at_once() -> None:
    wrong = board(
        '"timeframe": {"type": "weekly", "timezone": "Mars"}, "scoring": {"aggregation": "summ", "min_samples": 0, "rules": '
        '[{"event_type": "m", "points_expression": "1 +", "conditions": {"attrs.a": {"gt": "1"}, "b": {"eq": 1}}}]}, '
        '"reward_policy": "none"'
    )
    told = [one.path.removeprefix("/leaderboards/weekly") for one in diagnosed(wrong)]
    assert told == [
        "/timeframe",
        "/timeframe/timezone",
        "/scoring/aggregation",
        "/scoring/min_samples",
        "/scoring/rules/0/points_expression",
        "/scoring/rules/0/conditions/attrs.a/gt",
        "/scoring/rules/0/conditions/b",
        "/reward_policy",
    ]


WORDS = st.sampled_from(
    [
        *("timeframe", "type", "weekly", "reset_day", "monday", "cron", "0 0 * * 1", "scoring", "rules", "event_type"),
        *(
            "points_expression",
            "attrs.score * 2",
            "conditions",
            "attrs.x",
            "eq",
            "gt",
            "ranking",
            "decimals",
            "min_score",
        ),
        *(
            "segmentation",
            "key",
            "buckets",
            "reward_policy",
            "parameters",
            "tiers",
            "to",
            "percent",
            "entries",
            "top_n",
        ),
        *("podium", "currency", "currencyKey", "amount", "min", "max", "resetCadence", "scoreAggregation", "status"),
        *("metrics", "score_expression", "contributes_to", "leaderboard", "contribute", "segment", "cap", "reset_on"),
    ]
)
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-5, 2**70)
    | st.decimals(-9, 9, places=2).map(float)
    | WORDS
    | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS | st.text(max_size=3), inner, max_size=5),
    max_leaves=25,
)


@given(VALUES, VALUES, VALUES)
def test_e1_whatever_stands_in_the_files_is_taken_or_refused_with_places(one: Any, other: Any, third: Any) -> None:
    files = Files(
        [file_of("event_leaderboards", {"race": one, "fed": {"reset_schedule": "@weekly", "contributes_to": other}})],
        [ITEMS],
        [file_of("leaderboards", {"weekly": other, "fed": {"reward_policy": third, "scoring": one}})],
        [file_of("reward_policies", {"podium": third})],
    )
    try:
        told = check_configuration(files).warnings
    except DefinitionsInvalid as invalid:
        told = invalid.diagnostics
    assert all(problem.place.line >= 1 and problem.place.column >= 1 and problem.message for problem in told)
