"""The plain door: grpc.aio, for development, for tests, and wherever Envoy is not."""

from server.doors.grpcio.door import GrpcDoor, GrpcSettings

__all__ = ["GrpcDoor", "GrpcSettings"]
