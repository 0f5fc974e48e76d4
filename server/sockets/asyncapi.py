"""What does the document of sockets say? Everything, out of the namespaces' own types: AsyncAPI 3.0.

A channel is a namespace. What a client sends is an operation that the shop receives, with its acknowledgement as the
reply; what the shop sends by itself is one that it sends.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from server.errors import ErrorCode
from server.sockets.asyncapi_errors import (
    codes_of_authenticating,
    codes_of_connecting,
    codes_of_ending,
    codes_of_event,
)
from server.sockets.edge import (
    AUTHENTICATE,
    MOST_OF_NOBODY,
    MOST_OF_USER,
    ConnectedView,
    TokenBody,
)
from server.sockets.namespaces import Emission, Event, Namespace
from server.sockets.slowing import EVENTS_PER_SECOND, MOST_EVENTS_AT_ONCE
from server.web.endpoint import PUBLIC
from server.web.middlewares import SLUG_PATTERN, TENANT_HEADER
from server.web.openapi import says_needs
from server.web.openapi_shapes import described
from server.web.problems import Problem, status_of
from server.web.requests import SOCKETS_PATH

VERSION: Final = "3.0.0"
TOKEN: Final = "token"

ABOUT: Final = f"""\
What goes on by itself: conversations, orders as they move, and how the shop is doing, over Socket.IO (protocol 5, on
Engine.IO 4). Every official client of Socket.IO 3 or 4 speaks it.

**Connecting.** A namespace is a channel. Connect with `auth: {{"token": "<access token>"}}`; the header `Authorization`
counts too, where a client can send it. The store is named by `{TENANT_HEADER}`, by the shop's domain or subdomain, or
is the default one. Who is refused is told by `connect_error`, whose `data` is a problem.

**Asking.** Every event carries one object and is acknowledged with `{{"data": …}}`, or with `{{"problem": …}}`
(RFC 9457), whose `code` never changes its meaning: [all of them](/docs/problems). Nothing has happened then. What was
to be kept has been kept before it is acknowledged. Events of one client are worked off in the order they were sent.
An event that does not exist is acknowledged with `socket_event_unknown`.

**Staying.** A connection ends with its token, unless `{AUTHENTICATE}` shows the next one before. When the shop ends a
connection, it says why by `problem` first. Unknown fields of what the shop sends are to be ignored: there may be more
of them one day.

