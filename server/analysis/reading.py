"""Which carts are in an uploaded file? One on each line, as a dry run takes it; and why others cannot be read. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final, NamedTuple

import msgspec

from server.analysis.errors import COLLECTION_TOO_LARGE, COLLECTION_UNREADABLE
from server.decisions.given import basket_of
from server.decisions.schemas import Code, DryRunBody
from server.decisions.stored import SavedCart
from server.errors import AppError, Fault
from server.web.binding import parse_body

MOST_CARTS: Final = 20_000
MOST_FAULTS: Final = 100
"""Lines of which is told why they cannot be read; the others are counted."""

REPEATED: Final = "id_repeated"


class GivenCart(DryRunBody, frozen=True, kw_only=True):
    """A line of the file; its id is "line 7" unless it is given. What to explain has no meaning here."""

    id: Code | None = None


class Unreadable(msgspec.Struct, frozen=True):
    """A line, counted from 1, that is no cart."""

    line: int
    code: str
    message: str


class ReadCarts(NamedTuple):
    """What the file holds. `faults` are of the first lines that cannot be read, `unreadable` counts them all."""

    carts: list[SavedCart]
    unreadable: int
    faults: list[Unreadable]


def read_carts(raw: bytes, currency: str, now: datetime) -> ReadCarts:
    """The carts of the file in its order; those that say no instant are decided for `now`. Empty lines are nothing.

    Raises COLLECTION_TOO_LARGE, and COLLECTION_UNREADABLE with the first faults when no line can be read.
    """
    lines = [(number, line) for number, line in enumerate(raw.split(b"\n"), 1) if line.strip()]
    if len(lines) > MOST_CARTS:
        raise COLLECTION_TOO_LARGE(f"the file has {len(lines)} carts; a collection has {MOST_CARTS} at most")
    found = ReadCarts([], 0, [])
    taken: set[str] = set()
    unreadable = 0
    for read in _each(lines, currency, now, taken):
        if isinstance(read, SavedCart):
            found.carts.append(read)
        else:
            unreadable += 1
            if len(found.faults) < MOST_FAULTS:
                found.faults.append(read)
    if not found.carts:
        raise _nothing_readable(found.faults)
    return found._replace(unreadable=unreadable)


def _each(
    lines: list[tuple[int, bytes]], currency: str, now: datetime, taken: set[str]
) -> Iterator[SavedCart | Unreadable]:
    """Every line as what it is; `taken` are the ids of carts before it."""
    for number, line in lines:
        try:
            given = parse_body(line, "application/json", GivenCart)
            basket = basket_of(given, currency, given.at or now)
        except AppError as error:
            yield Unreadable(number, error.error.code, error.detail)
            continue
        cart_id = given.id or f"line {number}"
        if cart_id in taken:
            yield Unreadable(number, REPEATED, f"/id: another cart before it is called {cart_id!r}")
            continue
        taken.add(cart_id)
        yield SavedCart(cart_id, basket)


def _nothing_readable(faults: list[Unreadable]) -> AppError:
    told = [Fault(f"line {fault.line}", fault.code, fault.message) for fault in faults]
    why = f"the first: line {faults[0].line}, {faults[0].message}" if faults else "it is empty"
    return COLLECTION_UNREADABLE(
        f"no line of the file is a cart; {why}. Each line is the body of a dry run as JSON", faults=told
    )
