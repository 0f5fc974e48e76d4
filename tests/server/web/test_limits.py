"""Limits of rate: what counts as one caller, and what happens without Redis."""

from __future__ import annotations

from pathlib import Path

import pytest
from limits.aio.storage import MemoryStorage
from limits.errors import StorageError

from server.errors import AppError
from server.settings import SettingsError
from server.web import limits as limits_module
from server.web.limits import Limit, Limiter, network, open_limiter
from tests.shop import test_settings

THREE = Limit("three", 3, 60)


async def passed(limiter: Limiter, times: int, *key: str) -> int:
    """How many of so many tries pass."""
    count = 0
    for _ in range(times):
        try:
            await limiter.hit(THREE, *key)
            count += 1
        except AppError:
            continue
    return count


async def test_one_too_many_is_told_when_to_come_back() -> None:
    limiter = Limiter(MemoryStorage())
    await passed(limiter, 3, "a")
    with pytest.raises(AppError) as caught:
        await limiter.hit(THREE, "a")
    assert caught.value.error.code == "rate_limited"
    assert caught.value.retry_after_seconds in range(1, 61)


class Sleeper(MemoryStorage):
    """A storage that counts how often it is asked, and answers when `is_there`."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = 0
        self.is_there = False

    async def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        self.asked += 1
        if not self.is_there:
            raise StorageError(OSError("away"))
        return await super().incr(key, expiry, amount)

    async def check(self) -> bool:
        self.asked += 1
        return self.is_there


async def test_a_storage_that_did_not_answer_is_left_alone_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    sleeper = Sleeper()
    limiter = Limiter(sleeper)
    assert await passed(limiter, 5, "a") == 3
    assert await limiter.trouble() is not None
    assert sleeper.asked == 1
    monkeypatch.setattr(limits_module, "RESTS_SECONDS", 0.0)
    other = Limiter(sleeper)
    await passed(other, 1, "a")
    sleeper.is_there = True
    assert await passed(other, 5, "a") == 3
    assert await other.trouble() is None


async def test_looking_whether_a_try_is_left_takes_none() -> None:
    limiter = Limiter(MemoryStorage())
    await passed(limiter, 2, "a")
    for _ in range(5):
        await limiter.check(THREE, "a")
    await limiter.hit(THREE, "a")
    with pytest.raises(AppError) as caught:
        await limiter.check(THREE, "a")
    assert caught.value.retry_after_seconds in range(1, 61)
    await limiter.check(THREE, "b")


async def test_each_key_has_a_count_of_its_own() -> None:
    limiter = Limiter(MemoryStorage())
    assert [await passed(limiter, 5, *key) for key in (("a", "b"), ("ab",), ("a", "b", ""), ("a\0b",))] == [3, 3, 3, 3]


async def test_each_limit_has_a_count_of_its_own() -> None:
    limiter = Limiter(MemoryStorage())
    assert await passed(limiter, 5, "a") == 3
    await limiter.hit(Limit("other", 3, 60), "a")


async def test_a_forgotten_count_starts_again() -> None:
    limiter = Limiter(MemoryStorage())
    await passed(limiter, 3, "a")
    await limiter.forget(THREE, "a")
    assert await passed(limiter, 5, "a") == 3


async def test_without_a_storage_everything_passes(tmp_path: Path) -> None:
    limiter = open_limiter(test_settings(tmp_path, rate_limits=False))
    assert await passed(limiter, 50, "a") == 50


async def test_one_process_counts_in_its_memory(tmp_path: Path) -> None:
    assert await passed(open_limiter(test_settings(tmp_path, rate_limits=True)), 5, "a") == 3


@pytest.mark.parametrize("url", ["redis", "nonsense://x", "http://localhost"])
def test_an_address_that_is_none_of_redis_is_refused_at_the_start(tmp_path: Path, url: str) -> None:
    with pytest.raises(SettingsError, match="REDIS_URL"):
        open_limiter(test_settings(tmp_path, rate_limits=True, redis_url=url))


class Away(MemoryStorage):
    """A storage of another process that does not answer."""

    STORAGE_SCHEME = ["away"]  # noqa: RUF012  # as the package has it

    async def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        raise ConnectionError("nobody there")

    async def get(self, key: str) -> int:
        raise ConnectionError("nobody there")

    async def clear(self, key: str) -> None:
        raise ConnectionError("nobody there")

    @property
    def base_exceptions(self) -> type[Exception]:
        return ConnectionError


async def test_when_redis_is_away_this_process_counts_for_itself() -> None:
    limiter = Limiter(Away(wrap_exceptions=True))
    await limiter.check(THREE, "a")
    assert await passed(limiter, 5, "a") == 3
    with pytest.raises(AppError):
        await limiter.check(THREE, "a")
    await limiter.forget(THREE, "a")
    assert await passed(limiter, 5, "a") == 3


@pytest.mark.parametrize(
    ("ip", "counted"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("fe80::1%eth0", "fe80::/64"),
        ("unknown", "unknown"),
        ("<script>", "unknown"),
    ],
)
def test_what_one_caller_has_to_themselves_counts_as_one(ip: str, counted: str) -> None:
    assert network(ip) == counted
