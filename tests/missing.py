"""What a machine lacks: a skip with its reason where somebody develops, a failure in CI."""

import os
from typing import NoReturn

import pytest


def not_here(reason: str, name: str = "") -> NoReturn:
    """End a test that needs what is not here. `name`: what CI has said that it cannot have (LAUREL_CI_WITHOUT)."""
    if os.environ.get("LAUREL_CI") and not (name and os.environ.get("LAUREL_CI_WITHOUT") == name):
        pytest.fail(reason)
    pytest.skip(reason)
