"""Malformed definitions: each is refused at the right place, with words a designer understands (E1).

In every case `§` marks where the complaint must point. It is taken out before the text is read.
"""

import pytest

from server.definitions.config import Files, check_configuration
from server.definitions.diagnostics import DefinitionsInvalid, Diagnostic, Severity
from server.definitions.reading import SourceFile

ITEMS = SourceFile(
    "config/items/items.json", '{"items": {"sword": {"item_sets": ["weapon"]}, "crown": {"item_sets": ["rare"]}}}'
)


def event(options: str) -> str:
    """One weekly event with these options, each line of them a line of the file."""
    return f"""{{
  "event_leaderboards": {{
    "weekly": {{
      "reset_schedule": "@weekly",
      "score_max": 100,
      {options}
    }}
  }}
}}"""


def bare(options: str) -> str:
    """One event that has nothing but these options."""
    return f'{{"event_leaderboards": {{"weekly": {{{options}}}}}}}'


def reward(contents: str) -> str:
    return event(f'"reward_tiers": {{"0": [{{"rank_min": 1, "rank_max": 3, "reward": {contents}}}]}}')


REFUSED = [
    # Not JSON at all.
    ("§", "the text ends", ""),
    ('{"event_leaderboards": {§', "a key in double quotes", ""),
    ('{"event_leaderboards": {}} §x', "after the end", ""),
    ("{§'event_leaderboards': {}}", "double quotes", ""),
    ('{"event_leaderboards" §{}}', "a colon is expected", ""),
    (event('"tiers": 2§,\n'), "a comma stands before }", ""),
    (event('"tiers": 2\n      §"start_tier": 1'), "a comma or }", ""),
    (event('"tiers": §// two'), "comments are not part of JSON", ""),
    (event('"name": §"never closed'), "no closing quote", ""),
    (event('"name": §"a \\q b"'), "bad escape", ""),
    (event('"tiers": §True'), "no JSON value", ""),
    (event('"tiers": §NaN'), "no JSON value", ""),
    (event('"tiers": §007'), "leading zeros", ""),
    (event('"name": §"tab\there"').replace("\\t", "\t"), "no closing quote on its line", ""),
    (event('"tiers": 2,\n      §"tiers": 3'), "given twice", ""),
    ('{"a":' * 70 + "1" + "}" * 70, "", ""),
    # Keys.
    ("§[]", "is not an object", "write an object in { }"),
    ("§{}", "the key 'event_leaderboards' is missing", "add"),
    ('{"event_leaderboards": {}, §"events": {}}', "unknown key 'events'", "event_leaderboards"),
    ('{"event_leaderboards": {"weekly": §[]}}', "is not an object", "{ }"),
    ('{"event_leaderboards": {§"week ly": {"reset_schedule": "@weekly"}}}', "is not allowed here", "letters, digits"),
    ('{"event_leaderboards": {§"": {"reset_schedule": "@weekly"}}}', "is not allowed here", "letters, digits"),
    (event('§"cohortsize": 5'), "unknown key 'cohortsize'", "did you mean 'cohort_size'?"),
    (event('§"bucket_size": 5'), "unknown key", "write cohort_size"),
    (event('"bots": §[]'), "a list is not an object", "write an object"),
    (event('"change_zones": {"0": {§"promote": 0.1}}'), "unknown key", "did you mean 'promotion'?"),
    (event('"change_zones": {§"gold": {}}'), "is not allowed here", 'write a tier as "0"'),
    (reward('{"guaranteed": {"currencies": {§"co\\u0000ins": {"min": 1}}}}'), "is not allowed here", "can be seen"),
    (event('"change_zones": {§"01": {}}'), "is not allowed here", 'write a tier as "0"'),
    # Types: nothing is converted in silence.
    (event('"tiers": §"2"'), '"2" is not a whole number', "write a whole number"),
    (event('"tiers": §2.5'), "2.5 is not a whole number", ""),
    (event('"tiers": §true'), "true is not a whole number", ""),
    (event('"ascending": §"yes"'), "is not true or false", ""),
    (event('"ascending": §1'), "is not true or false", ""),
    (event('"name": §7'), "7 is not a text", "double quotes"),
    (event('"name": §null'), "null is not a text", ""),
    (event('"reward_tiers": §[]'), "a list is not an object", ""),
    (event('"reward_tiers": {"0": §{}}'), "an object is not a list", ""),
    (event('"change_zones": {"0": {"promotion": §"10%"}}'), "is not a number", ""),
    (event('"additional_properties": {"a": §1}'), "is not a text", ""),
    # Ranges of single values.
    (event('"cohort_size": §0'), "0 is too small", "use 1 or more"),
    (event('"cohort_size": §1001'), "1001 is too big", "use 1000 or less"),
    (event('"tiers": §0'), "0 is too small", "use 1 or more"),
    (event('"max_rolls": §-2'), "-2 is too small", "use -1 or more"),
    (event('"duration": §-1'), "too small", ""),
    (event('"start_time_sec": §99999999999999'), "too big", ""),
    (event('"score_target": §9223372036854775808'), "too big", ""),
    (event('"change_zones": {"0": {"promotion": §1.2}}'), "1.2 is too big", "use 1 or less"),
    (event('"change_zones": {"0": {"demotion": §-0.1}}'), "too small", "use 0 or more"),
    (event('"change_zones": {"0": {"demotion": §0.1234567890123}}'), "too exact", "12 decimal places"),
    (event('"operator": §"max"'), "'max' is no score operator", ""),
    # Schedules.
    (bare("§").replace("{§}", "§{}"), "nothing says when the event runs", "add reset_schedule"),
    (bare('"duration": §60, "end_time_sec": 9'), "a duration needs a start", "add start_time_sec"),
    (bare('"reset_schedule": §"0 0 0 * * 1"'), "6 fields", "did you mean '0 0 * * 1'?"),
    (bare('"reset_schedule": §"0 0 12 ? * MON *"'), "7 fields", "did you mean '0 12 * * mon'?"),
    (bare('"reset_schedule": §"@fortnightly"'), "not known", "did you mean '@daily'?"),
    (bare('"reset_schedule": §"R 0 * * *"'), "'r' is not a minute", ""),
    (bare('"reset_schedule": §"0 0 31 2 *"'), "never fires", "name a day that exists"),
    (bare('"reset_schedule": §"@weekly", "start_time_sec": 1000, "end_time_sec": 2000'), "never fires", ""),
    (event('"timezone": §"Europe/Belrin"'), "is no time zone", "did you mean 'Europe/Berlin'?"),
    (event('"start_time_sec": 2000000000,\n      "end_time_sec": §1000000000'), "ends before it starts", ""),
    # Tiers and ranks.
    (event('"tiers": 2,\n      "change_zones": {§"2": {}}'), "there is no tier 2", "use 0 to 1"),
    (event('"tiers": 2,\n      "tier_overrides": {§"9": {}}'), "there is no tier 9", ""),
    (event('§"reward_tiers": {§"1": []}').replace("§", "", 1), "there is no tier 1", ""),
    (event('"start_tier": §1'), "there is no tier 1", ""),
    (event('"cohort_size": §5,\n      "min_cohort_size": 6'), "more than the 5 places", "lower min_cohort_size"),
    (event('"tier_overrides": {"0": {"cohort_size": §3}},\n      "min_cohort_size": 4'), "more than the 3 places", ""),
    (event('"reward_tiers": {"0": [{"rank_min": §3, "rank_max": 1}]}'), "greater than rank_max", "swap them"),
    (event('"reward_tiers": {"0": [§{"rank_min": 1}]}'), "the key 'rank_max' is missing", "add"),
    (event('"reward_tiers": {"0": [{"rank_min": §0, "rank_max": 1}]}'), "0 is too small", ""),
    (
        event('"reward_tiers": {"0": [{"rank_min": 1, "rank_max": 3}, {"rank_min": §3, "rank_max": 5}]}'),
        "ranks 3 to 3 lie in two reward tiers",
        "begin at 4",
    ),
    (event('"score_min": §101'), "score_min is greater than score_max", ""),
    (event('"operator": "incr"').replace('"score_max": 100', '"score_max": §-10'), "no submission can be accepted", ""),
    # Rewards.
    (reward('{§"team_reward": {}}'), "unknown key", "teams are not part of Laurel"),
    (reward('{"guaranteed": {"items": {§"swrod": {"min": 1}}}}'), "there is no item 'swrod'", "did you mean 'sword'?"),
    (reward('{"guaranteed": {"item_sets": [{"set": §["weapon", "rare"], "min": 1}]}}'), "no item belongs to", ""),
    (reward('{"guaranteed": {"item_sets": [{"set": §[], "min": 1}]}}'), "it is empty", "at least 1"),
    (reward('{"guaranteed": {"currencies": {"coins": §{}}}}'), "the key 'min' is missing", "add"),
    (reward('{"guaranteed": {"currencies": {"coins": {"min": §-1}}}}'), "too small", ""),
    (reward('{"guaranteed": {"currencies": {"coins": {"min": 5, "max": §3}}}}'), "less than min", "swap them"),
    (
        reward('{"guaranteed": {"currencies": {"coins": {"min": 11, "max": 19, "multiple": §10}}}}'),
        "no multiple of 10",
        "",
    ),
    (reward('{"weighted": [{"weight": 3}, {"weight": 4}], "total_weight": §5}'), "add up to 7", "use 7 or more"),
    (reward('{"weighted": §[{"weight": 0}]}'), "no row has a weight", ""),
    (reward('{"weighted": [§{}]}'), "the key 'weight' is missing", ""),
    (reward('{"weighted": [{"weight": 1}], "max_rolls": §1001}'), "too big", "use 1000 or less"),
    (
        reward('{"guaranteed": {"energy_modifiers": [{"id": "x", "operator": §"add", "duration_sec": {"min": 1}}]}}'),
        "not known here",
        "infinite",
    ),
]


