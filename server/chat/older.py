"""How does somebody learn of messages who has more conversations than they follow from the moment they connect?

When somebody writes in one of the others, they follow it, too, from that message on. One statement asks whose those are
in which somebody wrote, however many; and none does while everybody follows all they have.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

import structlog

from server.chat import participants_repo
from server.chat.board import BOARD, take_in
from server.chat.followers import FOLLOWERS, MANY, Key
from server.chat.namespace import chat
from server.chat.participants_repo import Followed
from server.chat.seats import seat_of
from server.feeds.notices import NOTICES, Notice
from server.sockets.connections import CONNECTIONS
from server.web.call import Shop
from storage.transaction import Transaction

GATHERS_SECONDS: Final = 0.2
"""How long notices are gathered after those before were looked at."""
AGAIN_SECONDS: Final = 1.0
"""How soon the database is asked again that did not answer."""
PATIENCE_SECONDS: Final = 10.0

_LOG: Final = structlog.get_logger("sostech.chat")


class Older:
    """Conversations in which somebody wrote, and that some may have who do not follow them; `run` it in a task."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop
        self._written: dict[Key, int] = {}
        """The first step of each that nobody was looked for yet."""
        self._deaf: set[UUID] = set()
        """Stores of which notices may have been missed."""
        self._rung = asyncio.Event()
        notices = shop.use(NOTICES)
        notices.on("chat", self._wrote)
        notices.on_silence(self._look_at_all)

    async def run(self) -> None:
        """Look for whom they concern, until cancelled."""
        while True:
            await self._rung.wait()
            self._rung.clear()
            written, self._written = self._written, {}
            deaf, self._deaf = self._deaf, set()
            await self._serve(written, deaf)
            await asyncio.sleep(GATHERS_SECONDS)

    def _wrote(self, notice: Notice) -> None:
        some = self._shop.use(FOLLOWERS).with_many(notice.store_id)
        if any(not seat_of(each).knows(notice.id) for each in some):
            self._look_at((notice.store_id, notice.id), notice.seq)

    def _look_at(self, key: Key, step: int) -> None:
        self._written[key] = min(step, self._written.get(key, step))
        self._rung.set()

    def _look_at_all(self) -> None:
        self._look_again({}, self._shop.use(FOLLOWERS).stores_with_many())

    def _look_again(self, written: Mapping[Key, int], deaf: Sequence[UUID]) -> None:
        for key, step in written.items():
            self._look_at(key, step)
        if deaf:
            self._deaf.update(deaf)
            self._rung.set()

    async def _serve(self, written: Mapping[Key, int], deaf: set[UUID]) -> None:
        stores: dict[UUID, dict[UUID, int]] = defaultdict(dict)
        for (store_id, conversation_id), step in written.items():
            stores[store_id][conversation_id] = step
        for store_id in stores.keys() | deaf:
            await self._look(store_id, stores.get(store_id, {}), was_deaf=store_id in deaf)

    async def _look(self, store_id: UUID, steps: Mapping[UUID, int], *, was_deaf: bool) -> None:
        connections = self._shop.use(FOLLOWERS).with_many(store_id)
        users = list({each.actor.id for each in connections if each.actor.id is not None})

        async def read(tx: Transaction) -> list[Followed]:
            lately = await participants_repo.written_lately(tx, users, MANY) if was_deaf else []
            return [*await participants_repo.written_now(tx, steps, users), *lately]

        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                found = await self._shop.database.transaction(store_id, read)
        except Exception as error:  # noqa: BLE001  # nobody may miss it because it could not be read once
            _LOG.warning("older_waits", error=type(error).__name__, reason=str(error))
            written = {(store_id, each): step for each, step in steps.items()}
            again = [store_id] if was_deaf else []
            asyncio.get_running_loop().call_later(AGAIN_SECONDS, self._look_again, written, again)
            return
        for each in found:
            await self._take_in(store_id, each, steps.get(each.id, each.seq) - 1)
        self._shop.use(BOARD).show(store_id, {each.id for each in found})

    async def _take_in(self, store_id: UUID, followed: Followed, after: int) -> None:
        for connection in self._shop.use(CONNECTIONS).of_user(store_id, followed.user_id):
            if connection.namespace != chat.path or seat_of(connection).knows(followed.id):
                continue
            try:
                await take_in(self._shop, connection, followed, after=max(0, after))
            except Exception as error:  # noqa: BLE001  # the others are told; they come back
                _LOG.exception("older_failed", error=type(error).__name__)
                connection.lost_a_step()
