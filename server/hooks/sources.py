"""Importing a studio's code as it is now: from its source, never from a cache of an older text.

The caches of Python's own import look at whole seconds and at listings of folders, so an edit right after another one, or a
file with a fixed time in an image, would run as it was before (M6).
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.machinery import FileFinder, ModuleSpec, SourceFileLoader
from types import CodeType, ModuleType

PREFIX = "laurel_modules_"
"""How the names of imported modules begin; a generation follows."""


class FromSource(SourceFileLoader):
    """Compiles what the file says now."""

    def get_code(self, fullname: str) -> CodeType:
        """Return the code of the file."""
        path = self.get_filename(fullname)
        code: CodeType = self.source_to_code(self.get_data(path), path)
        return code


class _PartsFinder:
    """Finds the parts of packages of modules."""

    @staticmethod
    def find_spec(fullname: str, path: Sequence[str] | None = None, _: ModuleType | None = None) -> ModuleSpec | None:
        """Return where a part is, or None for what is not ours."""
        if path is None or not fullname.startswith(PREFIX):
            return None
        finders = (FileFinder(folder, (FromSource, [".py"])) for folder in path)
        return next((spec for finder in finders if (spec := finder.find_spec(fullname)) is not None), None)


def find_parts_from_source() -> None:
    """Let imports within modules be found from source, too."""
    if _PartsFinder not in sys.meta_path:
        sys.meta_path.insert(0, _PartsFinder)
