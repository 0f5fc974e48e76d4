"""How does an event of a client become one call of a handler? Guard, bind, call, acknowledge: as for a request.

Events of one client are worked off one after another, in the order they were sent.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import msgspec
import socketio
import structlog
from aiohttp import web
from socketio.exceptions import ConnectionRefusedError as Refused

from server.auth.authentication import actor_of, presented
from server.auth.bearer import TOKENS, Claims
from server.errors import AppError, ErrorCode, Kind
from server.sockets.connections import CONNECTIONS, Connection, SocketCall
from server.sockets.namespaces import Emission, Event, Namespace
from server.web.actor import ANONYMOUS, Actor
from server.web.binding import Body, View, parse_body
from server.web.call import STORE, Resource, Shop
from server.web.dispatch import guard
from server.web.problems import (
    BODY_MALFORMED,
    RATE_LIMITED,
    TOKEN_INVALID,
    Problem,
    away,
    problem_of,
    timed_out,
    unexpected,
)
from storage.counting import counted_statements
from storage.errors import DatabaseUnavailable
from storage.ids import new_id

SOCKET_EVENT_UNKNOWN: Final = ErrorCode("socket_event_unknown", Kind.NOT_FOUND, "There is no such event")
LOOKS_AGAIN_SECONDS: Final = 30.0
"""How long it counts what somebody may do, unless they are known to have signed out."""
EVENTS_PER_SECOND: Final = 20.0
MOST_EVENTS_AT_ONCE: Final = 100
MOST_REFUSED: Final = 200
"""Events that came too fast, before the connection is ended."""
AUTHENTICATE: Final = "authenticate"
"""The event by which a client that stays longer than its token shows the next one. Every namespace has it."""

_LOG: Final = structlog.get_logger("sostech.sockets")


class TokenBody(Body, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The next access token of the same person."""

    token: str


class ConnectedView(View, frozen=True, kw_only=True):
    """Who the server takes the client for. `expires_at` is when the token ends, seconds since 1970; null: never."""

    actor_id: str | None
    roles: tuple[str, ...]
    expires_at: int | None


@dataclass(slots=True)
class _Pace:
    """How fast the client may send: a bucket that fills again with time."""

    left: float = MOST_EVENTS_AT_ONCE
    at: float = 0.0
    refused: int = 0

    def take(self, now: float) -> bool:
        self.left = min(MOST_EVENTS_AT_ONCE, self.left + (now - self.at) * EVENTS_PER_SECOND)
        self.at = now
        if self.left < 1:
            self.refused += 1
            return False
        self.left -= 1
        return True


