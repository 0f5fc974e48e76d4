"""How is something announced? As a job in the very transaction that makes it true; workers take it after the commit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

import msgspec
from pgqueuer.queries import Queries

from notifications.events import Event
from storage.database import Database
from storage.ids import new_id
from storage.transaction import Transaction

ENTRYPOINT: Final = "event"
"""pgqueuer's name of the jobs that carry our events."""

_ALONE: Final = f"""
SELECT count(*) FROM enqueue_jobs(ARRAY[0], ARRAY['{ENTRYPOINT}'], ARRAY[$1::bytea], ARRAY[interval '0'],
                                  ARRAY[NULL::text], ARRAY['{{}}'::jsonb])
"""


class Envelope(msgspec.Struct, frozen=True, kw_only=True):
    """An event on its way. `kind` is the name of its type, `name` how rulesets call it, `payload` its fields.

    `id` names it for ever: whatever is done because of it is done once.
    """

    id: str
    store_id: str
    kind: str
    name: str
    version: int
    aggregate: str | None
    payload: msgspec.Raw


async def announce(transaction: Transaction, event: Event) -> None:
    """Put the event into the outbox. It is delivered at least once if, and only if, the transaction commits."""
    queries = Queries.from_asyncpg_connection(transaction.connection)  # type: ignore[arg-type]  # or its proxy
    assert transaction.store_id is not None
    await queries.enqueue(ENTRYPOINT, envelope_of(transaction.store_id, event))


async def announce_all(transaction: Transaction, events: Sequence[Event]) -> None:
    """Put several events into the outbox, in their order: one round trip, however many."""
    if not events:
        return
    queries = Queries.from_asyncpg_connection(transaction.connection)  # type: ignore[arg-type]  # or its proxy
    assert transaction.store_id is not None
    payloads: list[bytes | None] = [envelope_of(transaction.store_id, event) for event in events]
    await queries.enqueue([ENTRYPOINT] * len(payloads), payloads, [0] * len(payloads))


async def announce_alone(database: Database, store_id: UUID, event: Event) -> None:
    """Put an event into the outbox that no change made true: something was tried, and nothing came of it.

    One round trip, outside of any transaction. Raises DatabaseUnavailable.
    """
    await database.fetchval(_ALONE, envelope_of(store_id, event))


def envelope_of(store_id: UUID, event: Event) -> bytes:
    """The event as its job carries it, JSON; for statements that announce along with what they write."""
    return msgspec.json.encode(
        Envelope(
            id=str(new_id()),
            store_id=str(store_id),
            kind=type(event).__name__,
            name=event.called,
            version=event.VERSION,
            aggregate=event.aggregate,
            payload=msgspec.Raw(msgspec.json.encode(event)),
        )
    )
