"""Values: dataclasses that never change once they are made.

They are frozen for the type checker and the reader, and cheap at run time: a constructor that guards each field costs seven
times as much as a plain one, and a submission makes a dozen values (docs/decisions/0003).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeVar, dataclass_transform

_T = TypeVar("_T")


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def value(cls: type[_T]) -> type[_T]:
    """Make a class a value: its fields are its constructor, its equality and its hash, and nobody assigns to them."""
    return dataclass(slots=True, unsafe_hash=True)(cls)
