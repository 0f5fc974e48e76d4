"""With which problems can an event be acknowledged? Its own codes and those of the edge around it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from server.errors import ErrorCode
from server.sockets.edge import AUTHENTICATE, SOCKET_EVENT_UNKNOWN, TOO_MANY_CONNECTIONS
from server.sockets.namespaces import Event, Namespace
from server.web.endpoint import GUEST, PUBLIC, SIGNED_IN
from server.web.problems import (
    BODY_INVALID,
    BODY_MALFORMED,
    DATABASE_AWAY,
    INTERNAL_ERROR,
    NOT_ALLOWED,
    RATE_LIMITED,
    SIGN_IN_NEEDED,
    TIMED_OUT,
    TOKEN_INVALID,
)

_OF_ALL = (INTERNAL_ERROR, DATABASE_AWAY, TIMED_OUT)


def codes_of_event(event: Event) -> tuple[ErrorCode, ...]:
    """Every code the event can be acknowledged with: the room's first, then the edge's."""
    return _distinct([*event.errors, *_of_body(event.body_type), *_of_needs(event.needs), RATE_LIMITED, *_OF_ALL])


def codes_of_connecting(namespace: Namespace) -> tuple[ErrorCode, ...]:
    """Every code that somebody can be refused with who wants to connect."""
    return _distinct([*_of_body(namespace.says), *_of_needs(namespace.needs), TOO_MANY_CONNECTIONS, *_OF_ALL])


def codes_of_authenticating(namespace: Namespace) -> tuple[ErrorCode, ...]:
    """Every code that the next token can be refused with."""
    return _distinct([BODY_MALFORMED, BODY_INVALID, TOKEN_INVALID, *_of_needs(namespace.needs), RATE_LIMITED, *_OF_ALL])


def codes_of_ending(namespace: Namespace) -> tuple[ErrorCode, ...]:
    """Every code that a connection can be ended with: it is told as the event `problem`."""
    return _distinct([*_of_needs(namespace.needs), INTERNAL_ERROR])


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


def _of_body(shape: object) -> tuple[ErrorCode, ...]:
    return () if shape is None else (BODY_MALFORMED, BODY_INVALID)


def _of_needs(needs: str) -> Iterator[ErrorCode]:
    # A token that is sent is checked, also where none is needed; and whoever has one may sign out.
    yield TOKEN_INVALID
    if needs != PUBLIC:
        yield SIGN_IN_NEEDED
    if needs not in (PUBLIC, GUEST, SIGNED_IN):
        yield NOT_ALLOWED


def _distinct(codes: Iterable[ErrorCode]) -> tuple[ErrorCode, ...]:
    return tuple(dict.fromkeys(codes))
