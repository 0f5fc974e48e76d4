"""How do ephemeral events, such as that somebody types, reach clients of other processes? Through Redis, if at all.

What must not be lost never goes this way: it is read from PostgreSQL (server/feeds). So nobody ever waits for Redis
here: what is to be told is put into a queue, and thrown away when that is full, or when it is too old to matter.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any, Final

import structlog
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from socketio.async_pubsub_manager import AsyncPubSubManager

CHANNEL: Final = "sostech.sockets"
MOST_WAITING: Final = 1_000
MATTERS_SECONDS: Final = 5.0
"""How long an ephemeral event may wait to be told."""
BEAT_SECONDS: Final = 1.0
"""How often each process says something, so that all hear whether they hear."""
SILENCE_SECONDS: Final = 4.0
"""Who has heard nothing for so long hears nothing."""
PATIENCE_SECONDS: Final = 2.0
"""For Redis to answer."""
AGAIN_SECONDS: Final = 0.5
"""How soon it is asked again that did not."""

_BEAT: Final = b"beat"
_AWAY: Final = (RedisError, OSError, TimeoutError)
_LOG: Final = structlog.get_logger("sostech.sockets")


class Relay(AsyncPubSubManager):  # type: ignore[misc]  # the library has no types
    """Tells the other processes and hears them; `run` it in a task of its own."""

    def __init__(self, url: str) -> None:
        """Raises ValueError for an address that is not Redis's."""
        super().__init__(channel=CHANNEL)
        self._redis = Redis.from_url(
            url, socket_connect_timeout=PATIENCE_SECONDS, socket_timeout=PATIENCE_SECONDS, retry=Retry(NoBackoff(), 0)
        )
        self._waiting: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(MOST_WAITING)
        self._heard_at = time.monotonic()
        self._failure: str | None = None
        self.lost = 0
        """How many events other processes were not told of."""

    @property
    def trouble(self) -> str | None:
        """Why other processes are not reached; None when they are."""
        if self._failure is None and time.monotonic() - self._heard_at > SILENCE_SECONDS:
            return "Redis is silent"
        return self._failure

    def initialize(self) -> None:
        """Nothing: it runs as long as the process serves, not from its first client on."""

    async def run(self) -> None:
        """Tell and hear, until cancelled."""
        self._heard_at = time.monotonic()
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._tell(), name="relay tells")
                tasks.create_task(self._thread(), name="relay hears")
        finally:
            await self._redis.aclose()

    async def _publish(self, data: Any) -> None:
        try:
            self._waiting.put_nowait((time.monotonic(), self.json.dumps(data).encode()))
        except asyncio.QueueFull:
            self.lost += 1

    async def _tell(self) -> None:
        while True:
            said = await self._next()
            try:
                async with asyncio.timeout(PATIENCE_SECONDS):
                    await self._redis.publish(CHANNEL, said)
            except _AWAY as error:
                self.lost += said != _BEAT
                self._fails(error)
                await asyncio.sleep(AGAIN_SECONDS)
            else:
                if self._failure is not None:
                    _LOG.info("redis_is_back")
                self._failure = None

    async def _next(self) -> bytes:
        """What still matters of what is to be told; a beat when there is nothing."""
        try:
            async with asyncio.timeout(BEAT_SECONDS):
                while True:
                    since, said = await self._waiting.get()
                    if time.monotonic() - since <= MATTERS_SECONDS:
                        return said
                    self.lost += 1
        except TimeoutError:
            return _BEAT

    async def _listen(self) -> AsyncIterator[bytes]:
        while True:
            try:
                async with self._redis.pubsub(ignore_subscribe_messages=True) as ear:
                    await ear.subscribe(CHANNEL)
                    self._heard_at = time.monotonic()
                    while time.monotonic() - self._heard_at <= SILENCE_SECONDS:
                        message = await ear.get_message(timeout=BEAT_SECONDS)
                        if message is not None:
                            self._heard_at = time.monotonic()
                            if message["data"] != _BEAT:
                                yield message["data"]
            except _AWAY as error:
                self._fails(error)
            await asyncio.sleep(AGAIN_SECONDS)

    def _fails(self, error: Exception) -> None:
        if self._failure is None:
            _LOG.warning("redis_is_away", error=type(error).__name__)
        self._failure = "Redis does not answer"
