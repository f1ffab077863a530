"""Whichever interpreter evaluates a bot, whenever it was started: the same scores to the byte (L3)."""

from __future__ import annotations

import json
import os
import subprocess
import sys

from tests.acceptance.process import ROOT
from tests.determinism.bots import random_scores

COUNT = 1000
DEADLINE = 120


def elsewhere(hash_seed: str, *arguments: str, given: str = "") -> bytes:
    """What another interpreter prints, whose hashes are seeded otherwise."""
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
    command = [sys.executable, "-m", "tests.determinism.bots", *arguments]
    done = subprocess.run(
        command, cwd=ROOT, env=environment, input=given.encode(), capture_output=True, timeout=DEADLINE, check=False
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


def test_l3_a_thousand_bots_score_the_same_in_every_process() -> None:
    one, other = (elsewhere(seed, "random", "7", str(COUNT)) for seed in ("1", "4242"))
    here = "".join(f"{line}\n" for line in random_scores(7, COUNT)).encode()
    assert one == other == here
    assert len(one.splitlines()) == COUNT
    scores = {json.dumps(instant[1]) for line in one.splitlines() for instant in json.loads(line)}
    assert len(scores) > COUNT / 2, "they do not all stand still"
