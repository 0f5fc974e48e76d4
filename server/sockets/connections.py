"""Who is connected to this process? One connection for each namespace a client has joined, and what belongs to it."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar
from uuid import UUID

from aiohttp import web

from server.auth.bearer import Claims
from server.errors import AppError
from server.feeds.hub import Watch
from server.sockets.transports import Transport
from server.web.actor import Actor
from server.web.call import Call, Resource
from storage.tenancy import Store

K = TypeVar("K", bound=Hashable)
V = TypeVar("V", bound=Hashable)


@dataclass(slots=True, eq=False)
class Connection:
    """One client in one namespace.

    `request` is the one that opened the connection; `claims` what its token says, None without one; `said` what else
    the client said when it connected (`auth`, as the namespace's `says`), until it is let in. `looked_at` is when it
    was asked what the actor may do (seconds of the event loop's clock). `watches` are the things it watches, by
    whatever the room calls them: they end with it. `local` is the room's own. `over` is why the shop ended it, which
    its client is told at once when it `is_in`, and else instead of being let in. It is where the hub delivers steps to:
    `hub.watch(thing, after, deliver, connection)`.
    """

    sid: str
    id: UUID
    namespace: str
    store: Store
    request: web.Request
    actor: Actor
    claims: Claims | None
    looked_at: float
    transport: Transport
    give_up: Callable[[], None]
    said: Any = None
    over: AppError | None = None
    is_in: bool = False
    watches: dict[Hashable, Watch] = field(default_factory=dict)
    local: dict[str, object] = field(default_factory=dict)
    expiry: asyncio.TimerHandle | None = None

    def has_room(self) -> bool:
        """Whether the client takes what it is sent, so that it can be sent more."""
        return self.transport.outbox.has_room()

    def lost_a_step(self) -> None:
        """The client would miss something without knowing: it is disconnected, and gets it when it comes back."""
        self.give_up()

    def watches_no_more(self, key: Hashable) -> None:
        """End one watch, if there is such a one."""
        watch = self.watches.pop(key, None)
        if watch is not None:
            watch.close()

    def end(self) -> None:
        """Let go of all that belongs to it."""
        for watch in self.watches.values():
            watch.close()
        self.watches.clear()
        if self.expiry is not None:
            self.expiry.cancel()


@dataclass(frozen=True, slots=True)
class SocketCall(Call):
    """One event of a client, as handlers see it: a call like that of a request, and the connection it came by."""

    connection: Connection


class Connections:
    """Those of this process."""

    def __init__(self) -> None:
        self._by_sid: dict[str, Connection] = {}
        self._by_user: dict[tuple[UUID, UUID], set[Connection]] = defaultdict(set)
        self._of_nobody: dict[str, set[Connection]] = defaultdict(set)

    def add(self, connection: Connection) -> None:
        """Somebody is there."""
        self._by_sid[connection.sid] = connection
        if connection.actor.id is not None:
            self._by_user[connection.store.id, connection.actor.id].add(connection)
        else:
            self._of_nobody[connection.transport.address].add(connection)

    def remove(self, sid: str) -> Connection | None:
        """Somebody is gone; None when they never were there."""
        connection = self._by_sid.pop(sid, None)
        if connection is None:
            return None
        if connection.actor.id is not None:
            take_out(self._by_user, (connection.store.id, connection.actor.id), connection)
        else:
            take_out(self._of_nobody, connection.transport.address, connection)
        return connection

    def get(self, sid: str) -> Connection | None:
        """The connection of a session of Socket.IO."""
        return self._by_sid.get(sid)

    def of_user(self, store_id: UUID, user_id: UUID) -> Iterable[Connection]:
        """All connections of somebody, of all their devices and namespaces."""
        return tuple(self._by_user.get((store_id, user_id), ()))

    def of_nobody(self, address: str) -> int:
        """How many connections without a token there are of an address."""
        return len(self._of_nobody.get(address, ()))

    def all(self, namespace: str | None = None) -> Iterable[Connection]:
        """All of them, or those of one namespace."""
        return tuple(each for each in self._by_sid.values() if namespace in (None, each.namespace))

    def __len__(self) -> int:
        return len(self._by_sid)


def take_out(sets: dict[K, set[V]], key: K, value: V) -> None:
    """Take it out of its set, if it is there, and an empty set away."""
    found = sets.get(key)
    if found is not None:
        found.discard(value)
        if not found:
            del sets[key]


CONNECTIONS: Final = Resource[Connections]("sockets.connections")
