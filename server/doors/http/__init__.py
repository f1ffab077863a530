"""The small HTTP port: health and metrics."""

from server.doors.http.door import HttpDoor, Probes, pages

__all__ = ["HttpDoor", "Probes", "pages"]
