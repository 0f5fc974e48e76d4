"""What do signals do when nothing happens? Rounds through each store find what has been at rest for long enough.

There are no timers that could be lost: how long something rests is written on it, and how far a signal has looked is
kept, in the order in which things came to rest. So each is looked at once, when it is due, and once more when another
ruleset goes live. A batch, what it fires and how far it came are one transaction.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial
from typing import Final

from engine.signals import Given, IdleSignal, idle_of, is_watched
from server.decisions.books import BOOKS, LiveBook
from server.decisions.errors import RULES_MISSING
from server.decisions.instants import microseconds
from server.errors import AppError
from server.signals import rounds_repo, subjects_repo, tagging
from server.signals.evaluators import EVALUATORS
from server.signals.firing import Watch, keep, watch_of
from server.web.call import Shop
from storage.tenancy import Store
from storage.transaction import Transaction

PAUSE: Final = timedelta(seconds=30)
"""Between two rounds of a store."""
BATCH: Final = 100
"""Subjects that are looked at in one transaction."""
MOST_BATCHES: Final = 50
"""Of one signal in one round; others have their turn, and the round goes on at once."""

TAGS: Final = "#tags"
"""The cursor of the walk through all customers; no signal can have this name."""

_Batch = Callable[[Transaction], Awaitable[int]]
"""Looks at some; how many those were."""


async def go_round(shop: Shop, store: Store) -> int:
    """One round of the store; how many subjects were looked at, 0 when somebody else is at it.

    Raises DatabaseUnavailable.
    """
    watch = _watch(shop, store)
    ruleset_hash = "" if watch is None else watch.ruleset.hash
    begun = await shop.database.transaction(store.id, lambda tx: rounds_repo.begin(tx, ruleset_hash, PAUSE))
    if watch is None or not begun:
        return 0
    looked_at, is_done = 0, True
    for batch in _batches(shop, store, watch):
        for _ in range(MOST_BATCHES):
            count = await shop.database.transaction(store.id, batch)
            looked_at += count
            if count < BATCH:
                break
        else:
            is_done = False
    if not is_done:
        await shop.database.transaction(store.id, rounds_repo.go_on)
    return looked_at


async def begin_anew(tx: Transaction, live: LiveBook) -> None:
    """Have a store whose signals were switched looked through at once."""
    watch = watch_of(live)
    await rounds_repo.begin_at_once(tx, "" if watch is None else watch.ruleset.hash)


def _watch(shop: Shop, store: Store) -> Watch | None:
    try:
        return watch_of(shop.use(BOOKS).live(store))
    except AppError as missing:
        if missing.error is not RULES_MISSING:
            raise
        return None


def _batches(shop: Shop, store: Store, watch: Watch) -> list[_Batch]:
    found: list[_Batch] = [partial(_look_at_idle, shop, store, watch, idle) for idle in idle_of(watch.program)]
    return [*found, partial(_tag_customers, shop, watch)] if is_watched(watch.program, "customer") else found


async def _look_at_idle(shop: Shop, store: Store, watch: Watch, idle: IdleSignal, tx: Transaction) -> int:
    lasting = timedelta(microseconds=idle.for_us)
    before = _before(shop, idle)
    after = await rounds_repo.place_of(tx, idle.signal, watch.ruleset.hash, lasting)
    found = await subjects_repo.at_rest(tx, idle.subject, after, lasting, before, BATCH)
    if not found:
        return 0
    given = Given(now=microseconds(await tx.now()), subjects=tuple(each.subject for each in found))
    outcome = await shop.use(EVALUATORS).evaluate(watch, given)
    for firing in outcome.firings:
        if firing.signal == idle.signal:
            await keep(tx, shop, store, watch, firing)
    await rounds_repo.looked(tx, idle.signal, found[-1].place)
    return len(found)


def _before(shop: Shop, idle: IdleSignal) -> timedelta:
    """How long something may have been at rest at most: a firing that would be forgotten by now is not made again."""
    remembered = timedelta(microseconds=idle.for_us, days=shop.settings.events_days)
    return remembered if idle.before_us is None else min(remembered, timedelta(microseconds=idle.before_us))


async def _tag_customers(shop: Shop, watch: Watch, tx: Transaction) -> int:
    """Of those who were there before the ruleset; whoever buys something later is looked at then."""
    after = await rounds_repo.place_of(tx, TAGS, watch.ruleset.hash, timedelta())
    found = await subjects_repo.customers_after(tx, after, BATCH)
    if not found:
        return 0
    given = Given(now=microseconds(await tx.now()), subjects=tuple(each.subject for each in found))
    outcome = await shop.use(EVALUATORS).evaluate(watch, given)
    await tagging.follow(tx, outcome.tags)
    await rounds_repo.looked(tx, TAGS, found[-1].place)
    return len(found)
