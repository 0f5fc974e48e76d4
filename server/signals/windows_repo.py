"""Which events can make a pattern with this one? Found by what has to be the same in them, in one statement.

Columns of their own hold what identifies somebody or something (see migration 54), each with an index by time. Of
several facts that have to be the same the first of those finds the events; whatever else has to hold is looked at by
whoever evaluates them. Without any, the events of the names within the time are found.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

from engine.signals import Lookup
from server.decisions.instants import instant_of
from server.signals.snapshot import KeptEvent
from storage.transaction import Transaction

MOST_EVENTS: Final = 1_000
"""Looked at for one pattern and one value: those that happened last."""
PAGE: Final = 1_000
"""Events that are read in one statement where all of a time are."""

FOUND_BY: Final = (
    "order_id", "customer_phone", "device_id", "customer_id", "customer_email", "order_address", "coupon_code",
)  # fmt: skip
"""Columns that find events, those first of which the fewest events have the same value."""

_COLUMNS: Final = "e.id, e.kind, e.name, e.version, e.payload, e.occurred_at"
_BRANCH: Final = f"""
(SELECT {_COLUMNS} FROM events e
  WHERE a.found_by = '{{column}}'{{same}} AND e.name = ANY (string_to_array(a.names, ','))
    AND e.occurred_at > a.since AND e.occurred_at < a.until
  ORDER BY e.occurred_at DESC LIMIT {MOST_EVENTS})
"""
_BRANCHES: Final = "UNION ALL".join(
    _BRANCH.format(column=column, same=f" AND e.{column} = a.value" if column else "") for column in (*FOUND_BY, "")
)
_AROUND: Final = f"""
SELECT DISTINCT ON (w.id) w.id, w.kind, w.name, w.version, w.payload::text AS payload, w.occurred_at
  FROM unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[], $5::timestamptz[])
       AS a (found_by, value, names, since, until)
 CROSS JOIN LATERAL ({_BRANCHES}) w
 ORDER BY w.id
"""
_BETWEEN: Final = f"""
SELECT {_COLUMNS.replace("e.payload", "e.payload::text AS payload")} FROM events e
 WHERE e.name = ANY($1::text[]) AND e.occurred_at >= $2 AND (e.occurred_at, e.id) < ($3, $4)
 ORDER BY e.occurred_at DESC, e.id DESC LIMIT $5
"""
_BY_ID: Final = f"""
SELECT {_COLUMNS.replace("e.payload", "e.payload::text AS payload")} FROM events e WHERE e.id = ANY($1::uuid[])
"""


class _Asked(NamedTuple):
    found_by: str
    value: str
    names: str
    since: datetime
    until: datetime


async def around(tx: Transaction, lookups: Sequence[Lookup]) -> list[KeptEvent]:
    """Every event that one of the look-ups asks for, and others that come along."""
    asked = sorted(set(_asked(lookups)))
    columns = [list(column) for column in zip(*asked, strict=True)]
    return [_event(row) for row in await tx.fetch(_AROUND, *columns)] if asked else []


async def between(
    tx: Transaction, names: Sequence[str], since: datetime, until: datetime, most: int
) -> list[KeptEvent]:  # fmt: skip
    """Events of these names from `since` (included) to `until` (excluded), the newest first, at most so many.

    Read in pages: thousands of rows at once would keep others of this process waiting.
    """
    found: list[KeptEvent] = []
    beyond = until, UUID(int=0)
    while len(found) < most:
        size = min(PAGE, most - len(found))
        page = [_event(row) for row in await tx.fetch(_BETWEEN, list(names), since, *beyond, size)]
        found += page
        if len(page) < size:
            break
        beyond = page[-1].occurred_at, page[-1].id
    return found


async def by_id(tx: Transaction, ids: Sequence[UUID]) -> list[KeptEvent]:
    """Those of the events that are still kept, in no order."""
    return [_event(row) for row in await tx.fetch(_BY_ID, list(ids))]


def _asked(lookups: Sequence[Lookup]) -> Iterator[_Asked]:
    for each in lookups:
        columns = {name.replace(".", "_", 1): value for name, value in each.same.items()}
        found_by = next((column for column in FOUND_BY if column in columns), "")
        # Names of events are letters and digits: the reader of rulesets sees to that.
        names = ",".join(sorted(each.names))
        yield _Asked(
            found_by, str(columns.get(found_by, "")), names, instant_of(each.since), instant_of(each.until)
        )  # fmt: skip


def _event(row: object) -> KeptEvent:
    return KeptEvent(**dict(row))  # type: ignore[call-overload]  # asyncpg's records are mappings
