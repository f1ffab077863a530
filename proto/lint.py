"""Lint the protos with buf (STANDARD). Without Node the step is skipped visibly, in CI it fails."""

import os
import shutil
import subprocess
import sys
import tempfile
from importlib.resources import files
from pathlib import Path

PROTO = Path(__file__).parent
BUF = PROTO.parent / "build" / "node" / "node_modules" / ".bin" / "buf"
_OURS = "version: v2\nmodules:\n  - path: .\nlint:\n  use:\n    - STANDARD\n  ignore:\n    - google\n"


def lint() -> int:
    """Run buf on a copy that has Google's annotations beside it, as they came with their package."""
    if not BUF.exists():
        print("buf is not installed (it comes from npm): the protos were not linted", file=sys.stderr)
        return 1 if os.environ.get("LAUREL_CI") else 0
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(PROTO / "laurel", Path(folder, "laurel"))
        Path(folder, "google", "api").mkdir(parents=True)
        for name in ("annotations.proto", "http.proto"):
            shutil.copy(str(files("google.api").joinpath(name)), Path(folder, "google", "api", name))
        Path(folder, "buf.yaml").write_text(_OURS, "utf-8")
        return subprocess.run([str(BUF), "lint", folder], check=False).returncode


if __name__ == "__main__":
    sys.exit(lint())
