"""How does a use case say that it cannot go on? It raises an AppError made from one of its room's codes.

Codes are public and never change their meaning. Which HTTP status a kind becomes is the business of web/problems.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any


class Kind(Enum):
    """What went wrong, as a caller has to react to it."""

    MALFORMED = "malformed"  # cannot be read at all
    INVALID = "invalid"  # can be read, and is refused
    UNAUTHENTICATED = "unauthenticated"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not_found"
    CONFLICT = "conflict"  # with the state of things; read it again
    GONE = "gone"
    PRECONDITION_FAILED = "precondition_failed"
    PRECONDITION_REQUIRED = "precondition_required"
    TOO_LARGE = "too_large"
    UNSUPPORTED_MEDIA = "unsupported_media"
    TOO_MANY = "too_many"
    UNAVAILABLE = "unavailable"  # nothing happened; try again later
    FAULT = "fault"  # a bug of ours, never raised on purpose


@dataclass(frozen=True, slots=True)
class Fault:
    """One located fault. `pointer` is a JSON Pointer into the body, or "query/name", "path/name", "header/name"."""

    pointer: str
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class ErrorCode:
    """A code a room can raise; call it to make the error."""

    code: str
    kind: Kind
    title: str

    def __call__(
        self,
        detail: str,
        *,
        faults: Sequence[Fault] = (),
        retry_after_seconds: int | None = None,
        **parameters: Any,
    ) -> AppError:
        """The error: `detail` names the thing, the value and the way out; parameters are for programs to read."""
        return AppError(self, detail, tuple(faults), retry_after_seconds, parameters)


class AppError(Exception):
    """A use case cannot go on. Nothing was changed."""

    def __init__(
        self,
        error: ErrorCode,
        detail: str,
        faults: tuple[Fault, ...] = (),
        retry_after_seconds: int | None = None,
        parameters: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(f"{error.code}: {detail}")
        self.error = error
        self.detail = detail
        self.faults = faults
        self.retry_after_seconds = retry_after_seconds
        self.parameters = parameters or {}
