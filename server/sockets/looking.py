"""Who may stay connected, now that something has changed? Each person is asked for once, with all their connections."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from typing import Final

import structlog

from server.errors import AppError
from server.sockets.connections import CONNECTIONS, Connection
from server.sockets.edge import EDGES
from server.sockets.standing import who_is
from server.web.actor import Actor
from server.web.call import Shop
from server.web.problems import unexpected
from storage.errors import DatabaseUnavailable

AGAIN_SECONDS: Final = 1.0
"""How soon the database is asked again that did not answer."""
PATIENCE_SECONDS: Final = 10.0
"""For it to answer."""

_LOG: Final = structlog.get_logger("sostech.sockets")


def look_again_soon(shop: Shop, connections: Iterable[Connection]) -> None:
    """They have signed out, or may do other things than before, or could have: ask for them anew, beside what runs."""
    task = asyncio.create_task(look_again(shop, connections))
    _tasks.add(task)
    task.add_done_callback(_tasks.discard)


async def look_again(shop: Shop, connections: Iterable[Connection]) -> None:
    """Ask who these are and what they may do now, one person after another; end those that may not stay."""
    of_each: dict[Hashable, list[Connection]] = defaultdict(list)
    for connection in connections:
        of_each[_person(connection)].append(connection)
    for theirs in of_each.values():
        await _look_at(shop, theirs)


def _person(connection: Connection) -> Hashable:
    """What is the same for all who are to be asked for as one. When a token was issued counts too."""
    claims = connection.claims
    who = None if claims is None else (claims.kind, claims.sub, claims.sid, claims.iat, claims.store)
    return connection.store.id, who


async def _look_at(shop: Shop, connections: Sequence[Connection]) -> None:
    first = connections[0]
    while _present(shop, connections):
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                actor = await who_is(shop, first.store, first.claims)
        except (DatabaseUnavailable, TimeoutError) as error:
            # They may have signed out, so this has to be known, however late.
            _LOG.warning("standing_unknown", error=type(error).__name__)
            await asyncio.sleep(AGAIN_SECONDS)
        except Exception as error:  # noqa: BLE001  # nobody stays of whom it is not known whether they may
            for connection in _present(shop, connections):
                await _end(shop, connection, error)
            return
        else:
            for connection in _present(shop, connections):
                await _take(shop, connection, actor)
            return


async def _take(shop: Shop, connection: Connection, actor: Actor) -> None:
    try:
        shop.use(EDGES)[connection.namespace].takes_for(connection, actor)
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