def diagnosed(text: str) -> list[Diagnostic]:
    try:
        return check_configuration(Files([SourceFile("config/event_leaderboards/weekly.json", text)], [ITEMS])).warnings
    except DefinitionsInvalid as invalid:
        return invalid.diagnostics


@pytest.mark.parametrize(("marked", "message", "mend"), REFUSED)
def test_e1_a_malformed_definition_is_refused_with_place_reason_and_way_out(
    marked: str, message: str, mend: str
) -> None:
    found = [one for one in diagnosed(marked.replace("§", "")) if one.severity is Severity.ERROR]
    assert found, "the definition was accepted"
    first = found[0]
    assert message in first.message
    assert mend in first.mend
    if "§" in marked:
        before = marked.partition("§")[0]
        assert (first.place.line, first.place.column) == (before.count("\n") + 1, len(before) - before.rfind("\n"))
    assert len(found) == 1, f"one mistake, one complaint: {[str(one) for one in found]}"


def test_e1_there_are_at_least_sixty_of_them() -> None:
    assert len(REFUSED) >= 60


def test_e1_all_problems_of_all_files_are_told_at_once() -> None:
    broken = event('"cohort_size": 0,\n      "tiers": "2",\n      "timezone": "Mars/Olympus",\n      "score_min": 101')
    other = SourceFile("config/event_leaderboards/other.json", '{"event_leaderboards": {"weekly": {}, "x": {"a": 1}}}')
    syntax = SourceFile("config/event_leaderboards/syntax.json", "{")
    with pytest.raises(DefinitionsInvalid) as caught:
        check_configuration(Files([SourceFile("config/event_leaderboards/a.json", broken), other, syntax], [ITEMS]))
    found = [(one.file.rsplit("/", 1)[-1], one.path.rsplit("/", 1)[-1]) for one in caught.value.diagnostics]
    for expected in [
        ("a.json", "cohort_size"),
        ("a.json", "tiers"),
        ("a.json", "timezone"),
        ("a.json", "score_min"),
        ("other.json", "a"),
        ("other.json", "x"),
        ("other.json", "weekly"),
        ("syntax.json", "/"),
    ]:
        assert expected in found or (expected[1] == "/" and (expected[0], "") in found)


