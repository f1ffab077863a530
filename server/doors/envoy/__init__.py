"""The door of production: Envoy in front, our handlers inside it; gRPC, gRPC-Web, REST, health and metrics on one port."""

from server.doors.envoy.configuration import Listener, Tls, envoy_configuration
from server.doors.envoy.door import EnvoyDoor

__all__ = ["EnvoyDoor", "Listener", "Tls", "envoy_configuration"]
