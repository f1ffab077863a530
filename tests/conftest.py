"""What all tests share: how Hypothesis searches, and databases."""

import os

import pytest
from hypothesis import HealthCheck, settings

from tests.postgres import DATABASES, Databases

# The same examples in every run, so that CI never fails by luck; `HYPOTHESIS_PROFILE=explore` looks for new ones.
settings.register_profile(
    "steady", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.register_profile("explore", settings.get_profile("steady"), derandomize=False, max_examples=2000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))


@pytest.fixture(scope="session")
def databases() -> Databases:
    """Databases on servers of our own."""
    return DATABASES
