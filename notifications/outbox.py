"""How is something announced? As a job in the very transaction that makes it true; workers take it after the commit."""

from __future__ import annotations

from typing import Final
from uuid import UUID

import msgspec
from pgqueuer.queries import Queries

from storage.transaction import Transaction

ENTRYPOINT: Final = "event"
"""pgqueuer's name of the jobs that carry our events."""


class Event(msgspec.Struct, frozen=True, kw_only=True, tag_field="event"):
    """Something that became true, past tense, with ids and plain values. Subclasses name themselves with `tag=`."""


class Envelope(msgspec.Struct, frozen=True, kw_only=True):
    """An event on its way: `name` is its tag, `payload` its fields."""

    store_id: str
    name: str
    payload: msgspec.Raw


async def announce(transaction: Transaction, event: Event) -> None:
    """Put the event into the outbox. It is delivered at least once if, and only if, the transaction commits."""
    queries = Queries.from_asyncpg_connection(transaction.connection)  # type: ignore[arg-type]  # or its proxy
    await queries.enqueue(ENTRYPOINT, envelope_of(transaction.store_id, event))


def envelope_of(store_id: UUID | None, event: Event) -> bytes:
    """The event as its job carries it, JSON; for statements that announce along with what they write."""
    name = str(type(event).__struct_config__.tag)
    return msgspec.json.encode(
        Envelope(store_id=str(store_id), name=name, payload=msgspec.Raw(msgspec.json.encode(event)))
    )
