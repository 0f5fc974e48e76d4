"""How does the worker of this process learn that something has become due? A room wakes it; else it looks by itself.

Nothing depends on being woken: a worker of another process finds the same work at its next look.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Final

from server.web.call import Resource
from storage.transaction import Transaction


class Wake:
    """A bell. It may ring before anybody listens, and however often: whoever waits next is woken once."""

    def __init__(self) -> None:
        self._rung = asyncio.Event()

    def now(self) -> None:
        """Something is due."""
        self._rung.set()

    def after(self, tx: Transaction) -> None:
        """Something is due once this transaction has committed."""
        tx.after_commit(self._ring)

    async def wait(self, seconds: float) -> bool:
        """Until somebody rings, and so long at most; whether somebody did, now or since the last wait."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._rung.wait()
        has_rung = self._rung.is_set()
        self._rung.clear()
        return has_rung

    async def _ring(self) -> None:
        self._rung.set()


WAKE: Final = Resource[Wake]("web.wake")
