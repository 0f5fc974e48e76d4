"""What is typed, line by line? Lines are read in a thread that nobody waits for: a terminal may never end."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import TextIO


class Typed:
    """The lines of a terminal, a pipe or a file, in their order."""

    def __init__(self, lines: TextIO) -> None:
        """Begins to read; needs a running loop."""
        self._lines = lines
        self._read: asyncio.Queue[str | None] = asyncio.Queue()
        self._ahead: list[str | None] = []
        self._loop = asyncio.get_running_loop()
        threading.Thread(target=self._read_all, daemon=True).start()

    async def ahead(self) -> str | None:
        """The next line, which stays the next one; None when there are no more."""
        if not self._ahead:
            self._ahead.append(await self._read.get())
        return self._ahead[0]

    def take(self) -> None:
        """Have done with the line that `ahead` gave."""
        self._ahead.clear()

    async def __aiter__(self) -> AsyncIterator[str]:
        """The lines that nobody has taken yet, as they are typed."""
        while (line := await self.ahead()) is not None:
            self.take()
            yield line

    def _read_all(self) -> None:
        with suppress(RuntimeError):  # the loop has ended meanwhile
            for line in self._lines:
                self._loop.call_soon_threadsafe(self._read.put_nowait, line)
            self._loop.call_soon_threadsafe(self._read.put_nowait, None)
