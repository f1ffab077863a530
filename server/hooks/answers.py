"""What modules answer, taken over as values of our own, or refused with what is wrong (M4).

A module may answer anything, objects of its own that lie about themselves included.
"""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from server.domain import rewards
from server.domain.event_leaderboards import matching, submissions
from server.domain.event_leaderboards.definition import Operator
from server.domain.event_leaderboards.metrics import Report
from server.domain.ids import CohortId, PlayerId, is_identifier
from server.hooks import api
from server.ports.hooks import ContributionAnswer

JSON_MAX = 1024
"""Bytes of JSON that the properties of a cohort and the metadata of a score may take."""
_OPERATORS: dict[object, Operator | None] = {None: None} | {one.value: one for one in Operator}
_INT64 = 2**63
_DIGITS_MAX = 15
"""No score of a leaderboard has more digits before its point."""


class Nonsense(Exception):
    """The answer cannot be taken over; the message says why, for the log."""


def choice(answer: object) -> matching.Choice | None:
    """Return where a player is to go.

    :raises Nonsense: if the answer says nothing of the kind
    """
    match answer:
        case None:
            return None
        case str(cohort_id) | api.JoinCohort(cohort_id=str(cohort_id)):
            if not can_be_written(cohort_id):
                raise Nonsense("named a cohort with half a character")
            return matching.JoinCohort(CohortId(cohort_id))
        case api.SharedCohort(properties=properties):
            return matching.SharedCohort(json_object(properties, "properties"))
        case api.NewCohort(tier=None | int() as tier, properties=properties, reserved=bool() as reserved):
            return matching.NewCohort(tier, json_object(properties, "properties"), reserved)
    raise Nonsense(f"answered {type(answer).__name__}, where a cohort or None is expected")


def reward(answer: object, before: rewards.Reward) -> rewards.Reward:
    """Return a module's reward; what modules do not see (modifiers, instances, expiry) stays as it was rolled.

    :raises Nonsense: if it is none
    """
    if not isinstance(answer, api.Reward) or not isinstance(answer.message, str) or not can_be_written(answer.message):
        raise Nonsense("answered no Reward")
    return rewards.Reward(
        items=_counts(answer.items),
        currencies=_counts(answer.currencies),
        energies=_counts(answer.energies),
        energy_modifiers=before.energy_modifiers,
        reward_modifiers=before.reward_modifiers,
        item_instances=before.item_instances,
        to_mailbox_expiry_sec=before.to_mailbox_expiry_sec,
        message=answer.message,
    )


def given(answer: object) -> rewards.Reward:
    """Return what a module gives; energies and messages belong to events alone.

    :raises Nonsense: if it is no reward of currencies and items
    """
    made = reward(answer, rewards.EMPTY_REWARD)
    if made.energies:
        raise Nonsense("gives energies; a wallet holds currencies and items")
    return made


def submission(answer: object, before: submissions.Submission) -> submissions.Submission:
    """Return a module's submission; who sent it stays as it was.

    :raises Nonsense: if it is none
    """
    if not isinstance(answer, api.Submission):
        raise Nonsense(
            f"answered {type(answer).__name__}, where a Submission is expected; return the one you were given"
        )
    operator = answer.operator if answer.operator is None or isinstance(answer.operator, str) else object()
    if operator not in _OPERATORS:
        raise Nonsense("answered an operator that there is not")
    return submissions.Submission(
        score=_int64(answer.score),
        subscore=_int64(answer.subscore),
        metadata=_metadata(answer.metadata, before.metadata),
        conditional_metadata_update=before.conditional_metadata_update,
        operator=_OPERATORS[operator],
        is_trusted=before.is_trusted,
        report=None if before.report is None else _report(answer.metrics, before.report),
    )


def contribution(answer: object, before: ContributionAnswer) -> ContributionAnswer:
    """Return a module's score for a leaderboard.

    :raises Nonsense: if it is none
    """
    if not isinstance(answer, api.Submission):
        raise Nonsense(
            f"answered {type(answer).__name__}, where a Submission is expected; return the one you were given"
        )
    if answer.subscore != 0 or answer.operator is not None:
        raise Nonsense("answered a subscore or an operator, which a leaderboard does not have")
    return ContributionAnswer(decimal(answer.score), _metadata(answer.metadata, before.metadata))


