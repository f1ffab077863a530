"""What event leaderboards say of leaderboards, game events and metrics: built, and refused where it makes no sense (B20, B34)."""

import json
from decimal import Decimal
from typing import Any

import pytest

from server.definitions.config import Files, check_configuration
from server.definitions.diagnostics import DefinitionsInvalid, Diagnostic, Severity
from server.definitions.reading import SourceFile
from server.domain.event_leaderboards.definition import Binding, Definition
from server.domain.event_leaderboards.metrics import Metric
from server.domain.ids import EventId, LeaderboardKey, PlayerId
from server.domain.scoring import GameEvent, points_of
from tests.builders import MONDAY
from tests.definitions.boards import file_of

DIRECT = {"authoritative": True}
BOARDS: dict[str, Any] = {
    "sums": {**DIRECT},
    "bests": {**DIRECT, "scoreAggregation": "best"},
    "counts": {**DIRECT, "scoring": {"aggregation": "count"}},
    "regions": {
        **DIRECT,
        "segmentation": {"key": "region", "buckets": ["eu", "na"]},
        "scoring": {"aggregation": "best"},
    },
    "gone": {**DIRECT, "status": "archived"},
    "days": {**DIRECT, "scoring": {"aggregation": "best"}, "timeframe": {"type": "daily"}},
}


def event(options: str) -> str:
    return f'{{"event_leaderboards": {{"race": {{"reset_schedule": "@weekly", "score_max": 100, {options}}}}}}}'


def checked(text: str) -> tuple[Definition | None, list[Diagnostic]]:
    files = Files([SourceFile("race.json", text)], leaderboards=[file_of("leaderboards", BOARDS)])
    try:
        configuration = check_configuration(files)
    except DefinitionsInvalid as invalid:
        return None, invalid.diagnostics
    return configuration.definitions[EventId("race")], configuration.warnings


def built(options: str) -> Definition:
    definition, told = checked(event(options))
    assert definition is not None, [str(one) for one in told]
    return definition


def test_b20_a_binding_is_a_key_or_says_how() -> None:
    written = '"contributes_to": ["sums", {"leaderboard": "bests", "contribute": "final"}, {"leaderboard": "regions", "segment": "eu"}]'
    assert built(written).contributes_to == (
        Binding(LeaderboardKey("sums")),
        Binding(LeaderboardKey("bests"), is_final=True),
        Binding(LeaderboardKey("regions"), segment="eu"),
    )


def test_b1_krates_word_for_it_is_the_same_definition() -> None:
    assert built('"contributesTo": ["bests"]').hash == built('"contributes_to": ["bests"]').hash


def test_b34_what_the_scope_of_an_event_asks_is_asked_by_each_of_its_rules() -> None:
    options = {
        "scoring": {
            "scope": {"filters": {"attrs.mode": {"eq": "ranked"}}},
            "rules": [{"event_type": "race.won", "points_expression": "attrs.laps * 2"}],
        }
    }
    (rule,) = built(json.dumps(options)[1:-1]).scoring
    ranked, casual = (
        GameEvent("1", "race.won", PlayerId("ann"), MONDAY, attrs={"laps": 3, "mode": mode}) for mode in ("ranked", "x")
    )
    assert points_of([rule], ranked) == 6
    assert not rule.matches(casual)


def test_b34_metrics_have_targets_caps_and_resets_and_make_the_score() -> None:
    metrics = built(
        '"metrics": {"kills": {"target": 10, "cap": 20}, "streak": {"reset_on": "deaths"}, "deaths": {}}, '
        '"score_expression": "metrics.kills * 10 + metrics.streak"'
    ).metrics
    assert metrics is not None
    assert metrics.metrics == {
        "kills": Metric(Decimal(10), Decimal(20)),
        "streak": Metric(reset_on="deaths"),
        "deaths": Metric(),
    }
    assert metrics.score.paths == ("metrics.kills", "metrics.streak")


def test_an_event_that_says_nothing_of_it_has_none_of_it() -> None:
    plain = built('"name": "Race"')
    assert (plain.contributes_to, plain.scoring, plain.metrics) == ((), (), None)


