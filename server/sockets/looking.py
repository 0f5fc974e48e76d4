"""Who may stay connected, now that something has changed? All people of a store are asked for at once.

Each of them is one, however many connections they have.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from typing import Final
from uuid import UUID

import structlog

from server.errors import AppError
from server.sockets.connections import CONNECTIONS, Connection
from server.sockets.edge import EDGES
from server.sockets.standing import who_are
from server.web.actor import Actor
from server.web.call import Shop
from server.web.problems import unexpected
from storage.errors import DatabaseUnavailable

AGAIN_SECONDS: Final = 1.0
"""How soon the database is asked again that did not answer."""
PATIENCE_SECONDS: Final = 10.0
"""For it to answer."""
MOST_AT_ONCE: Final = 500
"""People that one statement asks for."""

_LOG: Final = structlog.get_logger("sostech.sockets")


def look_again_soon(shop: Shop, connections: Iterable[Connection]) -> None:
    """They have signed out, or may do other things than before, or could have: ask for them anew, beside what runs."""
    task = asyncio.create_task(look_again(shop, connections))
    _tasks.add(task)
    task.add_done_callback(_tasks.discard)


async def look_again(shop: Shop, connections: Iterable[Connection]) -> None:
    """Ask who these are and what they may do now; end those that may not stay."""
    stores: dict[UUID, dict[Hashable, list[Connection]]] = defaultdict(lambda: defaultdict(list))
    for connection in connections:
        stores[connection.store.id][_person(connection)].append(connection)
    for of_each in stores.values():
        people = list(of_each.values())
        for begin in range(0, len(people), MOST_AT_ONCE):
            await _look_at(shop, people[begin : begin + MOST_AT_ONCE])


def _person(connection: Connection) -> Hashable:
    """What is the same for all who are to be asked for as one. When a token was issued counts too."""
    claims = connection.claims
    return None if claims is None else (claims.kind, claims.sub, claims.sid, claims.iat, claims.store)


async def _look_at(shop: Shop, people: Sequence[Sequence[Connection]]) -> None:
    """Ask for some people of one store, each with their connections."""
    while people := [there for theirs in people if (there := _present(shop, theirs))]:
        asked_at = asyncio.get_running_loop().time()
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                actors = await who_are(shop, people[0][0].store, [theirs[0].claims for theirs in people])
        except (DatabaseUnavailable, TimeoutError) as error:
            # They may have signed out, so this has to be known, however late.
            _LOG.warning("standing_unknown", error=type(error).__name__)
            await asyncio.sleep(AGAIN_SECONDS)
        except Exception as error:  # noqa: BLE001  # nobody stays of whom it is not known whether they may
            await _look_at_each(shop, people, error)
            return
        else:
            for theirs, actor in zip(people, actors, strict=True):
                await _take_all(shop, theirs, actor, asked_at)
            return


async def _look_at_each(shop: Shop, people: Sequence[Sequence[Connection]], error: Exception) -> None:
    """They could not be asked for together: it may be the fault of one of them alone."""
    if len(people) == 1 or isinstance(error, AppError):
        for theirs in people:
            for connection in _present(shop, theirs):
                await _end(shop, connection, error)
        return
    for theirs in people:
        await _look_at(shop, [theirs])


async def _take_all(shop: Shop, theirs: Sequence[Connection], actor: Actor | AppError, asked_at: float) -> None:
    for connection in _present(shop, theirs):
        try:
            if isinstance(actor, AppError):
                raise actor
            shop.use(EDGES)[connection.namespace].takes_for(connection, actor, asked_at)
        except Exception as error:  # noqa: BLE001  # see above
            await _end(shop, connection, error)


async def _end(shop: Shop, connection: Connection, error: Exception) -> None:
    if not isinstance(error, AppError):
        _LOG.error("standing_failed", error=type(error).__name__, exc_info=error)
        error = unexpected()
    try:
        await shop.use(EDGES)[connection.namespace].end(connection, error)
    except Exception as failure:  # noqa: BLE001  # the others are to be looked at all the same
        _LOG.exception("ending_failed", error=type(failure).__name__)


def _present(shop: Shop, connections: Iterable[Connection]) -> list[Connection]:
    known = shop.use(CONNECTIONS)
    return [each for each in connections if known.get(each.sid) is each]


_tasks: set[asyncio.Task[None]] = set()
