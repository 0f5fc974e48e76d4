"""When is PostgreSQL away? What its going looks like on a connection, and how a statement there ends then."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Final, TypeVar

import asyncpg

from storage.errors import DatabaseUnavailable
from storage.transaction import Connection

T = TypeVar("T")

ROLLS_BACK_IN_SECONDS: Final = 5.0

# A connection that is gone, a server that is starting or stopping: nothing was decided, later may be better.
UNAVAILABLE: Final = (
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.TooManyConnectionsError,
    ConnectionError,
    OSError,
    TimeoutError,
)


def is_gone(error: BaseException, connection: Connection) -> bool:
    """Whether the connection broke. The work's own network and time-out errors leave it whole."""
    if isinstance(error, asyncpg.InternalClientError):
        # asyncpg has lost its place in the protocol, as it does when the server dies in the middle of an answer.
        return True
    if isinstance(error, asyncpg.PostgresError) and isinstance(error, UNAVAILABLE):
        return True
    return isinstance(error, (asyncpg.InterfaceError, *UNAVAILABLE)) and is_closed(connection)


def is_closed(connection: Connection) -> bool:
    """Whether nothing can be sent on the connection any more."""
    try:
        return connection.is_closed()
    except asyncpg.InterfaceError:
        # The pool has taken a broken connection back already.
        return True


async def while_available(connection: Connection, statement: Awaitable[T]) -> T:
    """The result of a statement of ours on this connection, which is thrown away if it broke meanwhile."""
    try:
        return await statement
    except (*UNAVAILABLE, asyncpg.InterfaceError, asyncpg.InternalClientError) as error:
        if not isinstance(error, UNAVAILABLE) and not is_gone(error, connection):
            raise
        if not is_closed(connection):
            connection.terminate()
        raise DatabaseUnavailable("PostgreSQL went away") from error


async def roll_back(connection: Connection) -> None:
    """Roll back; a connection that cannot is thrown away, and its transaction ends with it."""
    try:
        # A connection on which nothing is answered any more would be waited for as long as the network takes to tell.
        async with asyncio.timeout(ROLLS_BACK_IN_SECONDS):
            await asyncio.shield(connection.execute("ROLLBACK"))
    except (
        *UNAVAILABLE,
        asyncpg.PostgresError,
        asyncpg.InterfaceError,
        asyncpg.InternalClientError,
        asyncio.CancelledError,
    ):
        if not is_closed(connection):
            connection.terminate()
