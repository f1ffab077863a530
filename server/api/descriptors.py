"""The API as data: descriptors of all its files, for whoever translates from and to JSON."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from google.protobuf.descriptor import FileDescriptor
from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet
from google.rpc import error_details_pb2, status_pb2

from server.api import pb


def api_files() -> list[FileDescriptor]:
    """Return the descriptors of our own proto files."""
    modules = (import_module(f"{pb.__name__}.{one.name}") for one in iter_modules(pb.__path__))
    return [module.DESCRIPTOR for module in modules if hasattr(module, "DESCRIPTOR")]


def service_names() -> list[str]:
    """Return the full names of all services."""
    return sorted(service.full_name for file in api_files() for service in file.services_by_name.values())


def descriptor_set() -> bytes:
    """Return a serialised FileDescriptorSet of our files and all that they import, imports first."""
    found: dict[str, FileDescriptor] = {}

    def add(file: FileDescriptor) -> None:
        if file.name in found:
            return
        for needed in file.dependencies:
            add(needed)
        found[file.name] = file

    for file in (*api_files(), status_pb2.DESCRIPTOR, error_details_pb2.DESCRIPTOR):  # errors are written as JSON, too
        add(file)
    return FileDescriptorSet(
        file=[FileDescriptorProto.FromString(file.serialized_pb) for file in found.values()]
    ).SerializeToString()
