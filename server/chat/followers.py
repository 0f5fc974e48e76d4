"""Who of this process follows which conversation, and with whom? In memory alone: it ends with the connections."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from typing import Final
from uuid import UUID

from server.chat.seats import seat_of
from server.sockets.connections import Connection, take_out
from server.web.call import Resource

MANY: Final = 100
"""Who follows so many may have others that they do not follow."""

Key = tuple[UUID, UUID]
"""A store, and a conversation or a user of it."""


class Followers:
    """Connections of this process, by the conversations whose state they are told."""

    def __init__(self) -> None:
        self._of: dict[Key, set[Connection]] = defaultdict(set)
        self._queues: dict[UUID, set[Connection]] = defaultdict(set)
        self._people: dict[Key, frozenset[UUID]] = {}
        self._with: dict[Key, set[UUID]] = defaultdict(set)
        self._many: dict[UUID, set[Connection]] = defaultdict(set)

    def follow(self, connection: Connection, conversation_id: UUID, people: Collection[UUID]) -> None:
        """From now on the connection is told of it; `people` take part, and others perhaps."""
        follows = seat_of(connection).follows
        follows.add(conversation_id)
        if len(follows) >= MANY:
            self._many[connection.store.id].add(connection)
        key = (connection.store.id, conversation_id)
        self._of[key].add(connection)
        self.meet(key, self._people.get(key, frozenset()).union(people))

    def leave(self, connection: Connection, conversation_id: UUID) -> None:
        """The connection is told no more; nothing if it was not."""
        seat = seat_of(connection)
        seat.follows.discard(conversation_id)
        seat.told.pop(conversation_id, None)
        key = (connection.store.id, conversation_id)
        take_out(self._of, key, connection)
        if key not in self._of:
            self.meet(key, ())
            self._people.pop(key, None)

    def meet(self, key: Key, people: Collection[UUID]) -> None:
        """These, and nobody else, take part in a conversation that somebody follows."""
        store_id, conversation_id = key
        before = self._people.get(key, frozenset())
        for user_id in before.difference(people):
            take_out(self._with, (store_id, user_id), conversation_id)
        for user_id in people:
            self._with[store_id, user_id].add(conversation_id)
        self._people[key] = frozenset(people)

    def takes_part(self, connection: Connection, conversation_id: UUID) -> bool:
        """Whether somebody takes part in a conversation they follow, as far as it was heard here."""
        return connection.actor.id in self._people.get((connection.store.id, conversation_id), ())

    def watch_queue(self, connection: Connection, *, watches: bool) -> None:
        """The connection is told of all conversations of its store, or no more than it follows."""
        seat_of(connection).watches_queue = watches
        if watches:
            self._queues[connection.store.id].add(connection)
        else:
            take_out(self._queues, connection.store.id, connection)

    def forget(self, connection: Connection) -> None:
        """The connection is gone."""
        self.watch_queue(connection, watches=False)
        take_out(self._many, connection.store.id, connection)
        for conversation_id in tuple(seat_of(connection).follows):
            self.leave(connection, conversation_id)

    def of(self, key: Key, *, by_queue: bool = True) -> set[Connection]:
        """Who is told how a conversation stands."""
        return self._of.get(key, set()) | (self._queues.get(key[0], set()) if by_queue else set())

    def is_followed(self, key: Key, *, by_queue: bool = True) -> bool:
        """Whether somebody is."""
        return key in self._of or (by_queue and key[0] in self._queues)

    def conversations_with(self, store_id: UUID, user_id: UUID) -> Iterable[UUID]:
        """Conversations somebody takes part in, and that somebody else here follows."""
        return [
            conversation_id
            for conversation_id in self._with.get((store_id, user_id), ())
            if any(each.actor.id != user_id for each in self._of.get((store_id, conversation_id), ()))
        ]

    def with_many(self, store_id: UUID) -> Collection[Connection]:
        """Those that may take part in more conversations of a store than they follow."""
        return self._many.get(store_id, ())

    def stores_with_many(self) -> Sequence[UUID]:
        """The stores of such connections."""
        return tuple(self._many)

    def all(self) -> Iterable[Key]:
        """All conversations that somebody follows."""
        return tuple(self._of)


FOLLOWERS: Final = Resource[Followers]("chat.followers")
