"""How does a list go on? By an opaque cursor that says where the last page ended, signed, and bound to its filters.

Keyset pagination: rows added meanwhile neither repeat nor hide others. Lists give `next`, `prev` and an RFC 8288 Link.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final, Generic, TypeVar
from uuid import UUID

import msgspec
from msgspec import Meta

from server.keys import KeyRing
from server.web.binding import Query, View
from server.web.call import Call
from server.web.endpoint import Reply
from server.web.problems import CURSOR_INVALID
from storage.pages import Window

T = TypeVar("T")
K = TypeVar("K", bound=tuple[object, ...])
R = TypeVar("R")

Limit = Annotated[int, Meta(ge=1, le=100, description="How many items a page holds.")]
CursorText = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=2000,
        pattern=r"^[A-Za-z0-9_.-]+(?!\n)$",
        description="`next` or `prev` of another page.",
    ),
]
_PURPOSE: Final = "cursor"


class PageQuery(Query, frozen=True, kw_only=True):
    """The part of a query that turns pages; lists inherit from it."""

    limit: Limit = 20
    cursor: CursorText | None = None


class Page(View, Generic[T], frozen=True, kw_only=True):
    """One page of a list. `next` and `prev` are cursors; null where the list ends."""

    items: list[T]
    next: str | None
    prev: str | None


@dataclass(frozen=True, slots=True)
class Position:
    """Where a page starts: after (or, backwards, before) the row with these sort keys; None: at the end of the list.

    Fetch `limit + 1` rows in order (backwards: in the opposite order) and give them all to `page`.
    """

    keys: tuple[Any, ...] | None
    backwards: bool
    limit: int


def position(call: Call, query: PageQuery) -> Position:
    """Where the page begins. Raises CURSOR_INVALID for a cursor that is not ours, or of another list or filter."""
    if query.cursor is None:
        return Position(None, False, query.limit)
    keys, backwards = _read(call.shop.keys, query.cursor, _filters(call, query))
    return Position(tuple(keys), backwards, query.limit)


def window(at: Position, read: Callable[..., K]) -> Window[K]:
    """The part of a list that a page shows, and one row more. `read` makes its keys of what the cursor holds."""
    return Window(None if at.keys is None else read(*at.keys), at.backwards, at.limit + 1)


def by_time(instant: str, name: str) -> tuple[datetime, UUID]:
    """Keys of a row in a list by time: when, in ISO 8601, and its id."""
    return datetime.fromisoformat(instant), UUID(name)


def page(
    call: Call,
    query: PageQuery,
    at: Position,
    rows: Sequence[R],
    keys: Callable[[R], Sequence[Any]],
    view: Callable[[R], T],
) -> Reply[Page[T]]:
    """The page of the fetched rows, with its Link header. `keys` gives a row's sort keys: strings, numbers or None."""
    more = len(rows) > at.limit
    shown = list(rows[: at.limit])
    if at.backwards:
        shown.reverse()
    filters = _filters(call, query)
    has_next = bool(shown) and (at.backwards or more)
    has_prev = bool(shown) and (more if at.backwards else at.keys is not None)
    following = _write(call.shop.keys, keys(shown[-1]), False, filters) if has_next else None
    previous = _write(call.shop.keys, keys(shown[0]), True, filters) if has_prev else None
    body: Page[T] = Page(items=[view(row) for row in shown], next=following, prev=previous)
    return Reply(body, headers=_links(call, following, previous))


def _links(call: Call, following: str | None, previous: str | None) -> Mapping[str, str]:
    links = [
        f'<{call.request.rel_url.update_query(cursor=cursor)}>; rel="{relation}"'
        for relation, cursor in (("next", following), ("prev", previous))
        if cursor is not None
    ]
    return {"Link": ", ".join(links)} if links else {}


def _filters(call: Call, query: PageQuery) -> bytes:
    """What the list is of: its address, its store and every parameter but the page's own."""
    plain = msgspec.to_builtins(query)
    del plain["limit"], plain["cursor"]
    named = [call.request.path, str(call.store.id), plain]
    return hashlib.sha256(msgspec.json.encode(named, order="sorted")).digest()[:8]


def _write(keys: KeyRing, values: Sequence[Any], backwards: bool, filters: bytes) -> str:
    text = msgspec.json.encode([list(values), backwards])
    body = base64.urlsafe_b64encode(text).rstrip(b"=").decode()
    return f"{body}.{keys.sign(_PURPOSE, filters + text)}"


def _read(keys: KeyRing, cursor: str, filters: bytes) -> tuple[list[Any], bool]:
    body, _, signature = cursor.partition(".")
    try:
        text = base64.b64decode(body + "=" * (-len(body) % 4), altchars=b"-_", validate=True)
    except binascii.Error as error:
        raise CURSOR_INVALID("the cursor cannot be read; take `next` or `prev` of a page as it is") from error
    if not keys.verify(_PURPOSE, filters + text, signature):
        raise CURSOR_INVALID("the cursor belongs to another list or other filters; start again without a cursor")
    values, backwards = msgspec.json.decode(text)
    return values, backwards
