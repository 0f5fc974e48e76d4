"""How do people learn how their conversations stand? This process reads those that changed, and tells who follows them.

Messages are steps, and the hub hands out each of them. Cursors, presence, status and counts of what is unread are
states: only how they are now matters. So notices are gathered, all conversations that changed are read in one
statement, and each connection is told what is different from what it was told before. A notice that concerns nobody
here costs no statement.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final
from uuid import UUID

import structlog

from server.chat import access, conversations_repo, participants_repo
from server.chat.followers import FOLLOWERS, Followers, Key
from server.chat.namespace import CONVERSATION, CURSOR, PRESENCE, chat
from server.chat.participants_repo import Followed
from server.chat.schemas import CursorView, ParticipantView
from server.chat.seating import rise, sit
from server.chat.seats import Told, seat_of, told_by
from server.chat.snapshot import Conversation
from server.chat.socket_schemas import PresenceView
from server.chat.views import conversation_view
from server.feeds.notices import NOTICES, Notice
from server.sockets.connections import CONNECTIONS, Connection
from server.sockets.edge import EDGES
from server.web.call import Resource, Shop
from storage.errors import DatabaseUnavailable
from storage.transaction import Transaction

GATHERS_SECONDS: Final = 0.2
"""How long notices are gathered after those before were told."""
AGAIN_SECONDS: Final = 1.0
"""How soon the database is asked again that did not answer, or failed."""
PATIENCE_SECONDS: Final = 10.0
"""For one reading; others wait for it meanwhile."""
MOST_AT_ONCE: Final = 200
"""Conversations that one statement reads."""

_LOG: Final = structlog.get_logger("sostech.chat")


class Board:
    """What is due to be told in this process; `run` it in a task of its own."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop
        self._due: set[Key] = set()
        self._joined: set[Key] = set()
        self._rung = asyncio.Event()
        notices = shop.use(NOTICES)
        notices.on("chat", lambda notice: self._changed(notice, by_queue=True))
        notices.on("cursor", lambda notice: self._changed(notice, by_queue=False))
        notices.on("presence", self._came_or_went)
        notices.on("participant", self._takes_part)
        notices.on_silence(self._look_at_all)

    async def run(self) -> None:
        """Read and tell until cancelled."""
        while True:
            await self._rung.wait()
            self._rung.clear()
            due, self._due = self._due, set()
            joined, self._joined = self._joined, set()
            await self._serve(due, joined)
            await asyncio.sleep(GATHERS_SECONDS)

    def show(self, store_id: UUID, conversations: Iterable[UUID]) -> None:
        """Tell whoever follows these and was not told yet how they stand."""
        for conversation_id in conversations:
            self._look_at((store_id, conversation_id))

    @property
    def _followers(self) -> Followers:
        return self._shop.use(FOLLOWERS)

    def _changed(self, notice: Notice, *, by_queue: bool) -> None:
        key = (notice.store_id, notice.id)
        if self._followers.is_followed(key, by_queue=by_queue):
            self._look_at(key)

    def _came_or_went(self, notice: Notice) -> None:
        for conversation_id in self._followers.conversations_with(notice.store_id, notice.id):
            self._look_at((notice.store_id, conversation_id))

    def _takes_part(self, notice: Notice) -> None:
        if any(each.namespace == chat.path for each in self._shop.use(CONNECTIONS).of_user(notice.store_id, notice.id)):
            self._joined.add((notice.store_id, notice.id))
            self._rung.set()

    def _look_at(self, key: Key) -> None:
        self._due.add(key)
        self._rung.set()

    def _look_again(self, due: Iterable[Key] = (), joined: Iterable[Key] = ()) -> None:
        self._due.update(due)
        self._joined.update(joined)
        self._rung.set()

    def _look_at_all(self) -> None:
        self._due.update(self._followers.all())
        for each in self._shop.use(CONNECTIONS).all(chat.path):
            if each.actor.id is not None and each.actor.kind == "user":
                self._joined.add((each.store.id, each.actor.id))
        self._rung.set()

    async def _serve(self, due: set[Key], joined: set[Key]) -> None:
        stores: dict[UUID, tuple[list[UUID], list[UUID]]] = defaultdict(lambda: ([], []))
        for store_id, conversation_id in due:
            stores[store_id][0].append(conversation_id)
        for store_id, user_id in joined:
            stores[store_id][1].append(user_id)
        for store_id, (conversations, users) in stores.items():
            conversations += [each for each in await self._take_in(store_id, users) if each not in conversations]
            for begin in range(0, len(conversations), MOST_AT_ONCE):
                await self._tell(store_id, conversations[begin : begin + MOST_AT_ONCE])

    async def _take_in(self, store_id: UUID, users: Sequence[UUID]) -> list[UUID]:
        """Let those who are connected have the conversations they take part in since a moment ago; which these are."""
        if not users:
            return []

        async def read(tx: Transaction) -> list[Followed]:
            return await participants_repo.followed_lately(tx, users)

        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                found = await self._shop.database.transaction(store_id, read)
        except Exception as error:  # noqa: BLE001  # nobody may miss it because it could not be read once
            self._wait(error, joined=[(store_id, each) for each in users])
            return []
        for followed in found:
            for connection in self._shop.use(CONNECTIONS).of_user(store_id, followed.user_id):
                if connection.namespace == chat.path and not seat_of(connection).knows(followed.id):
                    with _for_itself(connection):
                        await take_in(self._shop, connection, followed, after=0)
        return list({each.id for each in found})

    async def _tell(self, store_id: UUID, ids: Sequence[UUID]) -> None:
        async def read(tx: Transaction) -> list[Conversation]:
            return await conversations_repo.shown(tx, ids)

        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                found = await self._shop.database.transaction(store_id, read)
        except Exception as error:  # noqa: BLE001  # nobody may miss it because it could not be read once
            self._wait(error, due=[(store_id, each) for each in ids])
            return
        for conversation in found:
            key = (store_id, conversation.id)
            if self._followers.is_followed(key, by_queue=False):
                self._followers.meet(key, [each.user_id for each in conversation.participants])
            for connection in self._followers.of(key):
                with _for_itself(connection):
                    await self._tell_one(connection, conversation)

    def _wait(self, error: Exception, *, due: Sequence[Key] = (), joined: Sequence[Key] = ()) -> None:
        """Look at these again soon: they could not be read."""
        if isinstance(error, DatabaseUnavailable):
            _LOG.warning("board_waits", reason=str(error))
        else:
            _LOG.error("board_failed", error=type(error).__name__, exc_info=error)
        asyncio.get_running_loop().call_later(AGAIN_SECONDS, self._look_again, due, joined)

    async def _tell_one(self, connection: Connection, conversation: Conversation) -> None:
        side = access.side_of(connection.actor, conversation)
        seat = seat_of(connection)
        if side is None:
            if not connection.actor.may(access.MODERATE):
                self._followers.watch_queue(connection, watches=False)
            await rise(self._shop, connection, conversation.id)
            return
        if not connection.has_room():
            self._look_at((connection.store.id, conversation.id))
            return
        edge = self._shop.use(EDGES)[chat.path]
        view = conversation_view(conversation, side, connection.actor.id)
        now = told_by(view)
        before = seat.tell(conversation.id, now)
        if before is None or before.digest != now.digest:
            await edge.tell(connection, CONVERSATION, view)
        if before is None or conversation.id not in seat.joined:
            return
        for cursor in _moved(conversation.id, before, now):
            await edge.tell(connection, CURSOR, cursor)
        for presence in _came_or_went(conversation.id, before, now):
            await edge.tell(connection, PRESENCE, presence)


