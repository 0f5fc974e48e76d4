"""Who is connected to this process? One connection for each namespace a client has joined, and what belongs to it."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from aiohttp import web

from server.auth.bearer import Claims
from server.feeds.hub import Watch
from server.web.actor import Actor
from server.web.call import Call, Resource
from storage.tenancy import Store


@dataclass(slots=True, eq=False)
class Connection:
    """One client in one namespace.

    `request` is the one that opened the connection; `claims` what its token says, None without one. `looked_at` is
    when it was last asked what the actor may do (seconds of the event loop's clock). `watches` are the things it
    watches, by whatever the room calls them: they end with it. `local` is the room's own.
    """

    sid: str
    id: UUID
    namespace: str
    store: Store
    request: web.Request
    actor: Actor
    claims: Claims | None
    looked_at: float
    watches: dict[Hashable, Watch] = field(default_factory=dict)
    local: dict[str, object] = field(default_factory=dict)
    expiry: asyncio.TimerHandle | None = None

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

    def add(self, connection: Connection) -> None:
        """Somebody is there."""
        self._by_sid[connection.sid] = connection
        if connection.actor.id is not None:
            self._by_user[connection.store.id, connection.actor.id].add(connection)

    def remove(self, sid: str) -> Connection | None:
        """Somebody is gone; None when they never were there."""
        connection = self._by_sid.pop(sid, None)
        if connection is None:
            return None
        if connection.actor.id is not None:
            key = (connection.store.id, connection.actor.id)
            self._by_user[key].discard(connection)
            if not self._by_user[key]:
                del self._by_user[key]
        return connection

    def get(self, sid: str) -> Connection | None:
        """The connection of a session of Socket.IO."""
        return self._by_sid.get(sid)

    def of_user(self, store_id: UUID, user_id: UUID) -> Iterable[Connection]:
        """All connections of somebody, of all their devices and namespaces."""
        return tuple(self._by_user.get((store_id, user_id), ()))

    def all(self, namespace: str | None = None) -> Iterable[Connection]:
        """All of them, or those of one namespace."""
        return tuple(each for each in self._by_sid.values() if namespace in (None, each.namespace))

    def __len__(self) -> int:
        return len(self._by_sid)


CONNECTIONS: Final = Resource[Connections]("sockets.connections")
