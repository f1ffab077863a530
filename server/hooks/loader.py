"""Finding modules, importing them afresh, and asking each to register (M3, M6)."""

from __future__ import annotations

import importlib.util
import itertools
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

from server.hooks.registry import ModuleInvalid, Registry

_generation = itertools.count(1)


def module_files(folder: Path) -> dict[str, Path]:
    """Return the modules of a folder by name: files and packages, but nothing that begins with `_` or `.`."""
    if not folder.is_dir():
        return {}
    found = {}
    for path in sorted(folder.iterdir()):
        if path.name[0] in "_.":
            continue
        if path.suffix == ".py":
            found[path.stem] = path
        elif (path / "__init__.py").is_file():
            found[path.name] = path / "__init__.py"
    return found


def load_modules(folder: Path) -> dict[str, Registry]:
    """Import every module of a folder under names never used before, and return what each registered.

    A reload is the same as a first load: nothing of an older generation is touched, and calls that run end on it.

    :raises ModuleInvalid: for the first module that cannot be used, with file and line
    """
    generation = next(_generation)
    return {name: _register(name, file, generation) for name, file in module_files(folder).items()}


def _register(name: str, file: Path, generation: int) -> Registry:
    module = _import(name, file, generation)
    register = getattr(module, "register", None)
    if not callable(register):
        raise ModuleInvalid(str(file), 1, "the module has no function register(registry)")
    registry = Registry(name)
    try:
        register(registry)
    except ModuleInvalid:
        raise
    except (Exception, SystemExit) as error:
        raise ModuleInvalid(*_where(error, file), f"register raised {type(error).__name__}: {error}") from error
    return registry


def _import(name: str, file: Path, generation: int) -> ModuleType:
    full_name = f"laurel_modules_{generation}_{name}"
    search = [str(file.parent)] if file.name == "__init__.py" else None
    spec = importlib.util.spec_from_file_location(full_name, file, submodule_search_locations=search)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[full_name] = module
    try:
        spec.loader.exec_module(module)
    except ModuleInvalid:
        raise
    except (Exception, SystemExit) as error:
        del sys.modules[full_name]
        raise ModuleInvalid(*_where(error, file), f"{type(error).__name__}: {error}") from error
    return module


def _where(error: BaseException, file: Path) -> tuple[str, int]:
    """Return the place in the studio's own code where an error came from."""
    if isinstance(error, SyntaxError) and error.filename:
        return error.filename, error.lineno or 1
    own = [frame for frame in _frames(error) if Path(frame.filename).is_relative_to(file.parent)]
    return (own[-1].filename, own[-1].lineno or 1) if own else (str(file), 1)


def _frames(error: BaseException) -> Iterator[traceback.FrameSummary]:
    yield from traceback.extract_tb(error.__traceback__)
