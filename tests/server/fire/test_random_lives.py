"""Whatever people, providers and time do, in whatever order: the books agree after every step."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.database import Cluster
from tests.server.fire.lives import Lives
from tests.server.fire.scene import Scene, opened

MINUTES: Final = float(os.environ.get("SOSTECH_TEST_SOAK_MINUTES", "0"))
"""How long schedules are drawn; 0: a few of them."""
FEW: Final = settings(
    max_examples=12,
    stateful_step_count=30,
    deadline=None,
    database=None,
    derandomize="CI" in os.environ,
    # A shop and its database take their time, and a shorter schedule is worth some more of it.
    suppress_health_check=list(HealthCheck),
    phases=(Phase.generate, Phase.shrink),
    print_blob=True,
)
MANY: Final = settings(FEW, max_examples=40, stateful_step_count=60, derandomize=False)


@pytest.fixture
def stage(cluster: Cluster, tmp_path: Path) -> Iterator[Scene]:
    """A shop on a loop of its own, which runs only while a step does."""
    with asyncio.Runner() as runner:
        opening = opened(runner, cluster, tmp_path)
        yield runner.run(opening.__aenter__())
        runner.run(opening.__aexit__(None, None, None))


def test_after_every_step_of_any_schedule_the_books_agree(stage: Scene) -> None:
    schedule = type("Schedule", (Lives,), {"scene": stage})
    ends = time.monotonic() + MINUTES * 60
    run_state_machine_as_test(schedule, settings=MANY if MINUTES else FEW)
    while time.monotonic() < ends:
        run_state_machine_as_test(schedule, settings=MANY)
