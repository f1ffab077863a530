"""Modules are found, imported afresh, and a mistake in one is told with its place (M3, M6)."""

import os
import sys
from pathlib import Path

import pytest

from server.hooks.loader import load_modules, module_files
from server.hooks.registry import ModuleInvalid, Registry

GOOD = """
def register(registry):
    registry.cohort_selection(choose)

def choose():
    return {answer!r}
"""


def write(folder: Path, name: str, code: str = GOOD) -> Path:
    """Write a file as a studio would; `name` may lie in a package."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(code)
    return path


def answers(registries: dict[str, Registry]) -> list[object]:
    """What each registered function answers."""
    return [hook.function() for registry in registries.values() for hook in registry.hooks]


def fault_of(folder: Path) -> ModuleInvalid:
    """Load a folder that has an error, and return it."""
    with pytest.raises(ModuleInvalid) as caught:
        load_modules(folder)
    return caught.value


def test_m1_a_folder_that_is_missing_has_no_modules(tmp_path: Path) -> None:
    assert load_modules(tmp_path / "nowhere") == {}


def test_m1_files_and_packages_are_found_by_name_and_nothing_hidden(tmp_path: Path) -> None:
    for name in (
        "b.py",
        "a/__init__.py",
        "c.py",
        "_helper.py",
        ".hidden.py",
        "__pycache__/d.py",
        "data/x.json",
        "r.md",
    ):
        write(tmp_path, name)
    assert list(module_files(tmp_path)) == ["a", "b", "c"]


def test_m1_each_module_registers_its_own_hooks(tmp_path: Path) -> None:
    write(tmp_path, "b.py", GOOD.format(answer="b"))
    write(tmp_path, "a/__init__.py", GOOD.format(answer="a"))
    registries = load_modules(tmp_path)
    assert answers(registries) == ["a", "b"]
    assert [hook.module for registry in registries.values() for hook in registry.hooks] == ["a", "b"]


def test_m1_a_package_imports_its_own_parts(tmp_path: Path) -> None:
    write(tmp_path, "pack/__init__.py", "from .rules import register\n")
    write(tmp_path, "pack/rules.py", GOOD.format(answer="of a part"))
    assert answers(load_modules(tmp_path)) == ["of a part"]


def test_m3_two_modules_of_one_name_are_refused(tmp_path: Path) -> None:
    """`a.py` beside `a/`: whichever was left out, its studio would think it runs."""
    write(tmp_path, "a.py", GOOD.format(answer="file"))
    write(tmp_path, "a/__init__.py", GOOD.format(answer="package"))
    assert "a.py" in str(fault_of(tmp_path))


@pytest.mark.parametrize(
    ("code", "line", "said"),
    [
        ("\n\nimport no_such_thing\n", 3, "ModuleNotFoundError: No module named 'no_such_thing'"),
        ("\nfrom server.modules_api import Rewrad\n", 2, "cannot import name 'Rewrad'"),
        ("def register(registry):\n    x = = 1\n", 2, "SyntaxError"),
        ("def register(registry):\nx = 1\n", 2, "IndentationError"),
        ("x = 1\n", 1, r"the module has no function register(registry)"),
        ("register = 1\n", 1, r"the module has no function register(registry)"),
        ("def register(registry):\n    x = 1\n    raise KeyError('wrong')\n", 3, "register raised KeyError: 'wrong'"),
        ("def register(registry):\n    1 / zero()\n\ndef zero():\n    return 1 / 0\n", 5, "ZeroDivisionError"),
        ("def register():\n    pass\n", 1, "register raised TypeError"),
        ("import sys\n\nsys.exit(3)\n", 3, "SystemExit: 3"),
        ("import sys\n\ndef register(registry):\n    sys.exit('bye')\n", 4, "register raised SystemExit: bye"),
        ("def deep():\n    deep()\n\ndeep()\n", 2, "RecursionError"),
    ],
)
def test_m3_an_error_names_file_line_and_what_is_wrong(tmp_path: Path, code: str, line: int, said: str) -> None:
    path = write(tmp_path, "wrong.py", code)
    fault = fault_of(tmp_path)
    assert (fault.file, fault.line) == (str(path), line)
    assert said in fault.what
    assert str(fault).startswith(f"{path}:{line}: ")


def test_m3_the_line_is_named_under_a_relative_folder_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The setting's default is the relative `modules`."""
    monkeypatch.chdir(tmp_path)
    write(tmp_path, "modules/wrong.py", "\n\nraise ValueError('here')\n")
    fault = fault_of(Path("modules"))
    assert Path(fault.file).resolve() == tmp_path / "modules" / "wrong.py"
    assert fault.line == 3


def test_m3_an_error_in_a_part_of_a_package_names_the_part(tmp_path: Path) -> None:
    write(tmp_path, "pack/__init__.py", "from . import part\n\ndef register(registry):\n    pass\n")
    part = write(tmp_path, "pack/part.py", "\n1 / 0\n")
    fault = fault_of(tmp_path)
    assert (fault.file, fault.line) == (str(part), 2)


def test_m3_a_null_byte_and_a_foreign_encoding_are_told(tmp_path: Path) -> None:
    for name, content in (("null.py", b"x = '\0'\n"), ("latin.py", b"x = '\xe9'\n")):
        folder = tmp_path / name[:-3]
        folder.mkdir()
        (folder / name).write_bytes(content)
        assert name in str(fault_of(folder))


