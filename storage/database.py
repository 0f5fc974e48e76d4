"""How does the program reach PostgreSQL? Through one pool that Tortoise opened, one transaction per use case.

A transaction begins and names its store in one round trip; the policies of every tenant table read that setting.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from contextvars import ContextVar
from typing import Any, Final, TypeVar
from urllib.parse import parse_qs, unquote, urlsplit
from uuid import UUID

import asyncpg
from asyncpg.pool import PoolConnectionProxy
from tortoise.backends.asyncpg.client import AsyncpgDBClient, TransactionWrapper
from tortoise.backends.base.client import BaseDBAsyncClient, NestedTransactionContext, TransactionContext
from tortoise.context import TortoiseContext, _current_context

from storage.availability import UNAVAILABLE, is_closed, is_gone, roll_back, while_available
from storage.counting import CountedConnection
from storage.errors import DatabaseUnavailable
from storage.transaction import Connection, Transaction

T = TypeVar("T")

APP_ROLE: Final = "sostech_app"
ATTEMPTS: Final = 5
"""How often work is tried when PostgreSQL cannot serialise it or breaks a deadlock."""

_ARRAYS: Final = "SELECT num_nulls($1::uuid[], $2::text[], $3::bigint[], $4::integer[], $5::boolean[], $6::bytea[])"
"""Every kind of array our statements take."""


class TryAgain(Exception):
    """Raised by work that found its reading overtaken: roll back, and do it again from the start."""


_TRY_AGAIN: Final = (asyncpg.SerializationError, asyncpg.DeadlockDetectedError, TryAgain)

_current: ContextVar[Transaction | None] = ContextVar("transaction", default=None)


def credentials(url: str, *, role: str | None, application: str) -> dict[str, Any]:
    """Tortoise's connection settings for a postgresql:// URL; `?host=` names a socket directory."""
    parts = urlsplit(url)
    query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    settings = {"application_name": application, "timezone": "UTC"}
    if role is not None:
        settings["role"] = role
    found: dict[str, Any] = {
        "host": query.get("host") or parts.hostname or "localhost",
        "port": int(query.get("port") or parts.port or 5432),
        "user": unquote(parts.username or query.get("user") or "postgres"),
        "password": unquote(parts.password) if parts.password else None,
        "database": unquote(parts.path.lstrip("/")) or "postgres",
        "server_settings": settings,
    }
    if "sslmode" in query:
        found["ssl"] = query["sslmode"]
    return found


async def _context(settings: dict[str, Any]) -> TortoiseContext:
    """Tortoise, told of the connection and the models; active only while it reads them."""
    context = TortoiseContext()
    with context:
        await context.init(
            config={
                "connections": {"default": {"engine": "tortoise.backends.asyncpg", "credentials": settings}},
                "apps": {"shop": {"models": ["storage.models"], "migrations": "storage.migrations"}},
                "use_tz": True,
                "timezone": "UTC",
            }
        )
    return context


async def _leave_as_it_is(_connection: asyncpg.Connection[Any]) -> None:
    """Nothing to reset: settings are local to a transaction, and no session state is ever set."""


async def _learn_arrays(connection: asyncpg.Connection[Any]) -> None:
    """Let asyncpg ask what arrays are, once and now: else the first request that sends one would wait for it."""
    await connection.prepare(_ARRAYS)


