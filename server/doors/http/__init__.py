"""What is served over plain HTTP: health, metrics, documents, and streams of events."""

from server.doors.http.demo import demo
from server.doors.http.door import HttpDoor, Probes, pages
from server.doors.http.event_streams import event_streams

__all__ = ["HttpDoor", "Probes", "demo", "event_streams", "pages"]
