"""Promises: kept only by what was measured, run by run, by a generator that kept pace."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.disk import fdatasync
from benchmarks.load import Outcome
from benchmarks.parts import batches, latency
from benchmarks.report import Findings, Promise, Sample, ratio, row, write
from server.api.pb import server_service_pb2 as pb


def outcome(p99: float, delay: float = 0.0) -> Outcome:
    """A hundred calls, of which the slowest two took `p99` seconds and were written so late."""
    fast = [0.0001] * 98
    return Outcome(100, 1.0, [*fast, p99, p99], {}, 0.01, [*fast, delay, delay])


DISK = outcome(0.002)


@pytest.mark.parametrize(
    ("store", "p99", "is_kept"),
    [("sqlite", 0.0089, True), ("sqlite", 0.0091, False), ("postgres", 0.0189, True), ("postgres", 0.0191, False)],
)
def test_an_answer_may_take_two_syncs_and_what_the_store_is_allowed(store: str, p99: float, is_kept: bool) -> None:
    promise = latency.promise("", store, [outcome(p99)], [DISK])
    assert promise.is_kept is is_kept


def test_runs_are_held_against_the_disk_beside_them() -> None:
    slow_disk = outcome(0.1)
    assert latency.promise("", "sqlite", [outcome(0.2), outcome(0.004)], [slow_disk, DISK]).is_kept
    assert not latency.promise("", "sqlite", [outcome(0.2), outcome(0.004)], [DISK, slow_disk]).is_kept


def test_a_run_in_which_the_generator_fell_behind_is_said_and_does_not_count_as_kept() -> None:
    good, behind = outcome(0.004), outcome(0.004, delay=0.0011)
    alone = latency.promise("", "sqlite", [behind], [DISK])
    assert (alone.ratio, alone.is_kept) == (None, False)
    assert "fell behind in 1 of 1 runs" in alone.shown
    most = latency.promise("", "sqlite", [good, behind, good], [DISK] * 3)
    assert most.is_kept
    assert "fell behind in 1 of 3 runs" in most.shown
    assert not latency.promise("", "sqlite", [good, behind, behind], [DISK] * 3).is_kept


def test_a_promise_can_bound_from_above_and_from_below() -> None:
    assert Promise("", 2.0, at_most=2.0).is_kept
    assert not Promise("", 2.01, at_most=2.0).is_kept
    assert Promise("", 5.0, at_least=5.0).is_kept
    assert not Promise("", 4.99, at_least=5.0).is_kept
    assert Promise("four legs", 4.0, at_least=5.0, note="a table").shown == "four legs: 4.00, at least 5 (a table)"


def test_a_ratio_is_the_median_of_what_stood_side_by_side() -> None:
    assert ratio([2.0, 30.0, 8.0], [1.0, 10.0, 2.0]) == 3.0
    assert ratio([2.0, float("inf"), 8.0], [1.0, 10.0, 2.0]) == 4.0
    assert ratio([2.0, float("inf")], [1.0, 10.0]) is None


def test_calls_that_failed_make_no_figure() -> None:
    failed = replace(DISK, failures={"grpc-status 9: no": 1})
    with pytest.raises(RuntimeError, match="grpc-status 9: no"):
        row("submit_score", "envoy", "sqlite", [Sample(failed)])


def test_a_score_that_was_refused_in_a_batch_makes_no_figure() -> None:
    answer = pb.SubmitScoresResponse(
        results=[pb.ScoreResult(applied=True), pb.ScoreResult(reason="EVENT_NOT_FOUND", message="there is none")]
    )
    with pytest.raises(RuntimeError, match="EVENT_NOT_FOUND: there is none"):
        batches.refuse_refusals([b"\0\0\0\0\0" + answer.SerializeToString()])


def test_bare_syncs_are_counted_and_leave_nothing_behind(tmp_path: Path) -> None:
    bare = fdatasync(tmp_path, 0.01)
    assert bare.calls == len(bare.latencies) >= 1
    assert list(tmp_path.iterdir()) == []


def test_what_is_written_is_json_also_where_nothing_could_be_measured(tmp_path: Path) -> None:
    findings = Findings([row("fdatasync", "", "sqlite", [Sample(DISK)])], [Promise("this", None, at_most=1.0)])
    write(tmp_path / "build" / "bench.json", findings)
    told = json.loads((tmp_path / "build" / "bench.json").read_text(), parse_constant=pytest.fail)
    assert (told["rows"][0]["name"], told["rows"][0]["p99_ms"]) == ("fdatasync", 2.0)
    assert told["promises"] == [
        {"name": "this", "ratio": None, "at_most": 1.0, "at_least": None, "note": "", "kept": False}
    ]
    assert not findings.are_as_promised