class Database:
    """The pool. Open it once per process and event loop; close it at the end."""

    def __init__(self, context: TortoiseContext, signs_in: Mapping[str, Any], *, patience_seconds: float) -> None:
        self._context = context
        self._signs_in = signs_in
        client = context.connections.get("default")
        assert isinstance(client, AsyncpgDBClient)
        self._client = client
        self._patience_seconds = patience_seconds
        self.waiting = 0
        """How many tasks wait for a connection now."""

    @classmethod
    async def open(
        cls,
        url: str,
        *,
        role: str | None = APP_ROLE,
        pool_size: int = 10,
        patience_seconds: float = 5.0,
        application: str = "sostech",
    ) -> Database:
        """Connect with the rights of `role` (None: of the login itself, for migrations).

        `patience_seconds` is how long a request waits for a connection before it is told to come back later.
        Raises DatabaseUnavailable when PostgreSQL does not answer.
        """
        signs_in = credentials(url, role=role, application=application)
        settings = signs_in | {
            "minsize": min(2, pool_size),
            "maxsize": pool_size,
            "connection_class": CountedConnection,
            "init": _learn_arrays,
            "reset": _leave_as_it_is,
            "timeout": patience_seconds,
            "max_inactive_connection_lifetime": 300.0,
        }
        context = await _context(settings)
        database = cls(context, signs_in, patience_seconds=patience_seconds)
        try:
            await database.client.create_connection(with_db=True)
        except UNAVAILABLE as error:
            await context.close_connections()
            raise DatabaseUnavailable(f"PostgreSQL does not answer at {_safe(url)}: {error}") from error
        return database

    async def close(self) -> None:
        """Give every connection back."""
        await self._context.close_connections()

    @property
    def client(self) -> AsyncpgDBClient:
        """Tortoise's client of the pool, outside of any transaction."""
        return self._client

    @property
    def current_client(self) -> BaseDBAsyncClient:
        """Tortoise's client as models see it now: of the open transaction, when there is one."""
        return self._context.connections.get("default")

    @property
    def pool(self) -> asyncpg.Pool[Any]:
        """The pool itself, for measuring."""
        pool = self.client._pool
        assert pool is not None
        return pool

    async def connect_apart(self, timeout: float) -> asyncpg.Connection[Any]:
        """One more connection, beside the pool and not counted in it; whoever asked for it ends it.

        Raises what `storage.listening.AWAY` names when PostgreSQL does not answer within `timeout`, in seconds.
        """
        connection: asyncpg.Connection[Any] = await asyncpg.connect(**self._signs_in, timeout=timeout)
        return connection

    async def transaction(self, store_id: UUID | None, work: Callable[[Transaction], Awaitable[T]]) -> T:
        """Do `work` in one transaction of the store and commit; roll back when it raises.

        Work that cannot be serialised, or lost a deadlock, is done again from the start, so it must have no effect
        outside the database; what has to happen later goes to `Transaction.after_commit`. Inside a transaction of
        the same store the work joins it. Raises DatabaseUnavailable when PostgreSQL is away.
        """
        joined = _current.get()
        if joined is not None:
            if joined.store_id != store_id:
                raise RuntimeError(f"a transaction of store {joined.store_id} cannot go on in store {store_id}")
            return await work(joined)
        for attempt in range(1, ATTEMPTS + 1):
            try:
                async with self._begin(store_id) as transaction:
                    result = await work(transaction)
            except _TRY_AGAIN:
                if attempt == ATTEMPTS:
                    raise
                # A little chance, so that two who met do not meet again.
                await asyncio.sleep(0.005 * attempt + 0.010 * random.random())
            else:
                await transaction.committed()
                return result
        raise AssertionError("unreachable")

    async def fetchval(self, sql: str, *arguments: object) -> Any:
        """The first value of one statement on its own: one round trip where a transaction takes three.

        No store is set, so it sees no tenant's rows unless it names the store itself. Raises DatabaseUnavailable.
        """
        connection = await self._acquire()
        try:
            return await while_available(connection, connection.fetchval(sql, *arguments))
        finally:
            await self._give_back(connection)

    @asynccontextmanager
    async def _begin(self, store_id: UUID | None) -> AsyncIterator[Transaction]:
        """BEGIN, and the store's setting, in one round trip; COMMIT or ROLLBACK at the end."""
        connection = await self._acquire()
        try:
            wrapper = _OnConnection(self.client, connection)
            transaction = Transaction(connection, store_id)
            await while_available(connection, connection.execute(_begin_sql(store_id)))
            # Models find their connection through the context, so they work inside a transaction and nowhere else.
            context = _current_context.set(self._context)
            models = self._context.connections.set("default", wrapper)
            outer = _current.set(transaction)
            try:
                yield transaction
                await while_available(connection, connection.execute("COMMIT"))
            except BaseException as error:
                gone = is_gone(error, connection)
                await roll_back(connection)
                if gone:
                    raise DatabaseUnavailable("PostgreSQL went away in the middle of a transaction") from error
                raise
            finally:
                _current.reset(outer)
                self._context.connections.reset(models)
                _current_context.reset(context)
        finally:
            await self._give_back(connection)

    async def _acquire(self) -> PoolConnectionProxy[Any]:
        self.waiting += 1
        try:
            return await self.pool.acquire(timeout=self._patience_seconds)
        except (*UNAVAILABLE, asyncpg.InterfaceError) as error:
            raise DatabaseUnavailable("no connection to PostgreSQL is free, or it does not answer") from error
        finally:
            self.waiting -= 1

    async def _give_back(self, connection: PoolConnectionProxy[Any]) -> None:
        try:
            # The pool shields this itself: a request that is cancelled meanwhile still gives its connection back.
            await self.pool.release(connection)
        except (*UNAVAILABLE, asyncpg.InterfaceError, asyncpg.InternalClientError):
            # One that broke at this very moment has gone back by itself, which asyncpg takes for a fault of ours.
            if not is_closed(connection):
                raise


class _OnConnection(TransactionWrapper):
    """Tortoise's view of a transaction that we began; one of its own inside is a savepoint.

    asyncpg refuses to open a transaction inside one it did not begin, so the savepoints are ours as well.
    """

    def __init__(self, client: AsyncpgDBClient, connection: Connection, depth: int = 0) -> None:
        super().__init__(client)
        self._connection = connection  # type: ignore[assignment]  # a proxy of the very connection
        self._savepoint = f"tortoise_{depth}"
        self._depth = depth

    def _in_transaction(self) -> TransactionContext:
        inner = _OnConnection(self._parent, self._connection, self._depth + 1)
        return NestedTransactionContext(inner)

    async def savepoint(self) -> None:
        await self._connection.execute(f"SAVEPOINT {self._savepoint}")

    async def release_savepoint(self) -> None:
        await self._connection.execute(f"RELEASE SAVEPOINT {self._savepoint}")
        self._finalized = True

    async def savepoint_rollback(self) -> None:
        await self._connection.execute(f"ROLLBACK TO SAVEPOINT {self._savepoint}")
        self._finalized = True


def _begin_sql(store_id: UUID | None) -> str:
    # str(UUID) holds hexadecimal digits and hyphens only, so it can stand in the statement.
    return "BEGIN" if store_id is None else f"BEGIN; SET LOCAL app.store_id = '{UUID(str(store_id))}'"


def _safe(url: str) -> str:
    """The address without its password."""
    parts = urlsplit(url)
    return f"{parts.hostname or parse_qs(parts.query).get('host', ['localhost'])[0]}{parts.path}"
