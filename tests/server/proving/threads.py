"""The work of a proof in a thread of the test, for tests that are not about its process: starting one takes longer."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from server.proving import answering
from server.web.killable import Work


def answer_in_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on no process is started for a proof."""
    monkeypatch.setattr(answering, "Killable", InAThread)


class InAThread:
    """What Killable is, but that nobody can end it: the block ends with the work."""

    def __init__(self, work: Work, *arguments: object) -> None:
        self._work = work
        self._arguments = arguments
        self._messages: asyncio.Queue[bytes] = asyncio.Queue()

    async def __aenter__(self) -> InAThread:
        loop = asyncio.get_running_loop()

        def send(told: bytes) -> None:
            loop.call_soon_threadsafe(self._messages.put_nowait, told)

        self._working = loop.create_task(asyncio.to_thread(self._work, send, *self._arguments))
        return self

    async def __aexit__(self, *_raised: Any) -> None:
        await self._working

    async def message(self, seconds: float) -> bytes | None:
        """What it tells next; None when that takes longer."""
        try:
            async with asyncio.timeout(seconds):
                return await self._messages.get()
        except TimeoutError:
            return None