METRICS = '"metrics": {"kills": {}, "streak": {}}, '
REFUSED = [
    ('"contributes_to": [§"sum"]', "no leaderboard 'sum'", "did you mean 'sums'?"),
    ('"contributes_to": [{"leaderboard": §"best"}]', "no leaderboard 'best'", "did you mean 'bests'?"),
    ('"contributes_to": [§"Sums"]', "form that is not allowed", ""),
    ('"contributes_to": ["sums", §"sums"]', "fed already", ""),
    ('"contributes_to": [{"leaderboard": "sums", "contribute": §"total"}]', "add the whole score again", "delta"),
    ('"contributes_to": [{"leaderboard": "bests", "contribute": §"delta"}]', "takes the best", "write total"),
    ('"contributes_to": [{"leaderboard": "counts", "contribute": §"delta"}]', "takes the count", ""),
    ('"contributes_to": [{"leaderboard": "counts", "contribute": §"total"}]', "takes 1 for each", "leave it out"),
    ('"contributes_to": [{"leaderboard": "sums", "contribute": §"each"}]', "not known here", ""),
    ('"contributes_to": [{"leaderboard": "sums", "segment": §"eu"}]', "not split into segments", ""),
    ('"contributes_to": [{"leaderboard": "regions", "segment": §"na "}]', "has no segment", "did you mean 'na'?"),
    ('"contributes_to": [§{}]', "'leaderboard' is missing", ""),
    ('"contributes_to": ["sums"], §"contributesTo": ["sums"]', "say the same thing twice", "keep contributes_to"),
    ('"scoring": {"rules": §[]}', "it is empty", ""),
    ('"scoring": {"rules": [§{"event_type": "won"}]}', "'points_expression' is missing", ""),
    ('"scoring": {"rules": [{"event_type": "won", "points_expression": "2 *§"}]}', "column 4", ""),
    ('"scoring": {"scope": {"filters": {§"attr.x": {"eq": 1}}}, "rules": [{"event_type": "won", "points_expression": "1"}]}', "no attribute", "attrs.x"),
    ('"metrics": §{"kills": {}}', "how metrics become a score", "metrics.kills"),
    ('"score_expression": §"metrics.kills"', "no metrics to compute from", ""),
    (METRICS + '"score_expression": "metrics.kills + §metrics.streaks"', "no metric 'streaks'", "did you mean 'streak'?"),
    (METRICS + '"score_expression": "§attrs.kills"', "no attribute", ""),
    (METRICS + '"score_expression": "metrics.kills +§"', "column 16: the expression ends", ""),
    ('"metrics": {§"ki lls": {}}, "score_expression": "1"', "is not allowed here", "letters, digits and _"),
    ('"metrics": {"kills": {"reset_on": §"kills"}}, "score_expression": "metrics.kills"', "reset by itself", ""),
    ('"metrics": {"kills": {"reset_on": §"death"}, "deaths": {}}, "score_expression": "metrics.kills"', "no metric 'death'", "did you mean 'deaths'?"),
    ('"metrics": {"kills": {"cap": §"ten"}}, "score_expression": "metrics.kills"', "is not a number", ""),
]  # fmt: skip


def place_of_mark(marked: str) -> int:
    return marked.index("§") + 1


@pytest.mark.parametrize(("options", "message", "mend"), REFUSED)
def test_e1_what_an_event_says_wrong_of_boards_rules_and_metrics_is_refused(
    options: str, message: str, mend: str
) -> None:
    marked = event(options)
    _, told = checked(marked.replace("§", ""))
    found = [one for one in told if one.severity is Severity.ERROR]
    assert len(found) == 1, [str(one) for one in found]
    assert message in found[0].message
    assert mend in found[0].mend
    assert found[0].place.column == place_of_mark(marked), str(found[0])


SMELLS = [
    ('"contributes_to": [§"gone"]', "is archived"),
    ('"max_rolls": 3, "min_cohort_size": 2, "contributes_to": [§"sums"]', "every reroll begins at 0"),
    ('"ascending": true, "contributes_to": [§"bests"]', "worst on the board"),
    ('"contributes_to": [{"leaderboard": §"days", "contribute": "final"}]', "comes too late"),
    ('"scoring": {"rules": [{"event_type": "won", "points_expression": §"0.5"}]}', "whole numbers"),
]


@pytest.mark.parametrize(("options", "message"), SMELLS)
def test_b20_what_an_event_feeds_and_smells_is_warned_of(options: str, message: str) -> None:
    marked = event(options)
    _, (one,) = checked(marked.replace("§", ""))
    assert one.severity is Severity.WARNING
    assert message in one.message
    assert one.place.column == place_of_mark(marked)
