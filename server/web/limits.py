"""How often may somebody try? Counted in windows of time by whatever names the one who tries; more is answered 429.

Counts live in this process, or in Redis when there are several. When Redis is away each process counts for itself:
people can still sign in, and guessing is still slowed down.
"""

from __future__ import annotations

import hashlib
import ipaddress
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from math import ceil
from typing import Final

import structlog
from limits import RateLimitItemPerSecond
from limits.aio.storage import MemoryStorage, Storage
from limits.aio.strategies import FixedWindowRateLimiter
from limits.errors import ConfigurationError, StorageError
from limits.storage import storage_from_string
from redis.asyncio import ConnectionPool
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from server.settings import Settings, SettingsError
from server.web.call import Resource
from server.web.problems import RATE_LIMITED

PATIENCE_SECONDS: Final = 1.0
"""For Redis to answer."""
RESTS_SECONDS: Final = 5.0
"""How long Redis is not asked after it did not answer; then one who counts asks it, and the others do not wait."""

_LOG: Final = structlog.get_logger("sostech.limits")

_Question = Callable[[FixedWindowRateLimiter, RateLimitItemPerSecond, str], Awaitable[bool]]
"""Asks a counter whether there is a try left."""


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `times` in each window of `seconds`, for each key that is counted under this name."""

    name: str
    times: int
    seconds: int


class Limiter:
    """Counts tries. Without a storage everything passes, for tests that are not about limits."""

    def __init__(self, storage: Storage | None, connections: ConnectionPool | None = None) -> None:
        self._connections = connections
        self._shared = None if storage is None else FixedWindowRateLimiter(storage)
        self._own = FixedWindowRateLimiter(MemoryStorage())
        # Until when (seconds of the clock) the storage is left alone, as it did not answer; 0: it did.
        self._rests_until = 0.0

    async def hit(self, limit: Limit, *key: str) -> None:
        """Count one try of `key`. Raises RATE_LIMITED, saying when to come back, for one too many."""
        await self._ask(limit, key, lambda counting, item, name: counting.hit(item, name))

    async def check(self, limit: Limit, *key: str) -> None:
        """Raise RATE_LIMITED when `key` has no try left; counts none, for limits that only count what fails."""
        await self._ask(limit, key, lambda counting, item, name: counting.test(item, name))

    async def _ask(self, limit: Limit, key: tuple[str, ...], question: _Question) -> None:
        if self._shared is None:
            return
        item, name = _item(limit), _name(key)
        counting, passes = self._shared, None
        if self._may_ask():
            try:
                passes = await question(counting, item, name)
            except StorageError as error:
                self._rest(str(error))
            else:
                self._rests_until = 0.0
        if passes is None:
            counting = self._own
            passes = await question(counting, item, name)
        if not passes:
            raise await _refusal(counting, item, name)

    def _may_ask(self) -> bool:
        """Whether to ask the storage now. After a rest only one does, until it is known whether it answers again."""
        if not self._rests_until:
            return True
        if time.monotonic() < self._rests_until:
            return False
        self._rests_until = time.monotonic() + RESTS_SECONDS
        return True

    def _rest(self, reason: str) -> None:
        _LOG.warning("rate_limit_storage_unavailable", reason=reason)
        self._rests_until = time.monotonic() + RESTS_SECONDS

    async def trouble(self) -> str | None:
        """Why counts are not shared with other processes although they should be; None when all is well."""
        if self._shared is None:
            return None
        if self._may_ask():
            if await self._shared.storage.check():
                self._rests_until = 0.0
                return None
            self._rest("it was asked how it is")
        return "Redis does not answer"

    async def close(self) -> None:
        """Give the connections to Redis back."""
        if self._connections is not None:
            await self._connections.disconnect()

    async def forget(self, limit: Limit, *key: str) -> None:
        """Start the count of `key` again: the one who tried has shown who they are."""
        if self._shared is None:
            return
        if self._may_ask():
            try:
                await self._shared.clear(_item(limit), _name(key))
            except StorageError as error:
                self._rest(str(error))
            else:
                self._rests_until = 0.0
        await self._own.clear(_item(limit), _name(key))


LIMITER: Final = Resource["Limiter"]("web.limiter")


def open_limiter(settings: Settings) -> Limiter:
    """The limiter of these settings. Raises SettingsError for a REDIS_URL that cannot be used."""
    if not settings.rate_limits:
        return Limiter(None)
    if settings.redis_url is None:
        return Limiter(MemoryStorage())
    try:
        # A Redis that does not answer must not keep anybody from signing in.
        connections = ConnectionPool.from_url(
            settings.redis_url, socket_connect_timeout=PATIENCE_SECONDS, socket_timeout=PATIENCE_SECONDS,
            retry=Retry(NoBackoff(), 0),
        )  # fmt: skip
        storage = storage_from_string(
            f"async+{settings.redis_url}",
            implementation="redispy",
            wrap_exceptions=True,
            connection_pool=connections,  # type: ignore[arg-type]  # options are typed as plain values only
        )
    except (ConfigurationError, ValueError) as error:
        raise SettingsError(f"REDIS_URL cannot be used for limits of rate: {error}") from error
    assert isinstance(storage, Storage)
    return Limiter(storage, connections)


def network(ip: str) -> str:
    """What one caller can be expected to have to themselves: an IPv4 address, or an IPv6 network of 64 bits."""
    try:
        address = ipaddress.ip_address(ip)
    except ValueError:
        return "unknown"
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(address)


def _item(limit: Limit) -> RateLimitItemPerSecond:
    return RateLimitItemPerSecond(limit.times, limit.seconds, namespace=f"sostech:{limit.name}")


def _name(key: tuple[str, ...]) -> str:
    """Addresses of people do not belong into another system's memory; a hash counts as well."""
    return hashlib.sha256(repr(key).encode("utf-8", "surrogatepass")).hexdigest()[:32]


async def _refusal(counting: FixedWindowRateLimiter, item: RateLimitItemPerSecond, name: str) -> Exception:
    stats = await counting.get_window_stats(item, name)
    seconds = max(1, ceil(stats.reset_time - time.time()))
    return RATE_LIMITED(f"too many tries; come back in {seconds} s", retry_after_seconds=seconds)
