"""What do signals do when something happened? They look whether it makes a pattern with what happened before.

Every event that was announced earlier is kept by the time a handler is given one, so however many handlers are at work
at once, the last event of a pattern finds all others.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from engine.signals import Given, Happened, is_watched, lookups
from notifications.events import CustomerRegistered, OrderEvent
from server.decisions.books import BOOKS, LiveBook
from server.decisions.errors import RULES_MISSING
from server.decisions.instants import microseconds
from server.errors import AppError
from server.signals import subjects_repo, tagging, windows_repo
from server.signals.evaluators import EVALUATORS
from server.signals.firing import Watch, keep, watch_of
from server.signals.narrowing import needed
from server.signals.seen import happened, readable
from server.signals.snapshot import uuid_of
from server.web.call import Shop
from server.web.reacting import Handler, Reaction
from storage.tenancy import Store
from storage.transaction import Transaction


async def _wants(shop: Shop, store: Store, _tx: Transaction, names: Collection[str]) -> Collection[str]:
    try:
        live = shop.use(BOOKS).live(store)
    except AppError as missing:
        if missing.error is not RULES_MISSING:
            raise
        return ()
    return mentioned(live).intersection(names)


def mentioned(live: LiveBook) -> frozenset[str]:
    """The names of events that the signals of a book look at, or that change what follows for a customer."""
    if live.signals is None:
        return frozenset()
    seen = {name for _, pattern in live.signals.patterns for step in pattern.steps for name in step.events}
    if is_watched(live.signals, "customer"):
        seen |= {CustomerRegistered.__name__, *live.orders.announced}
    return frozenset(seen)


async def _react(it: Reaction) -> None:
    watch = watch_of(it.shop.use(BOOKS).live(it.store))
    if watch is None:
        return
    await _look_for_patterns(it, watch, happened(it.event_id, it.occurred_at, it.event))
    if is_watched(watch.program, "customer") and isinstance(it.event, OrderEvent | CustomerRegistered):
        await _look_at_customer(it, watch, it.event.customer_id)


async def _look_for_patterns(it: Reaction, watch: Watch, last: Happened) -> None:
    asked = lookups(watch.program, last)
    if not asked:
        return
    events = needed(watch.program, last, readable(await windows_repo.around(it.tx, asked)))
    given = Given(now=microseconds(await it.tx.now()), events=events)
    outcome = await it.shop.use(EVALUATORS).evaluate(watch, given)
    for firing in outcome.firings:
        # What would be so without this event was seen, or will be, when the others came.
        if last.id in firing.events:
            await keep(it.tx, it.shop, it.store, watch, firing, events)


async def _look_at_customer(it: Reaction, watch: Watch, customer: str | None) -> None:
    customer_id = uuid_of(customer)
    known = None if customer_id is None else await subjects_repo.customer(it.tx, customer_id)
    if known is not None:
        given = Given(now=known.since, subjects=(known,))
        outcome = await it.shop.use(EVALUATORS).evaluate(watch, given)
        await tagging.follow(it.tx, outcome.tags)


HANDLER: Final = Handler(wants=_wants, react=_react)
