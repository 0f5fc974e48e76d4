"""How far is something, told as it goes on? As server-sent events, out of its row, whichever process works on it.

Every event tells all there is to know, so whoever comes back after an interruption has missed nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Collection
from typing import Final, Protocol

import msgspec

from storage.errors import DatabaseUnavailable

EVENTS: Final = "text/event-stream"
LOOKS_EVERY_SECONDS: Final = 0.5
COMES_BACK_AFTER_MS: Final = 2_000
"""When the other side asks again after it lost the connection."""
LONGEST_SECONDS: Final = 600.0
"""Then the other side has to come back, and show again who it is."""
SAYS_SOMETHING_EVERY_SECONDS: Final = 15.0
"""Else proxies take the connection for dead."""


class Far(Protocol):
    """How far something is. All that can be encoded of it is told."""

    @property
    def state(self) -> str:
        """Where it stands."""

    @property
    def done(self) -> int:
        """How many things are done."""


async def events_of(look: Callable[[], Awaitable[Far | None]], ended: Collection[str]) -> AsyncGenerator[bytes, None]:
    """An event for every step, the last one named after the state it ended in. Ends when it was deleted, too.

    `ended` are the states that are an end. While the database is away the other side has to come back.
    """
    now = asyncio.get_running_loop().time
    over, told, told_at = now() + LONGEST_SECONDS, None, now()
    yield f"retry: {COMES_BACK_AFTER_MS}\n\n".encode()
    while now() < over:
        try:
            progress = await look()
        except DatabaseUnavailable:
            return
        if progress is None:
            return
        if progress != told:
            yield event(progress, ended)
            told, told_at = progress, now()
        elif now() - told_at >= SAYS_SOMETHING_EVERY_SECONDS:
            yield b": still here\n\n"
            told_at = now()
        if progress.state in ended:
            return
        await asyncio.sleep(LOOKS_EVERY_SECONDS)


def event(progress: Far, ended: Collection[str]) -> bytes:
    """One event: `progress`, or the state in which it ended. Its id is the number of things that are done."""
    name = progress.state if progress.state in ended else "progress"
    return b"id: %d\nevent: %s\ndata: %s\n\n" % (progress.done, name.encode(), msgspec.json.encode(progress))
