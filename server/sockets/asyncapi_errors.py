"""With which problems can an event be acknowledged? Its own codes and those of the edge around it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from server.errors import ErrorCode
from server.sockets.edge import AUTHENTICATE, SOCKET_EVENT_UNKNOWN, TOO_MANY_CONNECTIONS, TokenBody
from server.sockets.namespaces import Event, Namespace
from server.web.openapi_errors import OF_ALL, of_body, of_needs
from server.web.problems import INTERNAL_ERROR, STORE_UNKNOWN, TOKEN_INVALID


def codes_of_event(event: Event) -> tuple[ErrorCode, ...]:
    """Every code the event can be acknowledged with: the room's first, then the edge's."""
    return _distinct([*event.errors, *of_body(event.body_type), *of_needs(event.needs), *OF_ALL])


def codes_of_connecting(namespace: Namespace) -> tuple[ErrorCode, ...]:
    """Every code that somebody can be refused with who wants to connect."""
    return _distinct([*of_body(namespace.says), *of_needs(namespace.needs), TOO_MANY_CONNECTIONS, *OF_ALL])


def codes_of_authenticating(namespace: Namespace) -> tuple[ErrorCode, ...]:
    """Every code that the next token can be refused with."""
    return _distinct([*of_body(TokenBody), TOKEN_INVALID, *of_needs(namespace.needs), *OF_ALL])


def codes_of_ending(namespace: Namespace) -> tuple[ErrorCode, ...]:
    """Every code that a connection can be ended with: it is told as the event `problem`."""
    return _distinct([*of_needs(namespace.needs), STORE_UNKNOWN, INTERNAL_ERROR])


def where_codes_are_met(namespaces: Sequence[Namespace]) -> Mapping[ErrorCode, Sequence[str]]:
    """Code → the events that are answered with it, as `/chat#send`."""
    met: dict[ErrorCode, list[str]] = {SOCKET_EVENT_UNKNOWN: [f"{each.path}#…" for each in namespaces]}
    for namespace in namespaces:
        for name, codes in _named(namespace):
            for code in codes:
                met.setdefault(code, []).append(f"{namespace.path}#{name}")
    return met


def _named(namespace: Namespace) -> Iterator[tuple[str, tuple[ErrorCode, ...]]]:
    yield "connect", codes_of_connecting(namespace)
    yield AUTHENTICATE, codes_of_authenticating(namespace)
    for event in namespace.events.values():
        yield event.name, codes_of_event(event)


def _distinct(codes: Iterable[ErrorCode]) -> tuple[ErrorCode, ...]:
    return tuple(dict.fromkeys(codes))
