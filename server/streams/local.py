"""The broker within one process: whoever listens is woken on the spot."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from server.ports.broker import Broker, Topic


class LocalBroker(Broker):
    """Wakes those who listen in this process."""

    def __init__(self) -> None:
        self._listeners: dict[Topic, list[Callable[[], None]]] = {}

    def publish(self, topics: Iterable[Topic]) -> None:
        """Wake whoever listens; where nobody does, this is a look into a dictionary."""
        listeners = self._listeners
        for topic in topics:
            for wake in tuple(listeners.get(topic, ())):
                wake()

    def wake_all(self) -> None:
        """Wake everybody: nobody knows what was missed."""
        self.publish(tuple(self._listeners))

    def listen(self, topic: Topic, wake: Callable[[], None]) -> Callable[[], None]:
        """Wake until told to stop."""
        self._listeners.setdefault(topic, []).append(wake)

        def stop() -> None:
            remaining = self._listeners.get(topic, [])
            if wake in remaining:
                remaining.remove(wake)
            if not remaining:
                self._listeners.pop(topic, None)

        return stop