def test_m3_the_place_of_a_wrong_hook_is_where_it_is_registered(tmp_path: Path) -> None:
    path = write(tmp_path, "typo.py", "def register(registry):\n    registry.rewards(len)\n")
    fault = fault_of(tmp_path)
    assert (fault.file, fault.line) == (str(path), 2)
    assert fault.what == "there is no hook 'rewards'; did you mean 'reward'?"


@pytest.mark.filterwarnings("ignore:coroutine:RuntimeWarning")
def test_m3_an_async_register_is_refused(tmp_path: Path) -> None:
    """Hooks are async, so this is an easy slip: called without await it would register nothing, and say nothing."""
    write(tmp_path, "slip.py", "async def register(registry):\n    registry.cohort_selection(len)\n")
    assert "async" in fault_of(tmp_path).what


def test_m3_a_module_that_removes_itself_and_fails_is_still_told(tmp_path: Path) -> None:
    """Any other error would leave the reload's task, and with it the server."""
    path = write(tmp_path, "gone.py", "import sys\ndel sys.modules[__name__]\nraise ValueError('after')\n")
    fault = fault_of(tmp_path)
    assert (fault.file, fault.line) == (str(path), 3)


def test_m3_a_module_whose_attributes_raise_is_still_told(tmp_path: Path) -> None:
    write(tmp_path, "lazy.py", "def __getattr__(name):\n    raise RuntimeError(name)\n")
    assert "lazy.py" in str(fault_of(tmp_path))


def test_m3_an_exception_that_cannot_be_written_is_still_told(tmp_path: Path) -> None:
    code = "class Odd(Exception):\n    def __str__(self):\n        raise ValueError\n\nraise Odd\n"
    write(tmp_path, "odd.py", code)
    assert "odd.py" in str(fault_of(tmp_path))


def test_m6_a_module_that_drops_itself_from_sys_modules_works(tmp_path: Path) -> None:
    write(tmp_path, "a.py", "import sys\ndel sys.modules[__name__]\n" + GOOD.format(answer="still here"))
    assert answers(load_modules(tmp_path)) == ["still here"]


def test_m6_a_module_does_not_reach_its_siblings_by_accident(tmp_path: Path) -> None:
    """Each has a name of its own in each generation; a sibling would be another copy with other globals."""
    write(tmp_path, "a.py", GOOD.format(answer="a"))
    write(tmp_path, "b.py", "import a\n\ndef register(registry):\n    pass\n")
    fault = fault_of(tmp_path)
    assert fault.file.endswith("b.py")
    assert "No module named 'a'" in fault.what


def test_m6_loading_leaves_nothing_under_a_plain_name(tmp_path: Path) -> None:
    """A module called json.py must not be the json that the server imports."""
    import json  # noqa: PLC0415 - the point is which one this is

    write(tmp_path, "json.py", GOOD.format(answer="studio"))
    load_modules(tmp_path)
    assert sys.modules["json"] is json
    assert str(tmp_path) not in sys.path


def test_m6_a_reload_is_a_fresh_module_and_the_old_one_stays_as_it_was(tmp_path: Path) -> None:
    code = "seen = []\n\ndef register(registry):\n    registry.cohort_selection(choose)\n"
    write(tmp_path, "a.py", code + "\ndef choose():\n    seen.append(1)\n    return len(seen)\n")
    old = load_modules(tmp_path)
    assert answers(old) == [1]
    assert answers(load_modules(tmp_path)) == [1]
    assert answers(old) == [2]


def test_m6_a_reload_reads_an_edit_of_the_same_size_in_the_same_second(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Python's cache of compiled files compares size and whole seconds: a cached old rule must not outlive an edit."""
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    assert answers(_edited(tmp_path, "a.py", "1")) == ["1"]
    assert answers(_edited(tmp_path, "a.py", "2")) == ["2"]


def test_m6_a_reload_reads_an_edit_of_a_part_of_a_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    write(tmp_path, "pack/__init__.py", "from .part import register\n")
    assert answers(_edited(tmp_path, "pack/part.py", "1")) == ["1"]
    assert answers(_edited(tmp_path, "pack/part.py", "2")) == ["2"]


def _edited(folder: Path, name: str, answer: str) -> dict[str, Registry]:
    path = write(folder, name, GOOD.format(answer=answer))
    os.utime(path, (1_800_000_000, 1_800_000_000))
    return load_modules(folder)


def test_m6_a_reload_finds_a_new_part_of_a_package(tmp_path: Path) -> None:
    """Python remembers what lay in a folder, as long as the folder's time stamp looks the same."""
    write(tmp_path, "pack/__init__.py", "from .old import register\n")
    write(tmp_path, "pack/old.py", GOOD.format(answer="old"))
    os.utime(tmp_path / "pack", (1_800_000_000, 1_800_000_000))
    load_modules(tmp_path)
    write(tmp_path, "pack/new.py", GOOD.format(answer="new"))
    write(tmp_path, "pack/__init__.py", "from .new import register  # an edit\n")
    os.utime(tmp_path / "pack", (1_800_000_000, 1_800_000_000))
    assert answers(load_modules(tmp_path)) == ["new"]


def test_m6_a_module_that_failed_is_not_left_among_the_imported(tmp_path: Path) -> None:
    write(tmp_path, "wrong_import.py", "1 / 0\n")
    fault_of(tmp_path)
    assert not [name for name in sys.modules if name.endswith("_wrong_import")]
