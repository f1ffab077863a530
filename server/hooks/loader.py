"""Finding modules, importing them afresh, and asking each to register (M3, M6)."""

from __future__ import annotations

import importlib.util
import inspect
import itertools
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

from server.hooks.registry import ModuleInvalid, Registry
from server.hooks.sources import PREFIX, FromSource, find_parts_from_source

_generation = itertools.count(1)


def module_files(folder: Path) -> dict[str, Path]:
    """Return the modules of a folder by name: files and packages, but nothing that begins with `_` or `.`.

    :raises ModuleInvalid: for two of one name
    """
    if not folder.is_dir():
        return {}
    found = {}
    for path in sorted(folder.iterdir()):
        if path.name[0] in "_.":
            continue
        if path.suffix == ".py":
            if path.stem in found:
                raise ModuleInvalid(str(path), 1, f"there is a package {path.stem} too; rename one of them")
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
    find_parts_from_source()
    folder = folder.resolve()  # so that tracebacks name places in it, wherever the server was started
    return {name: _register(name, file, generation) for name, file in module_files(folder).items()}


def _register(name: str, file: Path, generation: int) -> Registry:
    module = _import(name, file, generation)
    register = vars(module).get("register")  # as it stands there: a module may have made getattr its own
    if not callable(register):
        raise ModuleInvalid(str(file), 1, "the module has no function register(registry)")
    if inspect.iscoroutinefunction(register):
        raise ModuleInvalid(str(file), register.__code__.co_firstlineno, "register must be a plain function, not async")
    registry = Registry(name)
    try:
        register(registry)
    except ModuleInvalid:
        raise
    except (Exception, SystemExit) as error:
        raise ModuleInvalid(*_where(error, file), f"register raised {_said(error)}") from error
    return registry


def _import(name: str, file: Path, generation: int) -> ModuleType:
    full_name = f"{PREFIX}{generation}_{name}"
    search = [str(file.parent)] if file.name == "__init__.py" else None
    loader = FromSource(full_name, str(file))
    spec = importlib.util.spec_from_file_location(full_name, file, loader=loader, submodule_search_locations=search)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[full_name] = module
    try:
        spec.loader.exec_module(module)
    except ModuleInvalid:
        raise
    except (Exception, SystemExit) as error:
        sys.modules.pop(full_name, None)
        raise ModuleInvalid(*_where(error, file), _said(error)) from error
    return module


def _said(error: BaseException) -> str:
    """Return what an error says, if it can say anything."""
    try:
        return f"{type(error).__name__}: {error}"
    except Exception:  # its own __str__ failed
        return type(error).__name__


def _where(error: BaseException, file: Path) -> tuple[str, int]:
    """Return the place in the studio's own code where an error came from."""
    if isinstance(error, SyntaxError) and error.filename:
        return error.filename, error.lineno or 1
    own = [frame for frame in _frames(error) if Path(frame.filename).is_relative_to(file.parent)]
    return (own[-1].filename, own[-1].lineno or 1) if own else (str(file), 1)


def _frames(error: BaseException) -> Iterator[traceback.FrameSummary]:
    yield from traceback.extract_tb(error.__traceback__)
