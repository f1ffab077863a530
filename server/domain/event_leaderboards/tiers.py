"""Up and down between phases (E70 to E75).

A tier is computed at the roll, from outcomes. For each phase, oldest first: the outcome, then the idle drop, then the
delta, clamped at every step. The phase he played in comes first, then every phase that he missed entirely.
"""

from __future__ import annotations

from collections.abc import Iterable

from server.domain.event_leaderboards.cohort import Participation
from server.domain.event_leaderboards.definition import Definition, Phase, TierRules
from server.domain.event_leaderboards.outcomes import Outcome
from server.domain.event_leaderboards.timeline import PhaseRun


def tier_after_cohort(participation: Participation, phase: Phase, outcome: Outcome) -> int:
    """Return the tier of a reroll inside the phase: zone or reward tier only, no idle drop and no delta (E75).

    `outcome` is that of the cohort just finished, judged as a reroll (`at_expiry=False`).
    """
    tier = participation.cohort.tier
    if not phase.definition.tier_change_on_reroll:
        return tier
    return phase.definition.clamped(tier + outcome.tier_change)


def tier_after_phase(participation: Participation, phase: Phase, outcome: Outcome) -> int:
    """Return the tier once the phase of the last roll is over: outcome, then the delta of the tier held before (E74).

    `outcome` is that of the last cohort, judged `at_expiry=True`.
    """
    definition = phase.definition
    tier = participation.cohort.tier
    moved = definition.clamped(tier + _change_at_expiry(participation, definition, outcome))
    return definition.clamped(moved + definition.rules_of(tier).tier_delta_per_phase)


def tier_after_missed(tier: int, runs: Iterable[PhaseRun]) -> int:
    """Return the tier after phases that were missed entirely, runs of them under one definition (E73, E74)."""
    dropped = 0
    for definition, count in runs:
        tier, dropped = _after_run(definition, definition.clamped(tier), dropped, count)
    return tier


def _change_at_expiry(participation: Participation, definition: Definition, outcome: Outcome) -> int:
    """Return what the phase comes to where several cohorts were played in it (E73, E75).

    An idle last cohort after a played one moves nobody, for the played one moved him already, at the reroll; where
    rerolls keep the tier, the last cohort he played in decides.
    """
    if not outcome.is_idle or participation.played_tier_change is None:
        return outcome.tier_change
    return 0 if definition.tier_change_on_reroll else participation.played_tier_change


def _after_run(definition: Definition, tier: int, dropped: int, count: int) -> tuple[int, int]:
    """Step through missed phases of one definition. What repeats itself is skipped, however long he was away."""
    seen: dict[tuple[int, int], int] = {}
    step = 0
    while step < count:
        state = (tier, dropped)
        if state in seen:
            step = count - (count - step) % (step - seen[state])
            seen = {}
            if step == count:
                break
        seen[state] = step
        tier, dropped = _after_missed_phase(definition, tier, dropped)
        step += 1
    return tier, dropped


def _after_missed_phase(definition: Definition, tier: int, dropped: int) -> tuple[int, int]:
    """Step through one missed phase: idle drop, then delta, both taken from what the cap still allows."""
    rules = definition.rules_of(tier)
    cap = definition.max_idle_tier_drop
    for change in (-_idle_drop(rules), rules.tier_delta_per_phase):
        allowed = change if change >= 0 or cap is None else max(change, min(dropped - cap, 0))
        moved = definition.clamped(tier + allowed)
        if cap is not None:  # without a cap nothing counts the drops, and states repeat sooner
            dropped += max(tier - moved, 0)
        tier = moved
    return tier, dropped


def _idle_drop(rules: TierRules) -> int:
    return 1 if rules.change_zone is not None and rules.change_zone.demote_idle else 0
