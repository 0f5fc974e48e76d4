"""What waits to be sent to one client, and how much is that? The queue of Engine.IO, as small as thousands need it.

Of what a queue of asyncio has, nobody needs more: nothing is ever waited for that is put in, and what is taken out is
not waited for to be done. Of those who take, there is one: the writer of a websocket, or a request that polls.
"""

from __future__ import annotations

import asyncio
from typing import Any, Final

from engineio.packet import NOOP  # type: ignore[import-untyped]

ROOM_PACKETS: Final = 100
"""Packets that wait for a client before it is handed no further steps until it has taken some."""
MOST_WAITING_PACKETS: Final = 1_000
MOST_WAITING_CHARACTERS: Final = 4_000_000
"""What waits for a client before it is cut."""


class Outbox:
    """Packets in the order they were put in; None among them says that there will be no more."""

    __slots__ = ("_items", "_takers", "characters")

    def __init__(self) -> None:
        self._items: list[Any] = []
        self._takers: list[asyncio.Future[Any]] = []
        self.characters = 0

    def put_nowait(self, item: Any) -> None:
        """Put it in, and hand it to whoever waits."""
        while self._takers:
            taker = self._takers.pop(0)
            if not taker.done():
                taker.set_result(item)
                return
        self._items.append(item)
        self.characters += _size(item)

    async def put(self, item: Any) -> None:
        """Put it in; but what says nothing, and only ends a poll, not where something waits that ends it as well."""
        if getattr(item, "packet_type", None) != NOOP or self.empty():
            self.put_nowait(item)

    def get(self) -> asyncio.Future[Any]:
        """The next packet, once there is one. A future, for which `wait_for` needs no task of its own."""
        taker: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        if self._items:
            taker.set_result(self._take())
        else:
            self._takers.append(taker)
        return taker

    def get_nowait(self) -> Any:
        """The next packet. Raises asyncio.QueueEmpty."""
        if not self._items:
            raise asyncio.QueueEmpty
        return self._take()

    def task_done(self) -> None:
        """Nobody waits for it."""

    async def join(self) -> None:
        """What waits is sent when it can be, and is not waited for."""

    def qsize(self) -> int:
        """How many packets wait."""
        return len(self._items)

    def empty(self) -> bool:
        """Whether none does."""
        return not self._items

    def is_full_up(self) -> bool:
        """Whether more waits than a client is waited for."""
        return len(self._items) >= MOST_WAITING_PACKETS or self.characters >= MOST_WAITING_CHARACTERS

    def has_room(self) -> bool:
        """Whether so little waits that more may be read for it."""
        return len(self._items) < ROOM_PACKETS and self.characters < MOST_WAITING_CHARACTERS / 4

    def _take(self) -> Any:
        item = self._items.pop(0)
        self.characters -= _size(item)
        return item


def _size(packet: Any) -> int:
    data = getattr(packet, "data", None)
    return len(data) if isinstance(data, str) else 0
