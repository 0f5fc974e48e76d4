"""How does work run that has to be ended at any moment, whatever it is at? In a process that tells, and can be killed.

What it works with may be a solver deep in machine code, which hears no cancellation: only the system ends that. The
process is spawned for one piece of work, and ends with this one.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import threading
from collections.abc import Callable
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Any, Self

from server.web.processes import end_with_parent

Send = Callable[[bytes], None]
Work = Callable[..., None]
"""Is given a Send and its arguments, and tells what there is to tell. Of a module, so that it can be found again."""


class ProcessGone(Exception):
    """The process has ended; it tells nothing any more."""


class Killable:
    """One piece of work in a process of its own: `async with` starts it, and kills it at the end of the block."""

    def __init__(self, work: Work, *arguments: object) -> None:
        # Spawned, not forked: a fork would copy locks that our threads hold at this moment.
        context: Any = multiprocessing.get_context("spawn")
        self._told, self._tells = context.Pipe(duplex=False)
        self._process = context.Process(target=_work, args=(self._tells, work, arguments), daemon=True)
        self._messages: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._starting = threading.Lock()
        self._is_over = False

    @property
    def pid(self) -> int | None:
        """The process's number at the system; None before it has begun."""
        number: int | None = self._process.pid
        return number

    async def __aenter__(self) -> Self:
        """Start it. A thread starts it and listens, since both take their time."""
        threading.Thread(target=self._listen, args=(asyncio.get_running_loop(),), daemon=True).start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Kill it, wherever it is."""
        # In a thread: it may be starting at this moment, and that is waited for.
        threading.Thread(target=self._kill, daemon=True).start()

    async def message(self, seconds: float) -> bytes | None:
        """What it tells next; None when that takes longer. Raises ProcessGone."""
        try:
            async with asyncio.timeout(seconds):
                told = await self._messages.get()
        except TimeoutError:
            return None
        if told is None:
            raise ProcessGone("the process was ended in the middle of its work")
        return told

    def _listen(self, loop: asyncio.AbstractEventLoop) -> None:
        with self._starting:
            if self._is_over:
                return
            self._process.start()
        self._tells.close()
        try:
            while True:
                self._hear(loop, self._told.recv_bytes())
        except (EOFError, OSError):
            self._process.join()
            self._hear(loop, None)

    def _hear(self, loop: asyncio.AbstractEventLoop, told: bytes | None) -> None:
        if not loop.is_closed():
            loop.call_soon_threadsafe(self._messages.put_nowait, told)

    def _kill(self) -> None:
        with self._starting:
            self._is_over = True
            if self._process.pid is not None:
                self._process.kill()


def _work(tells: Connection, work: Work, arguments: tuple[object, ...]) -> None:
    """In the other process."""
    end_with_parent()
    work(tells.send_bytes, *arguments)
