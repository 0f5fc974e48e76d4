"""With which problems can an endpoint answer? Its own codes and those of the layer around it, by status."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from http import HTTPStatus
from typing import Any, Final

import msgspec

from server.errors import ErrorCode
from server.web.endpoint import GUEST, PUBLIC, SIGNED_IN, Endpoint
from server.web.pages import PageQuery
from server.web.problems import (
    ADDRESS_TOO_LONG,
    BODY_INVALID,
    BODY_MALFORMED,
    BODY_TOO_LARGE,
    CONTENT_TYPE,
    CURSOR_INVALID,
    DATABASE_AWAY,
    HEADERS_TOO_LARGE,
    INTERNAL_ERROR,
    KEY_IN_USE,
    KEY_MALFORMED,
    KEY_MISSING,
    KEY_REUSED,
    MEDIA_TYPE_UNSUPPORTED,
    METHOD_NOT_ALLOWED,
    NO_SUCH_ROUTE,
    NOT_ALLOWED,
    PARAMETERS_MALFORMED,
    RATE_LIMITED,
    REQUEST_UNREADABLE,
    SIGN_IN_NEEDED,
    STORE_UNKNOWN,
    TIMED_OUT,
    TOKEN_INVALID,
    Problem,
    status_of,
)

WITHOUT_ENDPOINT: Final = (
    NO_SUCH_ROUTE,
    METHOD_NOT_ALLOWED,
    REQUEST_UNREADABLE,
    ADDRESS_TOO_LONG,
    HEADERS_TOO_LARGE,
)
"""Codes of requests that reach no endpoint at all."""

OF_ALL: Final = (STORE_UNKNOWN, RATE_LIMITED, INTERNAL_ERROR, DATABASE_AWAY, TIMED_OUT)
"""Codes that anything can be answered with."""

_EXAMPLE_ID: Final = "019a8a3e-6a43-7c1e-9c62-0d7f5a1b2c3d"

_HEADERS: Final = {
    HTTPStatus.UNAUTHORIZED: {"WWW-Authenticate": "How to sign in: `Bearer`."},
    HTTPStatus.CONFLICT: {"Retry-After": "Seconds after which the same request may do."},
    HTTPStatus.TOO_MANY_REQUESTS: {"Retry-After": "Seconds until the next attempt counts."},
    HTTPStatus.SERVICE_UNAVAILABLE: {"Retry-After": "Seconds after which the same request may do."},
}


def codes_of(endpoint: Endpoint) -> tuple[ErrorCode, ...]:
    """Every code the endpoint can answer with: the room's first, then the layer's."""
    return tuple(dict.fromkeys([*endpoint.errors, *_of_layer(endpoint)]))


def all_codes(endpoints: Iterable[Endpoint]) -> list[ErrorCode]:
    """Every code of the API, sorted by name."""
    found = {code for endpoint in endpoints for code in codes_of(endpoint)} | {*WITHOUT_ENDPOINT}
    return sorted(found, key=lambda code: code.code)


def error_responses(endpoint: Endpoint) -> dict[str, Any]:
    """Status → OpenAPI response, with one example per code."""
    by_status: dict[int, list[ErrorCode]] = {}
    for code in codes_of(endpoint):
        by_status.setdefault(status_of(code), []).append(code)
    return {str(status): _response(status, by_status[status]) for status in sorted(by_status)}


def unrouted_responses() -> dict[str, Any]:
    """The responses of requests that reach no endpoint, as components."""
    return {
        "NoSuchRoute": _response(HTTPStatus.NOT_FOUND, [NO_SUCH_ROUTE]),
        "MethodNotAllowed": _response(HTTPStatus.METHOD_NOT_ALLOWED, [METHOD_NOT_ALLOWED])
        | {"headers": {"Allow": {"description": "What this address takes.", "schema": {"type": "string"}}}},
        "RequestUnreadable": _response(HTTPStatus.BAD_REQUEST, [REQUEST_UNREADABLE]),
        "AddressTooLong": _response(HTTPStatus.REQUEST_URI_TOO_LONG, [ADDRESS_TOO_LONG]),
        "HeadersTooLarge": _response(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, [HEADERS_TOO_LARGE]),
    }


def examples(endpoints: Iterable[Endpoint]) -> dict[str, Any]:
    """One problem per code, as components that the responses refer to."""
    return {code.code: {"value": _example(code)} for code in all_codes(endpoints)}


def of_needs(needs: str) -> Iterator[ErrorCode]:
    """With which problems somebody is refused who has not what is needed."""
    # A token that is sent is checked, also where none is needed.
    yield TOKEN_INVALID
    if needs != PUBLIC:
        yield SIGN_IN_NEEDED
    if needs not in (PUBLIC, GUEST, SIGNED_IN):
        yield NOT_ALLOWED


def of_body(shape: object) -> tuple[ErrorCode, ...]:
    """With which problems a body of this type is refused; None has none."""
    return () if shape is None else (BODY_MALFORMED, BODY_INVALID)


def _of_layer(endpoint: Endpoint) -> Iterable[ErrorCode]:
    if endpoint.path_type or endpoint.query_type:
        yield PARAMETERS_MALFORMED
    if endpoint.query_type and issubclass(endpoint.query_type, PageQuery):
        yield CURSOR_INVALID
    yield from of_body(endpoint.body_type)
    if endpoint.body_type or endpoint.takes_upload:
        yield from (BODY_TOO_LARGE, MEDIA_TYPE_UNSUPPORTED)
    if endpoint.idempotency != "none":
        yield from (KEY_MALFORMED, KEY_REUSED, KEY_IN_USE)
    if endpoint.idempotency == "required":
        yield KEY_MISSING
    yield from of_needs(endpoint.needs)
    yield from OF_ALL


def _response(status: int, codes: list[ErrorCode]) -> dict[str, Any]:
    codes = sorted(codes, key=lambda code: code.code)
    response: dict[str, Any] = {
        "description": "; ".join(f"`{code.code}`: {code.title}" for code in codes),
        "content": {
            CONTENT_TYPE: {
                "schema": {"$ref": "#/components/schemas/Problem"},
                "examples": {code.code: {"$ref": f"#/components/examples/{code.code}"} for code in codes},
            }
        },
    }
    headers = _HEADERS.get(HTTPStatus(status))
    if headers:
        response["headers"] = {
            name: {"description": about, "schema": {"type": "string"}} for name, about in headers.items()
        }
    return response


def _example(code: ErrorCode) -> Any:
    example = Problem(
        type=f"/docs/problems#{code.code}",
        title=code.title,
        status=status_of(code),
        code=code.code,
        detail=f"{code.title}: what exactly, and the way out.",
        instance="/api/v1/some/address",
        request_id=_EXAMPLE_ID,
    )
    return msgspec.to_builtins(example)
