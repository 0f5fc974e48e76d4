"""How does an error reach the caller? As an RFC 9457 problem: the one place where a kind of error becomes a status."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final

import msgspec
from aiohttp import web

from server.errors import AppError, ErrorCode, Fault, Kind

CONTENT_TYPE: Final = "application/problem+json"

STATUS: Final[Mapping[Kind, HTTPStatus]] = {
    Kind.MALFORMED: HTTPStatus.BAD_REQUEST,
    Kind.INVALID: HTTPStatus.UNPROCESSABLE_ENTITY,
    Kind.UNAUTHENTICATED: HTTPStatus.UNAUTHORIZED,
    Kind.FORBIDDEN: HTTPStatus.FORBIDDEN,
    Kind.NOT_FOUND: HTTPStatus.NOT_FOUND,
    Kind.CONFLICT: HTTPStatus.CONFLICT,
    Kind.GONE: HTTPStatus.GONE,
    Kind.PRECONDITION_FAILED: HTTPStatus.PRECONDITION_FAILED,
    Kind.PRECONDITION_REQUIRED: HTTPStatus.PRECONDITION_REQUIRED,
    Kind.TOO_LARGE: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    Kind.UNSUPPORTED_MEDIA: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    Kind.TOO_MANY: HTTPStatus.TOO_MANY_REQUESTS,
    Kind.UNAVAILABLE: HTTPStatus.SERVICE_UNAVAILABLE,
    Kind.FAULT: HTTPStatus.INTERNAL_SERVER_ERROR,
}


class FaultView(msgspec.Struct, frozen=True, kw_only=True):
    """One located fault."""

    pointer: str
    code: str
    message: str


class Problem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An RFC 9457 problem. `code` is stable; `errors` says where, `parameters` what, for programs to read."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    instance: str
    request_id: str
    errors: list[FaultView] = []
    parameters: dict[str, Any] = {}


# Codes that any endpoint may answer with, whatever its room.
BODY_MALFORMED = ErrorCode("body_malformed", Kind.MALFORMED, "The body cannot be read")
PARAMETERS_MALFORMED = ErrorCode("parameters_malformed", Kind.MALFORMED, "A path, query or header parameter is wrong")
BODY_INVALID = ErrorCode("body_invalid", Kind.INVALID, "The body is not what this endpoint takes")
BODY_TOO_LARGE = ErrorCode("body_too_large", Kind.TOO_LARGE, "The body is too large")
MEDIA_TYPE_UNSUPPORTED = ErrorCode("media_type_unsupported", Kind.UNSUPPORTED_MEDIA, "The body has another media type")
SIGN_IN_NEEDED = ErrorCode("sign_in_needed", Kind.UNAUTHENTICATED, "Sign in first")
TOKEN_INVALID = ErrorCode("token_invalid", Kind.UNAUTHENTICATED, "The access token is not valid")
NOT_ALLOWED = ErrorCode("not_allowed", Kind.FORBIDDEN, "Your roles do not allow this")
STORE_UNKNOWN = ErrorCode("store_unknown", Kind.NOT_FOUND, "There is no such store")
NO_SUCH_ROUTE = ErrorCode("no_such_route", Kind.NOT_FOUND, "There is nothing at this address")
METHOD_NOT_ALLOWED = ErrorCode("method_not_allowed", Kind.NOT_FOUND, "This address does not take that method")
REQUEST_UNREADABLE = ErrorCode("request_unreadable", Kind.MALFORMED, "This cannot be read as a request")
ADDRESS_TOO_LONG = ErrorCode("address_too_long", Kind.MALFORMED, "The address is too long")
HEADERS_TOO_LARGE = ErrorCode("headers_too_large", Kind.MALFORMED, "The headers are too many or too long")
DATABASE_AWAY = ErrorCode("database_unavailable", Kind.UNAVAILABLE, "The database is away for a moment")
TIMED_OUT = ErrorCode("timed_out", Kind.UNAVAILABLE, "The request took too long")
RATE_LIMITED = ErrorCode("rate_limited", Kind.TOO_MANY, "Too many requests")
KEY_MISSING = ErrorCode("idempotency_key_missing", Kind.MALFORMED, "This request needs an Idempotency-Key")
KEY_MALFORMED = ErrorCode("idempotency_key_malformed", Kind.MALFORMED, "The Idempotency-Key cannot be read")
KEY_REUSED = ErrorCode("idempotency_key_reused", Kind.INVALID, "The Idempotency-Key was used for another request")
KEY_IN_USE = ErrorCode("idempotency_key_in_use", Kind.CONFLICT, "The same request is still running")
INTERNAL_ERROR = ErrorCode("internal_error", Kind.FAULT, "Something went wrong on our side")
CURSOR_INVALID = ErrorCode("cursor_invalid", Kind.MALFORMED, "The cursor is not one of ours for this list")

RETRY_SECONDS: Final = 2
"""How soon to come back when the database is away: PostgreSQL restarts in about that time."""
_REPEAT: Final = "or repeat it with the Idempotency-Key it had"

_OF_ONE_CODE: Final[Mapping[ErrorCode, HTTPStatus]] = {
    METHOD_NOT_ALLOWED: HTTPStatus.METHOD_NOT_ALLOWED,
    ADDRESS_TOO_LONG: HTTPStatus.REQUEST_URI_TOO_LONG,
    HEADERS_TOO_LARGE: HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
}
"""Statuses that HTTP keeps for one thing alone."""


def status_of(error: ErrorCode) -> int:
    """The HTTP status a code is answered with."""
    return _OF_ONE_CODE.get(error, STATUS[error.kind])


def problem_of(error: AppError, instance: str, request_id: str) -> Problem:
    """The error as callers see it. `instance` is what they asked for."""
    return Problem(
        type=f"/docs/problems#{error.error.code}",
        title=error.error.title,
        status=status_of(error.error),
        code=error.error.code,
        detail=error.detail,
        instance=instance,
        request_id=request_id,
        errors=[FaultView(pointer=fault.pointer, code=fault.code, message=fault.message) for fault in error.faults],
        parameters=error.parameters,
    )


def respond(request: web.BaseRequest, error: AppError, request_id: str) -> web.Response:
    """The problem as a response."""
    problem = problem_of(error, request.path, request_id)
    status = problem.status
    response = web.Response(body=msgspec.json.encode(problem), status=status, content_type=CONTENT_TYPE)
    if error.retry_after_seconds is not None:
        response.headers["Retry-After"] = str(error.retry_after_seconds)
    if status == HTTPStatus.UNAUTHORIZED:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def unexpected() -> AppError:
    """What a caller learns of a bug: nothing but the id under which the log has the rest."""
    return INTERNAL_ERROR(
        "The request failed because of a fault of ours; nothing was changed. Name the request id to support."
    )


def invalid(faults: Sequence[Fault]) -> AppError:
    """The error of a body that can be read and is refused, with every fault located."""
    first = faults[0]
    more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
    return BODY_INVALID(f"{first.pointer or '/'}: {first.message}{more}", faults=faults)


def away() -> AppError:
    """The database did not answer: its connection may have died during COMMIT, and nobody can know on which side."""
    return DATABASE_AWAY(
        f"look whether the request had its effect before you repeat it, {_REPEAT}", retry_after_seconds=RETRY_SECONDS
    )


def timed_out(limit: float) -> AppError:
    """It took longer than `limit` seconds."""
    return TIMED_OUT(
        f"the request took longer than {limit:g} s and was ended; look whether it had its effect before you repeat it, "
        f"{_REPEAT}",
        retry_after_seconds=RETRY_SECONDS,
    )