**Limits.** {EVENTS_PER_SECOND:g} events a second, {MOST_EVENTS_AT_ONCE} at once, of all connections of a user to a
namespace together; {MOST_OF_USER} such connections of a user, {MOST_OF_NOBODY} of an address without a token.
"""


def document(namespaces: Sequence[Namespace], version: str) -> dict[str, Any]:
    """The AsyncAPI document of these namespaces."""
    shapes, components = _read_shapes(namespaces)
    channels = {_key(each): _channel(each, shapes, components) for each in namespaces}
    return {
        "asyncapi": VERSION,
        "info": {"title": "SOSTECH Store", "version": version, "description": ABOUT, "license": {"name": "MIT"}},
        "defaultContentType": "application/json",
        "servers": {"shop": _SERVER},
        "channels": channels,
        "operations": {name: each for namespace in namespaces for name, each in _operations(namespace)},
        "components": {
            "schemas": dict(sorted(components.items())),
            "securitySchemes": {
                TOKEN: {
                    "type": "http",
                    "scheme": "bearer",
                    "bearerFormat": "JWT",
                    "description": "The access token of a guest session or of a sign-in, as `auth.token`.",
                }
            },
        },
    }


def _read_shapes(namespaces: Sequence[Namespace]) -> tuple[dict[Any, dict[str, Any]], dict[str, Any]]:
    """Type → its schema, and the components these refer to."""
    types = list(dict.fromkeys(shape for each in namespaces for shape in _types_of(each) if shape is not None))
    schemas, components = described(types)
    return dict(zip(types, schemas, strict=True)), components


def _types_of(namespace: Namespace) -> Iterator[Any]:
    yield from (Problem, TokenBody, ConnectedView, namespace.says)
    for event in namespace.events.values():
        yield from (event.body_type, event.answers)
    for emission in namespace.emissions:
        yield emission.shape


def _channel(namespace: Namespace, shapes: dict[Any, dict[str, Any]], components: dict[str, Any]) -> dict[str, Any]:
    return {
        "address": namespace.path,
        "title": namespace.path,
        "description": f"{namespace.about}\n\n{says_needs(namespace.needs)}",
        "servers": [{"$ref": "#/servers/shop"}],
        "messages": dict(_messages(namespace, shapes, _auth(namespace, shapes, components))),
        "bindings": {"ws": _HANDSHAKE},
    }


def _messages(
    namespace: Namespace, shapes: dict[Any, dict[str, Any]], auth: dict[str, Any]
) -> Iterator[tuple[str, dict[str, Any]]]:
    problem = shapes[Problem]
    yield "client.connect", _message("connect", "What a client says of itself", auth)
    yield "connected", _message("connect", "The client is connected", _object(sid={"type": "string"}))
    refused = _object(message={"type": "string"}, data=problem)
    yield "connect_error", _message("connect_error", "The client is not connected, and why", refused)
    yield "refused", _message("acknowledgement", "It was not done, and why", _object(problem=problem))
    yield "server.problem", _message("problem", "Why the shop ends the connection", problem)
    yield f"client.{AUTHENTICATE}", _message(AUTHENTICATE, "The next access token", shapes[TokenBody])
    yield f"done.{AUTHENTICATE}", _message("acknowledgement", "It counts", _object(data=shapes[ConnectedView]))
    for event in namespace.events.values():
        body = {"type": "object", "maxProperties": 0} if event.body_type is None else shapes[event.body_type]
        answer = {"type": "null"} if event.answers is None else shapes[event.answers]
        yield f"client.{event.name}", _message(event.name, event.summary, body)
        yield f"done.{event.name}", _message("acknowledgement", "It was done", _object(data=answer))
    for emission in namespace.emissions:
        yield f"server.{emission.name}", _message(emission.name, emission.about, shapes[emission.shape])


def _operations(namespace: Namespace) -> Iterator[tuple[str, dict[str, Any]]]:
    key = _key(namespace)
    yield f"{key}.connect", _connecting(namespace)
    yield f"{key}.{AUTHENTICATE}", _authenticating(namespace)
    for event in namespace.events.values():
        yield f"{key}.{event.name}", _asking(namespace, event)
    for emission in namespace.emissions:
        yield f"{key}.tells.{emission.name}", _telling(namespace, emission)
    yield f"{key}.tells.problem", _ending(namespace)


def _connecting(namespace: Namespace) -> dict[str, Any]:
    description = f"The packet CONNECT of Socket.IO. {says_needs(namespace.needs)}"
    return _received(
        namespace, "connect", ("connected", "connect_error"), codes_of_connecting(namespace), namespace.needs,
        "Connect", description,
    )  # fmt: skip


def _authenticating(namespace: Namespace) -> dict[str, Any]:
    return _received(
        namespace, AUTHENTICATE, (f"done.{AUTHENTICATE}", "refused"), codes_of_authenticating(namespace),
        namespace.needs, "Stay longer than the access token: show the next one of the same person", "",
    )  # fmt: skip


def _asking(namespace: Namespace, event: Event) -> dict[str, Any]:
    description = "\n\n".join(part for part in (event.description, says_needs(event.needs)) if part)
    return _received(
        namespace, event.name, (f"done.{event.name}", "refused"), codes_of_event(event), event.needs, event.summary,
        description,
    )  # fmt: skip


def _received(
    namespace: Namespace, name: str, replies: Sequence[str], codes: Sequence[ErrorCode], needs: str, summary: str,
    description: str,
) -> dict[str, Any]:  # fmt: skip
    operation = {
        "action": "receive",
        "channel": _channel_reference(namespace),
        "title": name,
        "summary": summary,
        "description": description,
        "messages": [_message_reference(namespace, f"client.{name}")],
        "reply": {
            "channel": _channel_reference(namespace),
            "messages": [_message_reference(namespace, each) for each in replies],
        },
        "x-needs": needs,
        "x-problems": _problems(codes),
    }
    if needs != PUBLIC:
        operation["security"] = [{"$ref": f"#/components/securitySchemes/{TOKEN}"}]
    return {key: value for key, value in operation.items() if value != ""}


def _telling(namespace: Namespace, emission: Emission[Any]) -> dict[str, Any]:
    return _sent(namespace, emission.name, emission.about)


def _ending(namespace: Namespace) -> dict[str, Any]:
    summary = "Why the shop ends the connection: it is the last that is sent."
    return {**_sent(namespace, "problem", summary), "x-problems": _problems(codes_of_ending(namespace))}


def _sent(namespace: Namespace, name: str, summary: str) -> dict[str, Any]:
    return {
        "action": "send",
        "channel": _channel_reference(namespace),
        "title": name,
        "summary": summary,
        "messages": [_message_reference(namespace, f"server.{name}")],
    }


def _problems(codes: Sequence[ErrorCode]) -> list[dict[str, Any]]:
    return [{"code": each.code, "status": status_of(each), "title": each.title} for each in codes]


def _auth(namespace: Namespace, shapes: dict[Any, dict[str, Any]], components: dict[str, Any]) -> dict[str, Any]:
    """The token, and beside it what else clients of the namespace say."""
    said = {} if namespace.says is None else components[shapes[namespace.says]["$ref"].rpartition("/")[2]]
    auth = {
        "type": "object",
        "properties": {"token": {"type": "string", "description": "The access token."}, **said.get("properties", {})},
    }
    return auth if namespace.needs == PUBLIC else {**auth, "required": ["token"]}


def _object(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties)}


def _message(name: str, title: str, payload: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "title": title, "payload": payload}


def _key(namespace: Namespace) -> str:
    return namespace.path.strip("/")


def _channel_reference(namespace: Namespace) -> dict[str, str]:
    return {"$ref": f"#/channels/{_key(namespace)}"}


def _message_reference(namespace: Namespace, name: str) -> dict[str, str]:
    return {"$ref": f"#/channels/{_key(namespace)}/messages/{name}"}


_SERVER: Final = {
    "host": "{host}",
    "pathname": SOCKETS_PATH,
    "protocol": "ws",
    "protocolVersion": "13",
    "description": "The shop, by Socket.IO over a websocket, with TLS where it is served by https. A single process"
    " takes long polling too.",
    "variables": {"host": {"default": "127.0.0.1:8080", "description": "Where the shop is served."}},
}
_HANDSHAKE: Final = {
    "method": "GET",
    "query": {
        "type": "object",
        "properties": {"EIO": {"type": "string", "const": "4"}, "transport": {"type": "string"}},
        "required": ["EIO", "transport"],
    },
    "headers": {
        "type": "object",
        "properties": {TENANT_HEADER: {"type": "string", "pattern": SLUG_PATTERN, "maxLength": 63}},
    },
    "bindingVersion": "0.1.0",
}