def json_object(answer: object, what: str) -> str:
    """Return a JSON object as text.

    :raises Nonsense: if it is none, or too large
    """
    text = json_text(answer, what, JSON_MAX, sort_keys=True)  # cohorts are found by their properties, letter by letter
    if not text.startswith("{"):
        raise Nonsense(f"gave {what} that are no JSON object")
    return text


def json_text(answer: object, what: str, bytes_max: int, *, sort_keys: bool = False) -> str:
    """Return anything as JSON.

    :raises Nonsense: if it cannot be JSON, or is too large
    """
    try:
        text = json.dumps(answer, separators=(",", ":"), allow_nan=False, sort_keys=sort_keys)
    except Exception as error:  # a module's own type may raise whatever it likes
        raise Nonsense(f"gave {what} that cannot be JSON") from error
    if len(text) > bytes_max and _bytes_of(answer) > bytes_max:
        raise Nonsense(f"gave {what} of more than {bytes_max} bytes of JSON")
    return text


def _bytes_of(answer: object) -> int:
    """Return how large JSON is as clients would send it: what they may send, a module may hand on, in any language."""
    text = json.dumps(answer, separators=(",", ":"), ensure_ascii=False)
    return len(text.encode(errors="surrogatepass"))


def _metadata(answer: dict[str, Any] | None, before: str | None) -> str | None:
    """Return metadata as text: those that are as they were letter by letter, for JSON has many ways to write a number."""
    if answer is None:
        return None
    return before if before is not None and _says_the_same(answer, before) else json_object(answer, "metadata")


def _says_the_same(answer: object, text: str) -> bool:
    try:
        return json.dumps(answer) == json.dumps(json.loads(text))
    except Exception:  # a module's own type may raise whatever it likes, and is refused by what comes next
        return False


def _int64(number: object) -> int:
    if not isinstance(number, int) or isinstance(number, bool) or not -_INT64 <= number < _INT64:
        raise Nonsense("answered a score that is no 64-bit whole number")
    return int(number)


def _report(answer: object, before: Report) -> Report:
    """Return metrics that a module may have changed; what they come to is computed again."""
    if not isinstance(answer, dict):
        raise Nonsense("answered no metrics, where the game reports them")
    return Report(before.mode, tuple((str(name), decimal(number)) for name, number in answer.items()))


def decimal(number: object) -> Decimal:
    """Return a number as the decimal that it prints as (B22)."""
    is_number = isinstance(number, int | float | Decimal) and not isinstance(number, bool)
    made = Decimal(repr(number) if isinstance(number, float) else str(number)) if is_number else Decimal("nan")
    if not made.is_finite() or made.adjusted() > _DIGITS_MAX:
        raise Nonsense("answered a score that is no number within 2^53")
    return made


def _counts(answer: Any) -> dict[str, int]:
    """Return counts as plain values of our own; 0 is left out."""
    try:
        counts = list(answer.items()) if isinstance(answer, dict) else [("", None)]
    except Exception as error:  # a module's own type may raise whatever it likes
        raise Nonsense("answered counts that cannot be read") from error
    if not all(_is_count(key, count) for key, count in counts):
        raise Nonsense("answered no counts of 0 or more by name")
    return {str(key): int(count) for key, count in counts if count}


def _is_count(key: object, count: object) -> bool:
    is_key = isinstance(key, str) and can_be_written(key)
    return is_key and isinstance(count, int) and not isinstance(count, bool) and 0 <= count < _INT64


def can_be_written(text: str) -> bool:
    """Tell whether a text can leave Python for any database: half a surrogate pair cannot, nor can a null character."""
    try:
        return b"\0" not in text.encode()
    except UnicodeEncodeError:
        return False


def player_id(text: object) -> PlayerId:
    """Return a player's id that a module has given.

    :raises ValueError: if it can be none; calls of others share its transaction, and would fail with it
    """
    if not (isinstance(text, str) and is_identifier(text)):
        raise ValueError(f"{text!r} is no player's id")
    return PlayerId(text)
