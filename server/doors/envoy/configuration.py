"""What Envoy is told: one listener, and the filters that turn what clients speak into gRPC."""

from __future__ import annotations

import base64
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from server.doors.sockets import socket_options

_TYPE = "@type"
_PREFIX = "type.googleapis.com/envoy"
_CONNECTION_MANAGER = f"{_PREFIX}.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager"
_WAITING_BYTES_MAX = 32 * 1024
"""So much waits for a connection that does not drain, before those who send to it wait."""
_WINDOW_BYTES = 64 * 1024
"""The same for a stream of HTTP/2, and the smallest that there is: also what a client may send ahead of us on one."""
_REST_ANSWER_BYTES_MAX = 8 * 1024 * 1024
_SILENT_SECONDS = 60
"""After so long in which nothing went either way, a stream is cut. Streams have a heartbeat every 15 seconds, so these are
those whose clients take nothing."""


@dataclass(frozen=True, slots=True)
class Listener:
    """Where to listen, and for whom. `port` 0 takes any that is free; `origins` are those of browsers that may call."""

    host: str
    port: int
    admin_socket: Path
    module: Path
    """Envoy's module that runs Python."""
    application: str
    """The ASGI application in it, `module:name`."""
    descriptors: bytes
    """A serialised FileDescriptorSet of the API, for REST."""
    services: Sequence[str]
    origins: Sequence[str] = ()
    connections_max: int = 20_000
    tls: Tls | None = None
    access_log: Path | None = None
    request_bytes_max: int = 1024 * 1024
    """The largest request of any call."""


@dataclass(frozen=True, slots=True)
class Tls:
    """Files of a certificate, its key, and of the authorities whose clients alone may call."""

    certificate: Path
    key: Path
    client_ca: Path | None = None


def envoy_configuration(listener: Listener) -> dict[str, Any]:
    """Return Envoy's bootstrap configuration."""
    return {
        "admin": {"address": {"pipe": {"path": str(listener.admin_socket), "mode": 0o600}}},
        "static_resources": {
            "listeners": [
                {
                    "name": "listener",
                    "address": {"socket_address": {"address": listener.host, "port_value": listener.port}},
                    "enable_reuse_port": True,
                    "per_connection_buffer_limit_bytes": _WAITING_BYTES_MAX,
                    "socket_options": _socket_options(),
                    "filter_chains": [_filter_chain(listener)],
                }
            ]
        },
        "overload_manager": {
            "resource_monitors": [
                {
                    "name": "envoy.resource_monitors.global_downstream_max_connections",
                    "typed_config": {
                        _TYPE: f"{_PREFIX}.extensions.resource_monitors.downstream_connections.v3"
                        ".DownstreamConnectionsConfig",
                        "max_active_downstream_connections": listener.connections_max,
                    },
                }
            ]
        },
    }


def _socket_options() -> list[dict[str, Any]]:
    return [
        {"level": socket.IPPROTO_TCP, "name": name, "int_value": number, "state": "STATE_LISTENING"}
        for name, number in socket_options()
    ]


def _filter_chain(listener: Listener) -> dict[str, Any]:
    chain: dict[str, Any] = {"filters": [_connection_manager(listener)]}
    tls = listener.tls
    if tls is None:
        return chain
    context: dict[str, Any] = {
        "alpn_protocols": ["h2", "http/1.1"],
        "tls_certificates": [
            {"certificate_chain": {"filename": str(tls.certificate)}, "private_key": {"filename": str(tls.key)}}
        ],
    }
    if tls.client_ca is not None:
        context["validation_context"] = {"trusted_ca": {"filename": str(tls.client_ca)}}
    downstream = f"{_PREFIX}.extensions.transport_sockets.tls.v3.DownstreamTlsContext"
    chain["transport_socket"] = {
        "name": "envoy.transport_sockets.tls",
        "typed_config": {
            _TYPE: downstream,
            "common_tls_context": context,
            "require_client_certificate": tls.client_ca is not None,
        },
    }
    return chain