def test_e1_an_id_may_be_defined_once_only_and_both_files_are_named() -> None:
    twice = [SourceFile(f"config/event_leaderboards/{name}.json", event('"tiers": 1')) for name in ("a", "b")]
    with pytest.raises(DefinitionsInvalid) as caught:
        check_configuration(Files(twice))
    (one,) = [one for one in caught.value.diagnostics if one.severity is Severity.ERROR]
    assert one.file == "config/event_leaderboards/b.json"
    assert "'weekly' is defined in config/event_leaderboards/a.json already" in one.message
    assert (one.place.line, one.place.column) == (3, 5)


def test_e1_items_in_doubt_accuse_no_reward() -> None:
    broken_items = SourceFile("config/items/items.json", '{"items": {"sword": 5}}')
    using = SourceFile("config/event_leaderboards/a.json", reward('{"guaranteed": {"items": {"sword": {"min": 1}}}}'))
    with pytest.raises(DefinitionsInvalid) as caught:
        check_configuration(Files([using], [broken_items]))
    assert [one.path for one in caught.value.diagnostics if one.severity is Severity.ERROR] == ["/items/sword"]


def test_a_diagnostic_reads_as_compilers_write_them() -> None:
    (one,) = diagnosed(event('"cohort_size": 0'))
    assert str(one) == (
        "config/event_leaderboards/weekly.json:6:22: error: /event_leaderboards/weekly/cohort_size: 0 is too small; use 1 or more"
    )