class Edge(socketio.AsyncNamespace):  # type: ignore[misc]  # the library has no types
    """One namespace at the edge of the shop."""

    def __init__(self, shop: Shop, namespace: Namespace) -> None:
        super().__init__(namespace.path)
        self._shop = shop
        self._declared = namespace
        self._paces: dict[str, _Pace] = {}

    async def trigger_event(self, event: str, *arguments: Any) -> Any:
        """Whatever happens in the namespace comes here."""
        if event == "connect":
            return await self._connect(*arguments)
        if event == "disconnect":
            return await self._disconnect(arguments[0])
        return await self._event(event, *arguments)

    async def _connect(self, sid: str, environ: Mapping[str, Any], auth: Any = None) -> bool:
        request: web.Request = environ["aiohttp.request"]
        try:
            connection = await self._let_in(sid, request, auth)
        except (AppError, DatabaseUnavailable) as error:
            problem = self._problem(error, "connect", str(new_id()))
            raise Refused(problem.title, msgspec.to_builtins(problem)) from error
        _LOG.info(
            "socket_connected", namespace=self.namespace, actor=connection.actor.kind, store=connection.store.slug
        )
        return True

    async def _let_in(self, sid: str, request: web.Request, auth: Any) -> Connection:
        store = request[STORE]
        claims, actor = await self._who(request, auth)
        guard(self._declared.needs, actor)
        connection = Connection(
            sid=sid, id=new_id(), namespace=self.namespace, store=store, request=request, actor=actor, claims=claims,
            looked_at=_now(),
        )  # fmt: skip
        self._paces[sid] = _Pace(at=_now())
        self._shop.use(CONNECTIONS).add(connection)
        try:
            for hook in self._declared.on_connect:
                await hook(self._call(connection))
        except BaseException:
            self._forget(sid)
            raise
        self._ends_with_token(connection)
        return connection

    async def _who(self, request: web.Request, auth: Any) -> tuple[Claims | None, Actor]:
        token = auth.get("token") if isinstance(auth, Mapping) else None
        if token is None:
            token = presented(request, self._shop)
        if token is None:
            return None, ANONYMOUS
        if not isinstance(token, str):
            raise TOKEN_INVALID("auth.token is not a text; send the access token there")
        claims = await self._shop.use(TOKENS).read(token)
        return claims, await actor_of(claims, self._shop, request[STORE])

    def _ends_with_token(self, connection: Connection) -> None:
        """End the connection when its token does, unless the next one is shown before."""
        if connection.expiry is not None:
            connection.expiry.cancel()
        if connection.claims is not None:
            loop = asyncio.get_running_loop()
            left = max(0.0, connection.claims.exp - time.time())
            problem = TOKEN_INVALID(
                f"the access token has expired; connect with a new one, or send {AUTHENTICATE} in time"
            )
            connection.expiry = loop.call_later(left, lambda: _keep(loop.create_task(self.end(connection, problem))))

    async def _disconnect(self, sid: str) -> None:
        connection = self._forget(sid)
        if connection is None:
            return
        for leave in self._declared.on_disconnect:
            try:
                await leave(connection)
            except Exception as error:  # noqa: BLE001  # they are gone all the same
                _LOG.exception("leaving_failed", namespace=self.namespace, error=type(error).__name__)

    def _forget(self, sid: str) -> Connection | None:
        self._paces.pop(sid, None)
        connection = self._shop.use(CONNECTIONS).remove(sid)
        if connection is not None:
            connection.end()
        return connection

    async def tell(self, connection: Connection, emission: Emission[Any], value: Any) -> None:
        """Send something to one client of this process; it is put into a queue, and nobody is waited for."""
        await self.server.emit(emission.name, value, to=connection.sid, namespace=self.namespace, ignore_queue=True)

    async def end(self, connection: Connection, error: AppError) -> None:
        """Tell a client why, and end the connection."""
        problem = problem_of(error, f"{self.namespace}#disconnect", str(connection.id))
        await self.server.emit(
            "problem", msgspec.to_builtins(problem), to=connection.sid, namespace=self.namespace, ignore_queue=True
        )
        await self.server.disconnect(connection.sid, namespace=self.namespace, ignore_queue=True)

    async def look_again(self, connection: Connection) -> None:
        """Ask anew who this is and what they may do; end the connection when it is not what connecting needs."""
        try:
            await self._renew(connection)
        except AppError as error:
            await self.end(connection, error)

    async def _renew(self, connection: Connection) -> None:
        if connection.claims is not None:
            connection.actor = await actor_of(connection.claims, self._shop, connection.store)
        guard(self._declared.needs, connection.actor)
        connection.looked_at = _now()

    async def _event(self, name: str, sid: str, *arguments: Any) -> dict[str, Any]:
        connection = self._shop.use(CONNECTIONS).get(sid)
        if connection is None:
            return {}
        call = self._call(connection)
        began = time.perf_counter()
        with structlog.contextvars.bound_contextvars(request_id=call.request_id), counted_statements() as statements:
            answer = await self._answer(name, call, arguments)
            _LOG.info(
                "socket_event", namespace=self.namespace, event_name=name[:80], statements=statements.count,
                ms=round((time.perf_counter() - began) * 1000, 1), problem=_code(answer), store=connection.store.slug,
            )  # fmt: skip
        return answer

    async def _answer(self, name: str, call: SocketCall, arguments: tuple[Any, ...]) -> dict[str, Any]:
        limit = self._shop.settings.request_timeout_seconds
        try:
            async with asyncio.timeout(limit) as deadline:
                return {"data": await self._dispatch(name, call, arguments)}
        except Exception as error:  # noqa: BLE001  # a bug must not end the connection
            if isinstance(error, TimeoutError) and deadline.expired():
                error = timed_out(limit)
            return {"problem": self._problem(error, name, call.request_id)}

    async def _dispatch(self, name: str, call: SocketCall, arguments: tuple[Any, ...]) -> Any:
        connection = call.connection
        await self._slow_down(connection)
        if name == AUTHENTICATE:
            return await self._authenticate(connection, _body(arguments, TokenBody))
        event = self._declared.events.get(name)
        if event is None:
            known = ", ".join([AUTHENTICATE, *self._declared.events])
            raise SOCKET_EVENT_UNKNOWN(f"{self.namespace} has no event {name[:80]!r}; it has {known}")
        if _now() - connection.looked_at > LOOKS_AGAIN_SECONDS:
            await self._renew(connection)
            call = self._call(connection)
        guard(event.needs, call.actor)
        return await _called(event, call, arguments)

    async def _slow_down(self, connection: Connection) -> None:
        pace = self._paces[connection.sid]
        if pace.take(_now()):
            return
        error = RATE_LIMITED(
            f"at most {EVENTS_PER_SECOND:g} events a second, {MOST_EVENTS_AT_ONCE} at once", retry_after_seconds=1
        )
        if pace.refused > MOST_REFUSED:
            await self.end(connection, error)
        raise error

    async def _authenticate(self, connection: Connection, body: TokenBody) -> ConnectedView:
        claims = await self._shop.use(TOKENS).read(body.token)
        if connection.claims is None or (claims.kind, claims.sub) != (connection.claims.kind, connection.claims.sub):
            raise TOKEN_INVALID("this token is somebody else's; connect anew with it")
        connection.actor = await actor_of(claims, self._shop, connection.store)
        connection.claims, connection.looked_at = claims, _now()
        self._ends_with_token(connection)
        actor = connection.actor
        return ConnectedView(actor_id=str(actor.id), roles=actor.roles, expires_at=claims.exp)

    def _call(self, connection: Connection) -> SocketCall:
        return SocketCall(connection.request, self._shop, connection.store, connection.actor, str(new_id()), connection)

    def _problem(self, error: Exception, name: str, request_id: str) -> Problem:
        if isinstance(error, DatabaseUnavailable):
            _LOG.warning("database_unavailable", reason=str(error))
            error = away()
        if not isinstance(error, AppError):
            _LOG.error("socket_event_failed", exc_info=error, error=type(error).__name__, event_name=name[:80])
            error = unexpected()
        return problem_of(error, f"{self.namespace}#{name[:80]}", request_id)


async def _called(event: Event, call: SocketCall, arguments: tuple[Any, ...]) -> Any:
    if event.body_type is None:
        return await event.handler(call)
    return await event.handler(call, _body(arguments, event.body_type))


def _body(arguments: tuple[Any, ...], shape: type[Any]) -> Any:
    """What came with the event, as `shape`. Raises a located AppError."""
    if len(arguments) > 1:
        raise BODY_MALFORMED(f"an event carries one object; this one came with {len(arguments)}")
    return parse_body(msgspec.json.encode(arguments[0] if arguments else {}), "application/json", shape)


def _code(answer: Mapping[str, Any]) -> str | None:
    problem = answer.get("problem")
    return problem.code if isinstance(problem, Problem) else None


def _now() -> float:
    return asyncio.get_running_loop().time()


_ending: set[asyncio.Task[None]] = set()


def _keep(task: asyncio.Task[None]) -> None:
    """Hold on to a task until it is done: the event loop does not."""
    _ending.add(task)
    task.add_done_callback(_ending.discard)


EDGES: Final = Resource[Mapping[str, Edge]]("sockets.edges")
"""By the path of their namespace."""