def _access_log(path: Path | None) -> list[dict[str, Any]]:
    """Return what is written of each request: never a header that holds a credential."""
    if path is None:
        return []
    line = {
        "time": "%START_TIME%",
        "method": "%REQ(:METHOD)%",
        "path": "%REQ(X-ENVOY-ORIGINAL-PATH?:PATH)%",
        "status": "%RESPONSE_CODE%",
        "grpc_status": "%GRPC_STATUS%",
        "milliseconds": "%DURATION%",
        "bytes_in": "%BYTES_RECEIVED%",
        "bytes_out": "%BYTES_SENT%",
        "client": "%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%",
    }
    kind = f"{_PREFIX}.extensions.access_loggers.file.v3.FileAccessLog"
    return [
        {
            "name": "envoy.access_loggers.file",
            "typed_config": {_TYPE: kind, "path": str(path), "log_format": {"json_format": line}},
        }
    ]


def _connection_manager(listener: Listener) -> dict[str, Any]:
    return {
        "name": "envoy.filters.network.http_connection_manager",
        "typed_config": {
            _TYPE: _CONNECTION_MANAGER,
            "stat_prefix": "laurel",
            "generate_request_id": False,
            "access_log": _access_log(listener.access_log),
            "stream_idle_timeout": f"{_SILENT_SECONDS}s",
            "http2_protocol_options": {
                "max_concurrent_streams": 1024,
                "initial_stream_window_size": _WINDOW_BYTES,
                "connection_keepalive": {"interval": "20s", "timeout": "10s"},
            },
            "http_filters": [_cors(), _grpc_web(), _transcoder(listener), _python(listener)],
            "route_config": {
                "virtual_hosts": [
                    {
                        "name": "laurel",
                        "domains": ["*"],
                        "typed_per_filter_config": {"envoy.filters.http.cors": _cors_policy(listener.origins)},
                        # Never taken: the module answers everything. But only beside a route CORS finds its policy.
                        "routes": [{"match": {"prefix": "/"}, "route": {"cluster": "none"}}],
                        # Requests are read whole: more of one is kept than waits for a connection.
                        "request_body_buffer_limit": _request_bytes_max(listener),
                    }
                ],
                "validate_clusters": False,
            },
        },
    }


def _request_bytes_max(listener: Listener) -> int:
    """Return how much Envoy takes of a request: enough for the refusal of one that is too large to be ours, also as JSON."""
    return 2 * listener.request_bytes_max


def _cors() -> dict[str, Any]:
    return _filter("cors", "cors.v3.Cors")


def _cors_policy(origins: Sequence[str]) -> dict[str, Any]:
    return {
        _TYPE: f"{_PREFIX}.extensions.filters.http.cors.v3.CorsPolicy",
        "allow_origin_string_match": [{"exact": origin} for origin in origins],
        "allow_methods": "GET, POST, PUT, PATCH, DELETE, OPTIONS",
        "allow_headers": "authorization, content-type, grpc-timeout, last-event-id, x-grpc-web, x-user-agent",
        "expose_headers": "grpc-status, grpc-message, grpc-status-details-bin, laurel-time",
        "max_age": "86400",
    }


def _grpc_web() -> dict[str, Any]:
    return _filter("grpc_web", "grpc_web.v3.GrpcWeb")


def _transcoder(listener: Listener) -> dict[str, Any]:
    return _filter(
        "grpc_json_transcoder",
        "grpc_json_transcoder.v3.GrpcJsonTranscoder",
        proto_descriptor_bin=base64.b64encode(listener.descriptors).decode(),
        services=list(listener.services),
        convert_grpc_status=True,
        max_request_body_size=_request_bytes_max(listener),
        max_response_body_size=_REST_ANSWER_BYTES_MAX,
        print_options={"always_print_primitive_fields": True},
    )


def _python(listener: Listener) -> dict[str, Any]:
    return {
        "name": "laurel",
        "typed_config": {
            _TYPE: f"{_PREFIX}.extensions.filters.http.dynamic_modules.v3.DynamicModuleFilter",
            "dynamic_module_config": {"module": {"local": {"filename": str(listener.module)}}},
            "filter_name": "pyvoy",
            "terminal_filter": True,
            "filter_config": {
                _TYPE: "type.googleapis.com/google.protobuf.StringValue",
                "value": f'{{"app": "{listener.application}", "interface": "asgi", "root_path": "", "lifespan": true}}',
            },
        },
    }


def _filter(name: str, kind: str, **options: Any) -> dict[str, Any]:
    return {
        "name": f"envoy.filters.http.{name}",
        "typed_config": {_TYPE: f"{_PREFIX}.extensions.filters.http.{kind}", **options},
    }
