"""How do people learn how their conversations stand? This process reads those that changed, and tells who follows them.

Messages are steps, and the hub hands out each of them. Cursors, presence, status and counts of what is unread are
states: only how they are now matters. So notices are gathered, all conversations that changed are read in one
statement, and each connection is told what is different from what it was told before. A notice that concerns nobody
here costs no statement.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Final
from uuid import UUID

import structlog

from server.chat import access, conversations_repo, participants_repo
from server.chat.followers import FOLLOWERS, Followers, Key
from server.chat.namespace import CONVERSATION, CURSOR, PRESENCE, chat
from server.chat.participants_repo import Followed
from server.chat.schemas import CursorView, ParticipantView
from server.chat.seating import is_ready, may_stay, rise, sit
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
READY_SECONDS: Final = 0.1
"""How soon somebody is asked again who could be told no more."""
MOST_AT_ONCE: Final = 200
"""Conversations that one statement reads."""
NEWEST: Final = 100
"""Conversations that somebody is told of who takes part in so many more from one moment to the next."""

_LOG: Final = structlog.get_logger("sostech.chat")


class Board:
    """What is due to be told in this process; `run` it in a task of its own."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop
        self._due: dict[Key, bool] = {}
        """What is to be looked at, and whether who watches the queue is told of it as well."""
        self._joined: set[Key] = set()
        self._not_allowed: set[Connection] = set()
        self._not_ready: dict[Connection, set[Key]] = defaultdict(set)
        """Who could be told no more when these were read, which are read again once they can."""
        self._rung = asyncio.Event()
        notices = shop.use(NOTICES)
        notices.on("chat", lambda notice: self._changed(notice, by_queue=True))
        notices.on("cursor", lambda notice: self._changed(notice, by_queue=False))
        notices.on("presence", self._came_or_went)
        notices.on("participant", self._takes_part)
        notices.on("user", self._in_doubt)
        notices.on_silence(self._look_at_all)

    async def run(self) -> None:
        """Read and tell until cancelled."""
        while True:
            await self._until_rung()
            due, self._due = self._due, {}
            joined, self._joined = self._joined, set()
            await self._have_rise()
            await self._serve(due, joined)
            await asyncio.sleep(GATHERS_SECONDS)

    def show(self, store_id: UUID, conversations: Iterable[UUID]) -> None:
        """Tell whoever follows these and was not told yet how they stand."""
        for conversation_id in conversations:
            self._look_at((store_id, conversation_id), by_queue=False)

    def renewed(self, connection: Connection) -> None:
        """It is known anew what they may do; they are told no more of what that is not."""
        seat = seat_of(connection)
        may_all = all(may_stay(connection, side) for side in set(seat.joined.values()))
        if not may_all or (seat.watches_queue and not connection.actor.may(access.MODERATE)):
            self._not_allowed.add(connection)
            self._rung.set()

    @property
    def _followers(self) -> Followers:
        return self._shop.use(FOLLOWERS)

    def _changed(self, notice: Notice, *, by_queue: bool) -> None:
        key = (notice.store_id, notice.id)
        if self._followers.is_followed(key, by_queue=by_queue):
            self._look_at(key, by_queue=by_queue)

    def _came_or_went(self, notice: Notice) -> None:
        for conversation_id in self._followers.conversations_with(notice.store_id, notice.id):
            self._look_at((notice.store_id, conversation_id), by_queue=False)

    def _takes_part(self, notice: Notice) -> None:
        if any(each.namespace == chat.path for each in self._shop.use(CONNECTIONS).of_user(notice.store_id, notice.id)):
            self._joined.add((notice.store_id, notice.id))
            self._rung.set()

    def _in_doubt(self, notice: Notice) -> None:
        """Somebody may do other things than before, or sells no more: they are told nothing until it is known what."""
        for connection in self._shop.use(CONNECTIONS).of_user(notice.store_id, notice.id):
            if connection.namespace == chat.path:
                seat = seat_of(connection)
                seat.in_doubt = asyncio.get_running_loop().time()
                for conversation_id, side in seat.joined.items():
                    if side != "customer":
                        self._look_at((notice.store_id, conversation_id))

    async def _have_rise(self) -> None:
        some, self._not_allowed = self._not_allowed, set()
        for connection in some:
            with _for_itself(connection):
                if not connection.actor.may(access.MODERATE):
                    self._followers.watch_queue(connection, watches=False)
                for conversation_id, side in tuple(seat_of(connection).joined.items()):
                    if not may_stay(connection, side):
                        await rise(self._shop, connection, conversation_id)

    async def _until_rung(self) -> None:
        """Wait until there is something to look at, or somebody can be told what they were not ready for."""
        self._look_who_is_ready()
        while not self._rung.is_set():
            with suppress(TimeoutError):
                async with asyncio.timeout(READY_SECONDS if self._not_ready else None):
                    await self._rung.wait()
            self._look_who_is_ready()
        self._rung.clear()

    def _look_who_is_ready(self) -> None:
        for connection in tuple(self._not_ready):
            if self._shop.use(CONNECTIONS).get(connection.sid) is not connection:
                del self._not_ready[connection]
            elif is_ready(connection):
                for key in self._not_ready.pop(connection):
                    self._look_at(key)

    def _look_at(self, key: Key, *, by_queue: bool = True) -> None:
        self._due[key] = by_queue or self._due.get(key, False)
        self._rung.set()

    def _look_again(self, due: Mapping[Key, bool], joined: Iterable[Key]) -> None:
        for key, by_queue in due.items():
            self._look_at(key, by_queue=by_queue)
        self._joined.update(joined)
        self._rung.set()

    def _look_at_all(self) -> None:
        self._due.update(dict.fromkeys(self._followers.all(), True))
        for each in self._shop.use(CONNECTIONS).all(chat.path):
            if each.actor.id is not None and each.actor.kind == "user":
                self._joined.add((each.store.id, each.actor.id))
        self._rung.set()

    async def _serve(self, due: Mapping[Key, bool], joined: Iterable[Key]) -> None:
        stores: dict[UUID, tuple[dict[UUID, bool], list[UUID]]] = defaultdict(lambda: ({}, []))
        for (store_id, conversation_id), by_queue in due.items():
            stores[store_id][0][conversation_id] = by_queue
        for store_id, user_id in joined:
            stores[store_id][1].append(user_id)
        for store_id, (conversations, users) in stores.items():
            conversations |= dict.fromkeys(await self._take_in(store_id, users), True)
            found = list(conversations.items())
            for begin in range(0, len(found), MOST_AT_ONCE):
                await self._tell(store_id, dict(found[begin : begin + MOST_AT_ONCE]))

    async def _take_in(self, store_id: UUID, users: Sequence[UUID]) -> list[UUID]:
        """Let those who are connected have the conversations they take part in since a moment ago; which these are."""
        if not users:
            return []

        async def read(tx: Transaction) -> list[Followed]:
            return await participants_repo.followed_lately(tx, users, NEWEST)

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
                        await take_in(self._shop, connection, followed, after=followed.unseen_after)
        return list({each.id for each in found})

    async def _tell(self, store_id: UUID, by_queue: Mapping[UUID, bool]) -> None:
        async def read(tx: Transaction) -> list[Conversation]:
            return await conversations_repo.shown(tx, list(by_queue))

        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                found = await self._shop.database.transaction(store_id, read)
        except Exception as error:  # noqa: BLE001  # nobody may miss it because it could not be read once
            self._wait(error, due={(store_id, each): queue for each, queue in by_queue.items()})
            return
        for conversation in found:
            key = (store_id, conversation.id)
            if self._followers.is_followed(key, by_queue=False):
                self._followers.meet(key, [each.user_id for each in conversation.participants])
            for connection in self._followers.of(key, by_queue=by_queue[conversation.id]):
                with _for_itself(connection):
                    await self._tell_one(connection, conversation)

    def _wait(self, error: Exception, *, due: Mapping[Key, bool] | None = None, joined: Sequence[Key] = ()) -> None:
        """Look at these again soon: they could not be read."""
        if isinstance(error, DatabaseUnavailable):
            _LOG.warning("board_waits", reason=str(error))
        else:
            _LOG.error("board_failed", error=type(error).__name__, exc_info=error)
        asyncio.get_running_loop().call_later(AGAIN_SECONDS, self._look_again, due or {}, joined)

    async def _tell_one(self, connection: Connection, conversation: Conversation) -> None:
        side = access.side_of(connection.actor, conversation)
        seat = seat_of(connection)
        if side is None:
            if not connection.actor.may(access.MODERATE):
                self._followers.watch_queue(connection, watches=False)
            await rise(self._shop, connection, conversation.id)
            return
        if not is_ready(connection):
            self._not_ready[connection].add((connection.store.id, conversation.id))
            return
        if seat.joined.get(conversation.id, side) != side:
            # Who sells now was staff here, or the other way round. They go on where they are.
            people = [each.user_id for each in conversation.participants]
            await sit(self._shop, connection, conversation.id, side, connection.watches[conversation.id].seen, people)
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
    if followed.role != "staff":
        await sit(shop, connection, followed.id, followed.role, after, followed.people)
    elif shop.use(CONNECTIONS).get(connection.sid) is connection:
        shop.use(FOLLOWERS).follow(connection, followed.id, followed.people)


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
