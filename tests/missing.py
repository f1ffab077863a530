"""What a machine lacks: a skip with its reason where somebody develops, a failure in CI."""

import os
from typing import NoReturn

import pytest


def not_here(reason: str) -> NoReturn:
    """End a test that needs what is not here."""
    if os.environ.get("LAUREL_CI"):
        pytest.fail(reason)
    pytest.skip(reason)
