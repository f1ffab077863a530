"""What scripts answer, read as places."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from server.domain.ids import PlayerId
from server.domain.leaderboards.definition import RankStyle
from server.domain.leaderboards.ranking import KEY_LENGTH
from server.ports.rank_index import LogMark, Place

_TAKES_PRIZES = b"+"
_DENSE, _ORDINAL = RankStyle.DENSE.value.encode(), RankStyle.ORDINAL.value.encode()


def mark_from(answer: bytes | None) -> LogMark | None:
    """Return the mark, if there is one."""
    if answer is None:
        return None
    number, life = answer.decode().split(" ")
    return LogMark(int(number), life)


def places_from(found: Sequence[Any]) -> list[Place]:
    """Return the places of single players, the best first."""
    places = []
    for player, order_key, flag, members_before, ranks_before, others_before in found:
        position = members_before + 1
        prize_position = position - others_before if flag == _TAKES_PRIZES else None
        places.append(Place(PlayerId(player.decode()), order_key, position, ranks_before + 1, prize_position))
    return sorted(places, key=lambda place: place.position)


def rows_from(answer: Sequence[Any]) -> list[Place]:
    """Return the places of rows that follow one another: what stands before the first is said, the rest is counted."""
    if not answer:
        return []
    members_before, ranks_before, others, tie, style, members, without_prizes = answer
    outside, front, rank, places = set(without_prizes), members[0][:tie], ranks_before + 1, []
    for position, member in enumerate(members, members_before + 1):
        if style == _ORDINAL or member[:tie] != front:
            front, rank = member[:tie], rank + 1 if style == _DENSE else position
        prize_position = None
        if member in outside:
            others += 1
        else:
            prize_position = position - others
        player_id = PlayerId(member[KEY_LENGTH:].decode())
        places.append(Place(player_id, member[:KEY_LENGTH], position, rank, prize_position))
    return places
