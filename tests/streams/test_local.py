"""Within a process, whoever listens hears, and nobody else (L23)."""

from server.ports.broker import Topic
from server.streams.local import LocalBroker

A, B = Topic("a"), Topic("b")


def test_whoever_listens_to_a_topic_is_woken() -> None:
    broker, woken = LocalBroker(), list[str]()
    broker.listen(A, lambda: woken.append("one"))
    broker.listen(A, lambda: woken.append("two"))
    broker.listen(B, lambda: woken.append("other"))
    broker.publish([A])
    assert woken == ["one", "two"]


def test_who_has_stopped_hears_nothing_and_leaves_nothing_behind() -> None:
    broker, woken = LocalBroker(), list[str]()
    stop = broker.listen(A, lambda: woken.append("one"))
    stop()
    stop()
    broker.publish([A, B])
    assert woken == []
    assert broker._listeners == {}


def test_who_stops_while_being_woken_disturbs_nobody() -> None:
    broker, woken = LocalBroker(), list[str]()
    stops = [broker.listen(A, lambda: (woken.append("one"), stops[0]())[0])]
    broker.listen(A, lambda: woken.append("two"))
    broker.publish([A, A])
    assert woken == ["one", "two", "two"]