SMELLS = [
    (event('§"cohort_size": 5').replace('"score_max": 100,', "").replace("§", ""), "without an upper bound"),
    (
        event('"reward_tiers": {"0": [{"rank_min": 1, "rank_max": 2}, {"rank_min": §4, "rank_max": 5}]}'),
        "rank 3 wins nothing",
    ),
    (event('"reward_tiers": {"0": [{"rank_min": §3, "rank_max": 5}]}'), "ranks 1 to 2 win nothing"),
    (event('"score_target": §10'), "no reward for reaching it"),
    (event('"duration": §999999'), "longer than the 7 days"),
    (event('"change_zones": {"0": {"promotion": 0.1}}'), "alone in a cohort"),
    (event('"max_rolls": 3'), "alone in a cohort"),
    (
        event(
            '"reward_tiers": {"0": [{"rank_min": 1, "rank_max": 1, "reward": {}}]}, "min_cohort_size": 2,\n      "max_rolls": §-1'
        ),
        "rewards can be farmed",
    ),
    (event('"change_zones": {"0": {"demotion": §0.1}}'), "who skips a phase keeps"),
    (
        event(
            '"cohort_size": 5,\n      "reward_tiers": {"0": [{"rank_min": 1, "rank_max": 5}, {"rank_min": §6, "rank_max": 9}]}'
        ),
        "nobody can reach rank 6",
    ),
    (
        event(
            '"score_target": 5,\n      "cohort_size": 4,\n      "reward_tiers": {"0": [{"rank_min": 1, "rank_max": 4, "reward": {}}]},\n      "score_target_players": §5'
        ),
        "can never finish",
    ),
]


@pytest.mark.parametrize(("marked", "message"), SMELLS)
def test_e1_what_is_legal_and_smells_is_warned_of(marked: str, message: str) -> None:
    found = diagnosed(marked.replace("§", ""))
    assert {one.severity for one in found} == {Severity.WARNING}
    (one,) = [one for one in found if message in one.message]
    assert one.mend
    if "§" in marked:
        before = marked.partition("§")[0]
        assert (one.place.line, one.place.column) == (before.count("\n") + 1, len(before) - before.rfind("\n"))
