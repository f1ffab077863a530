"""A watcher who applies what he is told sees what is there (L20, L21)."""

from hypothesis import given
from hypothesis import strategies as st

from server.domain.ids import PlayerId
from server.domain.live.history import History
from server.domain.live.rows import LiveRow, Revision, Sight, applied, changes

boards = st.dictionaries(st.sampled_from("abcdefgh"), st.integers(0, 5), max_size=8)


def rows(scores: dict[str, int]) -> tuple[LiveRow, ...]:
    ordered = sorted(scores, key=lambda player: (-scores[player], player))
    return tuple(
        LiveRow(PlayerId(player), player.upper(), "", scores[player], 0, position, position)
        for position, player in enumerate(ordered, 1)
    )


@given(boards, boards, st.integers(1, 10))
def test_l20_what_is_told_makes_the_next_sight(before: dict[str, int], after: dict[str, int], limit: int) -> None:
    old, new = rows(before), rows(after)
    assert applied(old[:limit], changes(old, new, limit)) == list(new[:limit])


@given(boards, st.integers(1, 10))
def test_nothing_is_told_where_nothing_has_changed(board: dict[str, int], limit: int) -> None:
    assert not changes(rows(board), rows(board), limit)


@given(st.lists(boards, min_size=1, max_size=20), st.integers(1, 5), st.integers(1, 8), st.data())
def test_l21_who_comes_back_goes_on_without_a_gap_or_is_told_that_he_cannot(
    sights: list[dict[str, int]], kept: int, limit: int, data: st.DataObject
) -> None:
    history = History(kept)
    for number, board in enumerate(sights):
        history.add(Sight(Revision(1, number), rows(board), len(board)))
    seen = data.draw(st.integers(0, len(sights) - 1))
    told = history.since(Revision(1, seen), limit)
    if told is None:
        assert seen < len(sights) - kept
        return
    assert applied(rows(sights[seen])[:limit], told) == list(rows(sights[-1])[:limit])


def test_a_new_epoch_forgets_the_old_one() -> None:
    history = History()
    history.add(Sight(Revision(1, 50), rows({"a": 1}), 1))
    history.add(Sight(Revision(2, 1), rows({"a": 2}), 1))
    assert history.since(Revision(1, 50), 10) is None
    assert history.latest is not None
    assert history.latest.revision == Revision(2, 1)


def test_a_sight_that_is_late_is_no_news() -> None:
    history = History()
    history.add(Sight(Revision(1, 5), rows({"a": 1}), 1))
    history.add(Sight(Revision(1, 4), rows({"a": 0}), 1))
    assert history.latest == Sight(Revision(1, 5), rows({"a": 1}), 1)


@given(st.integers(0, 10**12), st.integers(0, 10**12))
def test_l21_a_revision_is_read_as_it_is_written(epoch: int, number: int) -> None:
    assert Revision.read(str(Revision(epoch, number))) == Revision(epoch, number)


def test_what_is_no_revision_is_none() -> None:
    assert [
        Revision.read(text) for text in ("", "1", "1.", ".1", "a.b", "1.-2", "1.2.3", "²." + "1", "9" * 19 + ".1")
    ] == [None] * 9
