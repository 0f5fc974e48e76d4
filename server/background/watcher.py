"""Who tells how late the work is, in a process that does none? A watcher: it only looks, for /metrics."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Final

from server.background.numbers import WORK_NUMBERS
from server.background.repo import due_work
from server.web.call import Shop
from storage.errors import DatabaseUnavailable

WATCH_SECONDS: Final = 5.0


class Watcher:
    """Looks every few seconds; `run` it in a task of its own."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop
        self._stopping = asyncio.Event()

    async def run(self) -> None:
        """Look until `stop` is called. While the database is away the numbers stay as they were."""
        while not self._stopping.is_set():
            with suppress(DatabaseUnavailable):
                self._shop.use(WORK_NUMBERS).saw(await due_work(self._shop.database))
            with suppress(TimeoutError):
                async with asyncio.timeout(WATCH_SECONDS):
                    await self._stopping.wait()

    def stop(self) -> None:
        """Let `run` end."""
        self._stopping.set()
