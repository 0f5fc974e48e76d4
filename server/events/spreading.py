"""How does what was announced get to those who react? It is taken out of the outbox, kept, and owed to each of them.

Taking it out and noting what is owed is one transaction, so an event is owed to everybody or still in the outbox,
whoever is killed when. In each store one spreader works at a time: two could owe a later event of an order before an
earlier one. What cannot be read is set aside with the reason, and holds up nobody; nor does a store where it fails.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import partial
from typing import Final
from uuid import UUID

import asyncpg
import msgspec
import structlog

from notifications.events import EVENTS
from notifications.outbox import Envelope
from server.events import outbox_repo as repo
from server.events.numbers import EVENT_NUMBERS
from server.events.outbox_repo import Sent, Waiting
from server.events.reasons import plain, reason_of
from server.web.call import Resource, Shop
from server.web.pauses import Rests
from server.web.reacting import HANDLERS
from storage.database import TryAgain
from storage.errors import DatabaseUnavailable
from storage.tenancy import Store
from storage.transaction import Transaction

BATCH: Final = 500
"""Events taken out of the outbox at a time."""

FAILING_STORES: Final = Resource[Rests[UUID]]("events.failing_stores")
"""Which stores are left alone, by id: the last time nothing could be spread in them."""

_REFUSED: Final = (asyncpg.DataError, asyncpg.IntegrityConstraintViolationError)
"""PostgreSQL cannot keep one of them: JSON with a NUL in it, a name that is too long."""
_COMES_AGAIN: Final = (
    DatabaseUnavailable, TryAgain, asyncpg.TransactionRollbackError, asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
)  # fmt: skip
"""No fault of a handler that was asked."""
_LOG: Final = structlog.get_logger("sostech.events")


class _AskingFailed(Exception):
    """A handler could not say what it wants; the argument is its name."""


async def spread(shop: Shop) -> int:
    """Spread the events that were announced first; how many jobs left the outbox's queue, 0 when nothing is there.

    0 also when others are at it. A store where it fails is left alone for a while, and holds up no other. Raises
    DatabaseUnavailable; and, where nothing was done, what the first store failed with.
    """
    failed: dict[UUID, Exception] = {}
    while True:
        failures = len(failed)
        done = await _spread_first(shop, failed)
        if done or len(failed) == failures:
            break
        # They may have filled the batch: what others wait for comes behind.
    if failed and not done:
        raise next(iter(failed.values()))
    return done


async def _spread_first(shop: Shop, failed: dict[UUID, Exception]) -> int:
    """One batch; how many jobs left the queue. Leaves alone those that `failed`, and adds those that do now."""
    rests = shop.use(FAILING_STORES)
    found = await repo.waiting(shop.database, BATCH, {*failed, *rests.resting()})
    by_store, unreadable = _read_all(found)
    done = await _set_aside(shop, unreadable)
    for store_id, sent in by_store.items():
        try:
            done += await _spread_in(shop, store_id, sent)
        except DatabaseUnavailable:
            raise
        except Exception as error:  # noqa: BLE001  # whatever it is, it is this store's and no other's
            failed[store_id] = error
            seconds = round(rests.failed(store_id), 1)
            _LOG.error("store_not_spread", store_id=str(store_id), again_in_seconds=seconds, exc_info=error)
        else:
            rests.went_well(store_id)
    return done


def _read_all(found: Sequence[Waiting]) -> tuple[Mapping[UUID, Sequence[Sent]], Mapping[int, str]]:
    """By store what can be read, and by job why the rest cannot."""
    by_store: dict[UUID, list[Sent]] = {}
    unreadable: dict[int, str] = {}
    for each in found:
        try:
            sent = _read(each)
        except ValueError as error:
            unreadable[each.id] = reason_of(error)
        else:
            by_store.setdefault(sent.store_id, []).append(sent)
    return by_store, unreadable


def _read(waiting: Waiting) -> Sent:
    """Raises ValueError (of which msgspec's errors are one) for what is no event of ours."""
    envelope = msgspec.json.decode(waiting.payload or b"", type=Envelope)
    if not bytes(envelope.payload).startswith(b"{"):
        raise ValueError("the payload is no object")
    return Sent(
        waiting.id, UUID(envelope.id), UUID(envelope.store_id), envelope.kind, envelope.name, envelope.version,
        envelope.aggregate, bytes(envelope.payload).decode(),
    )  # fmt: skip


async def _spread_in(shop: Shop, store_id: UUID, sent: Sequence[Sent], unable: frozenset[str] = frozenset()) -> int:
    """Spread events of one store; how many left the queue. `unable` are handlers that could not say what they want."""
    try:
        kept = await shop.database.transaction(store_id, partial(_keep, shop, store_id, sent, unable))
    except _AskingFailed as failed:
        # It is given everything: what it does not care for does it no harm, and nothing it needs is missed.
        return await _spread_in(shop, store_id, sent, unable | {str(failed)})
    except _REFUSED as error:
        return await _without_the_refused(shop, store_id, sent, unable, error)
    if kept is None:
        return await _set_aside(shop, {each.job_id: f"there is no store {store_id}" for each in sent})
    shop.use(EVENT_NUMBERS).spread(kept)
    return kept


async def _without_the_refused(
    shop: Shop, store_id: UUID, sent: Sequence[Sent], unable: frozenset[str], error: Exception
) -> int:
    """Find the one that cannot be kept, in halves; the others keep their order."""
    if len(sent) == 1:
        return await _set_aside(shop, {sent[0].job_id: reason_of(error)})
    middle = len(sent) // 2
    first = await _spread_in(shop, store_id, sent[:middle], unable)
    return first + await _spread_in(shop, store_id, sent[middle:], unable)


async def _keep(
    shop: Shop, store_id: UUID, sent: Sequence[Sent], unable: frozenset[str], tx: Transaction
) -> int | None:
    """How many were kept; 0 when others are at it, None without such a store."""
    is_ours, store = await repo.take_turn(tx, store_id)
    if store is None:
        return None
    if not is_ours:
        return 0
    wanted = await _wanted(shop, store, tx, {each.name for each in sent}, unable)
    return await repo.spread(tx, list(_without_secrets(sent, wanted)), wanted)


async def _wanted(
    shop: Shop, store: Store, tx: Transaction, names: Collection[str], unable: frozenset[str]
) -> Mapping[str, Sequence[str]]:
    """Which of these events each handler wants, by its name. Raises _AskingFailed."""
    found: dict[str, Sequence[str]] = {}
    for handler, each in shop.use(HANDLERS).items():
        if handler in unable:
            found[handler] = sorted(names)
            continue
        try:
            wanted = await each.wants(shop, store, tx, names)
        except _COMES_AGAIN:
            raise
        except Exception as error:
            _LOG.exception("handler_cannot_say_what_it_wants", handler=handler, store=store.slug)
            raise _AskingFailed(handler) from error
        found[handler] = sorted(set(wanted).intersection(names))
    return found


def _without_secrets(sent: Sequence[Sent], wanted: Mapping[str, Sequence[str]]) -> Iterator[Sent]:
    """The same, without what is only there to be delivered, where nobody wants it."""
    awaited = {name for names in wanted.values() for name in names}
    for each in sent:
        event = EVENTS.get(each.kind)
        if event is None or not event.FORGOTTEN or each.name in awaited:
            yield each
        else:
            fields = msgspec.json.decode(each.payload, type=dict[str, object])
            yield each._replace(payload=msgspec.json.encode({**fields, **event.FORGOTTEN}).decode())


async def _set_aside(shop: Shop, reasons: Mapping[int, str]) -> int:
    """Set jobs aside, and say so; how many."""
    if not reasons:
        return 0
    told = {job_id: plain(reason) for job_id, reason in reasons.items()}
    count = await shop.database.transaction(None, lambda tx: repo.set_aside(tx, told))
    if count:
        _LOG.error("events_set_aside", reasons=told)
        shop.use(EVENT_NUMBERS).set_aside(count)
    return count
