"""Limits of rate on a real Redis: two processes count together, and go on alone when it is away."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from server.web import limits as limits_module
from server.web.limits import Limiter, open_limiter
from tests.server.web.test_limits import passed
from tests.shop import test_settings


class Redis:
    """A redis-server of this test, on a port of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self.start()

    def start(self) -> None:
        """Start it, and wait until it takes connections."""
        command = ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--dir", self.folder]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.02)
        pytest.fail("redis-server takes no connections")

    def kill(self) -> None:
        """End it at once."""
        self.process.kill()
        self.process.wait()


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[Redis]:
    """A running Redis; skips where there is none."""
    if shutil.which("redis-server") is None:
        pytest.skip("needs redis-server")
    redis = Redis(tmp_path)
    yield redis
    redis.kill()


@pytest_asyncio.fixture
async def limiters(redis: Redis, tmp_path: Path) -> AsyncIterator[tuple[Limiter, Limiter]]:
    """What two processes would have."""
    settings = test_settings(tmp_path, rate_limits=True, redis_url=f"redis://127.0.0.1:{redis.port}/0")
    one, two = open_limiter(settings), open_limiter(settings)
    yield one, two
    await one.close()
    await two.close()


async def test_two_processes_count_together(limiters: tuple[Limiter, Limiter]) -> None:
    one, two = limiters
    assert await passed(one, 2, "a") + await passed(two, 5, "a") == 3
    assert await passed(one, 5, "b") == 3


async def test_without_redis_each_goes_on_counting_alone_and_together_again_when_it_is_back(
    redis: Redis, limiters: tuple[Limiter, Limiter], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits_module, "RESTS_SECONDS", 0.0)
    one, two = limiters
    assert await passed(one, 3, "a") == 3
    redis.kill()
    assert (await passed(one, 5, "b"), await passed(two, 5, "b")) == (3, 3)
    redis.start()
    assert await passed(one, 2, "c") + await passed(two, 5, "c") == 3


async def test_it_is_told_when_counts_are_not_shared(
    redis: Redis, limiters: tuple[Limiter, Limiter], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits_module, "RESTS_SECONDS", 0.0)
    one, _ = limiters
    assert await one.trouble() is None
    redis.kill()
    assert await one.trouble() is not None
    redis.start()
    assert await one.trouble() is None
