"""Is what the caller has still current? ETags of public answers, and versions that changes must name.

Public answers carry a strong ETag, the hash of their very bytes, and shared caches may keep them for a moment. Things
that staff change carry their version as the ETag; a change names it in If-Match, or is refused (semantics, section 9).
"""

from __future__ import annotations

import base64
import hashlib
import re
from http import HTTPStatus
from typing import Any, Final, TypeVar, cast

import msgspec

from server.errors import ErrorCode, Fault, Kind
from server.web.call import Call
from server.web.endpoint import Reply

T = TypeVar("T")

PUBLIC_SECONDS: Final = 10
"""How long caches may keep a public answer: prices change at an offer's first instant, so not for long."""

VERSION_MISSING: Final = ErrorCode("version_missing", Kind.PRECONDITION_REQUIRED, "Say which version you change")
VERSION_CHANGED: Final = ErrorCode("version_changed", Kind.PRECONDITION_FAILED, "Somebody else changed it meanwhile")

_TAG: Final = re.compile(r'(?:W/)?"[^"]*"')
_VERSION: Final = re.compile(r'"([0-9]{1,9})"')


def publicly(call: Call, answer: T | Reply[T], seconds: int = PUBLIC_SECONDS) -> Reply[T]:
    """The answer as shared caches may keep it; 304 without a body when the caller has it already."""
    reply = answer if isinstance(answer, Reply) else Reply(answer)
    body = msgspec.json.encode(reply.body)
    tag = strong_tag(body)
    # The store may be named by a header, so a cache must keep the answers of stores apart.
    headers = {
        **reply.headers, "ETag": tag, "Cache-Control": f"public, max-age={seconds}", "Vary": "X-Tenant-ID",
    }  # fmt: skip
    if _has(call, tag):
        return Reply(cast(Any, None), status=HTTPStatus.NOT_MODIFIED, headers=headers)
    # Encoded already, so it is not done a second time.
    return Reply(cast(T, msgspec.Raw(body)), reply.status, headers, reply.cookies)


def strong_tag(body: bytes) -> str:
    """The strong ETag of these bytes."""
    digest = hashlib.blake2b(body, digest_size=12).digest()
    return f'"{base64.urlsafe_b64encode(digest).decode()}"'


def version_tag(version: int) -> str:
    """The ETag of a version."""
    return f'"{version}"'


def versioned(answer: T, version: int, status: int | None = None) -> Reply[T]:
    """An answer only its reader may keep, with its version as the ETag."""
    headers = {"ETag": version_tag(version), "Cache-Control": "private, no-cache"}
    return Reply(answer, status=status, headers=headers)


def wanted_version(call: Call) -> int | None:
    """The version If-Match names; None for `*` or no If-Match. Raises VERSION_CHANGED for what is no version."""
    values = call.request.headers.getall("If-Match", [])
    given = ",".join(values).strip()
    # An empty header names no version that ever was; to take it for none at all would undo other people's changes.
    if not values or given == "*":
        return None
    match = _VERSION.fullmatch(given)
    if match is None:
        raise VERSION_CHANGED(
            f'If-Match is {given[:80]}, which no version of this ever had; send its ETag as it is, such as "3"',
            faults=[Fault("header/If-Match", "no_version", "is not the ETag of a version")],
        )
    return int(match[1])


def required_version(call: Call) -> int | None:
    """The version If-Match names; None for `*`. Raises VERSION_MISSING without the header."""
    if "If-Match" not in call.request.headers:
        raise VERSION_MISSING(
            "read it first, and send its ETag in If-Match; `If-Match: *` changes it whatever its version",
            faults=[Fault("header/If-Match", "missing", "is missing")],
        )
    return wanted_version(call)


def refuse_other_version(wanted: int | None, current: int) -> None:
    """Raise VERSION_CHANGED unless this version is the wanted one, or any will do (None)."""
    if wanted is not None and wanted != current:
        raise VERSION_CHANGED(
            f"it is at version {current}, you changed version {wanted}; read it again", current_version=current
        )


def _has(call: Call, tag: str) -> bool:
    given = ",".join(call.request.headers.getall("If-None-Match", []))
    if given.strip() == "*":
        return True
    # The comparison for reading is the weak one (RFC 9110, 13.1.2).
    return tag in [found.removeprefix("W/") for found in _TAG.findall(given)]
