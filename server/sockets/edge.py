"""How does an event of a client become one call of a handler? Guard, bind, call, acknowledge: as for a request.

Events of one client are worked off one after another, in the order they were sent.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine, Mapping
from typing import Any, Final

import msgspec
import socketio
import structlog
from aiohttp import web
from socketio.exceptions import ConnectionRefusedError as Refused
from socketio.packet import EVENT

from server.auth.authentication import presented
from server.auth.bearer import TOKENS, Claims
from server.errors import AppError, ErrorCode, Kind
from server.sockets.connections import CONNECTIONS, Connection, SocketCall
from server.sockets.namespaces import Emission, Event, Namespace
from server.sockets.numbers import NUMBERS
from server.sockets.packets import Packet
from server.sockets.presence import PRESENCE
from server.sockets.slowing import Slowing
from server.sockets.standing import who_is
from server.sockets.transports import SocketServer
from server.web.actor import Actor
from server.web.binding import Body, View, parse_body
from server.web.call import STORE, Resource, Shop
from server.web.dispatch import guard
from server.web.problems import (
    BODY_MALFORMED,
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
TOO_MANY_CONNECTIONS: Final = ErrorCode(
    "too_many_connections", Kind.TOO_MANY, "There are too many connections of yours already"
)
MOST_OF_USER: Final = 20
"""Connections of one user to one namespace, in this process."""
MOST_OF_NOBODY: Final = 64
"""Connections of one address without a token, in this process."""
LOOKS_AGAIN_SECONDS: Final = 30.0
"""How long it counts what somebody may do, unless they are known to have signed out."""
UNKNOWN: Final = "(unknown)"
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


class Edge(socketio.AsyncNamespace):  # type: ignore[misc]  # the library has no types
    """One namespace at the edge of the shop."""

    server: SocketServer

    def __init__(self, shop: Shop, namespace: Namespace) -> None:
        super().__init__(namespace.path)
        self._shop = shop
        self._numbers = shop.use(NUMBERS)
        self._declared = namespace
        self._slowing = Slowing(namespace.path, lambda transport: self.server.eio.cut(transport, "floods"))

    async def trigger_event(self, event: str, *arguments: Any) -> Any:
        """Whatever happens in the namespace comes here."""
        if event == "connect":
            return await self._connect(*arguments)
        if event == "disconnect":
            return await self._disconnect(arguments[0])
        return await self._event(event, *arguments)

    async def _connect(self, sid: str, environ: Mapping[str, Any], auth: Any = None) -> bool:
        request: web.Request = environ["aiohttp.request"]
        limit = self._shop.settings.request_timeout_seconds
        try:
            async with asyncio.timeout(limit) as deadline:
                connection = await self._let_in(sid, request, auth)
        except Refused:
            raise
        except Exception as error:  # whatever it is, the client has to be told something
            if isinstance(error, TimeoutError) and deadline.expired():
                error = timed_out(limit)
            problem = self._problem(error, "connect", str(new_id()))
            self._numbers.asked(self.namespace, "connect", problem.code)
            raise Refused(problem.title, msgspec.to_builtins(problem)) from error
        self._numbers.asked(self.namespace, "connect", "done")
        _LOG.info(
            "socket_connected", namespace=self.namespace, actor=connection.actor.kind, store=connection.store.slug
        )
        return True

    async def _let_in(self, sid: str, request: web.Request, auth: Any) -> Connection:
        transport = self.server.transport_of(sid, self.namespace)
        if transport is None:
            raise Refused("gone")
        self._slowing.of_client(transport)
        store = request[STORE]
        claims = await self._claims(request, auth)
        self._slowing.of_all_theirs(transport, store, claims)
        asked_at = _now()
        actor = await who_is(self._shop, store, claims)
        guard(self._declared.needs, actor)
        said = _said(auth, self._declared.says)
        connection = Connection(
            sid=sid, id=new_id(), namespace=self.namespace, store=store, request=request, actor=actor, claims=claims,
            looked_at=asked_at, transport=transport,
            give_up=lambda: _keep(self.end(connection, unexpected())), said=said,
        )  # fmt: skip
        self._refuse_too_many(connection)
        self._shop.use(CONNECTIONS).add(connection)
        try:
            await self._welcome(connection)
        except BaseException:
            await self._disconnect(sid)
            raise
        connection.said, connection.is_in = None, True
        self._ends_with_token(connection)
        if self._declared.shows_presence:
            self._shop.use(PRESENCE).came(connection)
        return connection

    async def _welcome(self, connection: Connection) -> None:
        """Let the room begin; raises what ended the connection meanwhile."""
        # From now on whatever happens to this person is told here. What happened since they were asked for was not.
        await self._ask_anew(connection)
        for hook in self._declared.on_connect:
            await hook(self._call(connection))
        if connection.over is not None:
            raise connection.over

    def _refuse_too_many(self, connection: Connection) -> None:
        """Raise TOO_MANY_CONNECTIONS when there are as many as one may have."""
        connections = self._shop.use(CONNECTIONS)
        if connection.actor.id is None:
            if connections.of_nobody(connection.transport.address) >= MOST_OF_NOBODY:
                raise TOO_MANY_CONNECTIONS(f"at most {MOST_OF_NOBODY} of one address without a token; sign in")
            return
        of_user = connections.of_user(connection.store.id, connection.actor.id)
        if sum(each.namespace == self.namespace for each in of_user) >= MOST_OF_USER:
            raise TOO_MANY_CONNECTIONS(f"at most {MOST_OF_USER} to {self.namespace}; close some first")

    async def _claims(self, request: web.Request, auth: Any) -> Claims | None:
        token = auth.get("token") if isinstance(auth, Mapping) else None
        if token is None:
            token = presented(request, self._shop)
        if token is None:
            return None
        if not isinstance(token, str):
            raise TOKEN_INVALID("auth.token is not a text; send the access token there")
        return await self._shop.use(TOKENS).read(token)

    def _ends_with_token(self, connection: Connection) -> None:
        """End the connection when its token does, unless the next one is shown before."""
        if connection.expiry is not None:
            connection.expiry.cancel()
        if connection.claims is not None:
            left = max(0.0, connection.claims.exp - time.time())
            connection.expiry = asyncio.get_running_loop().call_later(left, self._expire, connection)

    def _expire(self, connection: Connection) -> None:
        problem = TOKEN_INVALID(f"the access token has expired; connect with a new one, or send {AUTHENTICATE} in time")
        _keep(self.end(connection, problem))

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
        connection = self._shop.use(CONNECTIONS).remove(sid)
        if connection is not None:
            connection.end()
            self._shop.use(PRESENCE).left(connection)
        return connection

    async def tell(self, connection: Connection, emission: Emission[Any], value: Any) -> None:
        """Send something to one client of this process, after what was put into its queue before. Nobody is waited for.

        The library would do so in a task of its own, which answers overtake.
        """
        if self._shop.use(CONNECTIONS).get(connection.sid) is connection:
            packet = Packet(EVENT, [emission.name, value], namespace=self.namespace)
            self.server.put(connection.transport, packet)

    async def end(self, connection: Connection, error: AppError) -> None:
        """Tell a client why, and end the connection. Who is just being let in is refused instead."""
        if connection.over is not None:
            return
        connection.over = error
        if not connection.is_in:
            return
        problem = problem_of(error, f"{self.namespace}#disconnect", str(connection.id))
        await self.server.emit(
            "problem", msgspec.to_builtins(problem), to=connection.sid, namespace=self.namespace, ignore_queue=True
        )
        await self.server.disconnect(connection.sid, namespace=self.namespace, ignore_queue=True)

    def takes_for(self, connection: Connection, actor: Actor, asked_at: float) -> None:
        """This is what they may do from now on, unless it is known of later than `asked_at`, when this was asked.

        Raises what `guard` does when it is not what connecting needs.
        """
        if asked_at < connection.looked_at:
            return
        connection.actor = actor
        guard(self._declared.needs, actor)
        connection.looked_at = asked_at
        for look in self._declared.on_renewed:
            look(connection)

    async def _renew(self, connection: Connection) -> None:
        """Ask anew who this is and what they may do; end the connection when it may not stay."""
        try:
            await self._ask_anew(connection)
        except AppError as error:
            await self.end(connection, error)
            raise

    async def _ask_anew(self, connection: Connection) -> None:
        asked_at = _now()
        self.takes_for(connection, await who_is(self._shop, connection.store, connection.claims), asked_at)

    async def _event(self, name: str, sid: str, *arguments: Any) -> dict[str, Any]:
        connection = self._shop.use(CONNECTIONS).get(sid)
        if connection is None:
            return {}
        call = self._call(connection)
        began = time.perf_counter()
        # Names that clients make up are neither counted nor written down.
        known = name if name == AUTHENTICATE or name in self._declared.events else UNKNOWN
        with structlog.contextvars.bound_contextvars(request_id=call.request_id), counted_statements() as statements:
            answer = await self._answer(name, call, arguments)
            outcome = _outcome(answer)
            self._numbers.asked(self.namespace, known, outcome)
            _LOG.info(
                "socket_event", namespace=self.namespace, event_name=known, statements=statements.count,
                ms=round((time.perf_counter() - began) * 1000, 1), outcome=outcome, store=connection.store.slug,
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
        self._slowing.of_client(connection.transport)
        self._slowing.of_all_theirs(connection.transport, connection.store, connection.claims)
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

    async def _authenticate(self, connection: Connection, body: TokenBody) -> ConnectedView:
        claims = await self._shop.use(TOKENS).read(body.token)
        if connection.claims is None or (claims.kind, claims.sub) != (connection.claims.kind, connection.claims.sub):
            raise TOKEN_INVALID("this token is somebody else's; connect anew with it")
        asked_at = _now()
        actor = await who_is(self._shop, connection.store, claims)
        guard(self._declared.needs, actor)
        connection.claims = claims
        self.takes_for(connection, actor, asked_at)
        self._ends_with_token(connection)
        return ConnectedView(actor_id=str(actor.id), roles=actor.roles, expires_at=claims.exp)

    def _call(self, connection: Connection) -> SocketCall:
        return SocketCall(connection.request, self._shop, connection.store, connection.actor, str(new_id()), connection)

    def _problem(self, error: Exception, name: str, request_id: str) -> Problem:
        if isinstance(error, DatabaseUnavailable):
            _LOG.warning("database_unavailable", reason=str(error))
            error = away()
        if not isinstance(error, AppError):
            _LOG.error("socket_event_failed", exc_info=error, error=type(error).__name__, namespace=self.namespace)
            error = unexpected()
        return problem_of(error, f"{self.namespace}#{name[:80]}", request_id)


def _said(auth: Any, shape: type[Any] | None) -> Any:
    """What the client said when it connected, but for its token, as `shape`. Raises a located AppError."""
    if shape is None:
        return None
    said = {name: value for name, value in auth.items() if name != "token"} if isinstance(auth, Mapping) else {}
    return parse_body(msgspec.json.encode(said), "application/json", shape)


async def _called(event: Event, call: SocketCall, arguments: tuple[Any, ...]) -> Any:
    if event.body_type is None:
        return await event.handler(call)
    return await event.handler(call, _body(arguments, event.body_type))


def _body(arguments: tuple[Any, ...], shape: type[Any]) -> Any:
    """What came with the event, as `shape`. Raises a located AppError."""
    if len(arguments) > 1:
        raise BODY_MALFORMED(f"an event carries one object; this one came with {len(arguments)}")
    return parse_body(msgspec.json.encode(arguments[0] if arguments else {}), "application/json", shape)


def _outcome(answer: Mapping[str, Any]) -> str:
    problem = answer.get("problem")
    return problem.code if isinstance(problem, Problem) else "done"


def _now() -> float:
    return asyncio.get_running_loop().time()


_ending: set[asyncio.Task[None]] = set()


def _keep(work: Coroutine[Any, Any, None]) -> None:
    """Do it in a task of its own, and hold on to that until it is done: the event loop does not."""
    task = asyncio.get_running_loop().create_task(work)
    _ending.add(task)
    task.add_done_callback(_ending.discard)


EDGES: Final = Resource[Mapping[str, Edge]]("sockets.edges")
"""By the path of their namespace."""
