"""Generate server/api/pb and server/api/openapi.json from proto/. With `--check` only tell whether they are current.

protoc writes imports that follow the proto packages; ours live in `server.api.pb`, so the imports are rewritten.
"""

import json
import re
import sys
import tempfile
from importlib.resources import files
from pathlib import Path

from google.protobuf.descriptor_pb2 import FileDescriptorSet
from grpc_tools import protoc
from openapi import openapi

PROTO = Path(__file__).parent
TARGET = PROTO.parent / "server" / "api"


def generated() -> dict[Path, str]:
    """Return the texts of all generated files, by where they belong in `server/api`."""
    sources = sorted(str(path.relative_to(PROTO)) for path in PROTO.glob("laurel/v1/*.proto"))
    google = Path(str(files("google.api").joinpath("annotations.proto"))).parents[2]
    well_known = files("grpc_tools").joinpath("_proto")
    with tempfile.TemporaryDirectory() as folder:
        includes = [f"-I{PROTO}", f"-I{google}", f"-I{well_known}"]
        _protoc(*includes, f"--python_out={folder}", f"--pyi_out={folder}", *sources)
        texts = {
            Path("pb", path.name): re.sub(
                r"^from laurel\.v1 import", "from server.api.pb import", path.read_text("utf-8"), flags=re.MULTILINE
            )
            for path in sorted(Path(folder, "laurel", "v1").iterdir())
        }
        described = Path(folder, "descriptors")
        rpc = ("google/rpc/status.proto", "google/rpc/error_details.proto")  # errors are part of the API, too
        _protoc(*includes, f"-o{described}", "--include_imports", "--include_source_info", *sources, *rpc)
        document = openapi(FileDescriptorSet.FromString(described.read_bytes()))
    return {**texts, Path("openapi.json"): json.dumps(document, indent=1, ensure_ascii=False) + "\n"}


def _protoc(*arguments: str) -> None:
    if protoc.main(["protoc", *arguments]):
        raise SystemExit("protoc failed")


def main() -> int:
    """Write what is stale, or tell that it is."""
    stale = {path: text for path, text in generated().items() if _text_of(TARGET / path) != text}
    if "--check" in sys.argv[1:]:
        if stale:
            print(f"not current: {', '.join(map(str, stale))} in server/api; run `make proto`", file=sys.stderr)
        return 1 if stale else 0
    for path, text in stale.items():
        (TARGET / path).write_text(text, "utf-8")
        print(f"wrote server/api/{path}")
    return 0


def _text_of(file: Path) -> str:
    return file.read_text("utf-8") if file.is_file() else ""


if __name__ == "__main__":
    sys.exit(main())
