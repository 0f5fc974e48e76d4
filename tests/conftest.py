"""What every test may use: Hypothesis profiles, the real data beside the checkout, and a PostgreSQL."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from tests.database import Cluster

CHECKOUT = Path(__file__).resolve().parent.parent
IS_SOAK = os.environ.get("HYPOTHESIS_PROFILE") == "soak"
"""Whether there is time for many more examples than shall be run for every change."""

# Seldom, in a process that makes much and keeps most of it: else a tenth of its time goes into looking for garbage.
gc.set_threshold(20_000, 20, 50)

# No deadline anywhere: on a busy machine a slow example is not a wrong one.
# In continuous integration the same examples every time, so that a change is judged by what it changed.
settings.register_profile("default", max_examples=40, deadline=None, derandomize="CI" in os.environ)
settings.register_profile("soak", max_examples=2_000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))


def pytest_collection_finish() -> None:
    """Look for garbage no more among what was imported and collected, which stays until the end."""
    gc.freeze()


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real tariffs, rates and orders; skips the test where it was not handed out."""
    folder = CHECKOUT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("needs ../shared/data")
    return folder


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A PostgreSQL of this test process."""
    # Tests of the engine alone need not wait until the driver and the models are loaded.
    from tests.database import running_cluster

    with running_cluster() as cluster:
        yield cluster