@contextmanager
def _for_itself(connection: Connection) -> Iterator[None]:
    """What one cannot be told must not keep it from the others; they begin anew, and get it when they come back."""
    try:
        yield
    except Exception as error:  # noqa: BLE001  # whatever it is
        _LOG.exception("board_failed", error=type(error).__name__)
        connection.lost_a_step()


BOARD: Final = Resource[Board]("chat.board")


async def take_in(shop: Shop, connection: Connection, followed: Followed, after: int) -> None:
    """Have somebody follow a conversation they take part in; customers and sellers are handed its messages as well."""
    if followed.role == "staff":
        shop.use(FOLLOWERS).follow(connection, followed.id, followed.people)
    else:
        await sit(shop, connection, followed.id, followed.role, after, followed.people)


def _moved(conversation_id: UUID, before: Told, now: Told) -> list[CursorView]:
    return [
        CursorView(
            conversation_id=conversation_id,
            user_id=user_id,
            role=each.role,
            delivered_seq=each.delivered_seq,
            read_seq=each.read_seq,
        )
        for user_id, each in now.people.items()
        if _reached(each) != _reached(before.people.get(user_id))
    ]


def _came_or_went(conversation_id: UUID, before: Told, now: Told) -> list[PresenceView]:
    return [
        PresenceView(conversation_id=conversation_id, user_id=user_id, online=each.online)
        for user_id, each in now.people.items()
        if user_id not in before.people or before.people[user_id].online != each.online
    ]


def _reached(participant: ParticipantView | None) -> tuple[int, int]:
    return (0, 0) if participant is None else (participant.delivered_seq, participant.read_seq)
