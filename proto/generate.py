"""Generate server/api/pb from proto/. `python proto/generate.py [FOLDER]` writes to another folder instead.

protoc writes imports that follow the proto packages; ours live in `server.api.pb`, so the imports are rewritten.
"""

import re
import sys
import tempfile
from importlib.resources import files
from pathlib import Path

from grpc_tools import protoc

PROTO = Path(__file__).parent
TARGET = PROTO.parent / "server" / "api" / "pb"


def generate(target: Path) -> None:
    """Write messages and their type stubs for every proto file."""
    sources = sorted(str(path.relative_to(PROTO)) for path in PROTO.glob("laurel/v1/*.proto"))
    google = Path(str(files("google.api").joinpath("annotations.proto"))).parents[2]
    well_known = files("grpc_tools").joinpath("_proto")
    with tempfile.TemporaryDirectory() as folder:
        arguments = [f"-I{PROTO}", f"-I{google}", f"-I{well_known}", f"--python_out={folder}", f"--pyi_out={folder}"]
        if protoc.main(["protoc", *arguments, *sources]):
            raise SystemExit("protoc failed")
        for path in sorted(Path(folder, "laurel", "v1").iterdir()):
            text = re.sub(
                r"^from laurel\.v1 import", "from server.api.pb import", path.read_text("utf-8"), flags=re.MULTILINE
            )
            (target / path.name).write_text(text, "utf-8")


if __name__ == "__main__":
    generate(Path(sys.argv[1]) if len(sys.argv) > 1 else TARGET)
