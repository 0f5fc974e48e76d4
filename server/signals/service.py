"""Which signals are live, what have they seen, and what of it can be read later?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from server.decisions.books import BOOKS
from server.signals import firings_repo as repo
from server.signals import windows_repo
from server.signals.errors import FIRING_UNKNOWN
from server.signals.firing import Watch, watch_of
from server.signals.firings_repo import Counts, Wanted
from server.signals.snapshot import KeptEvent, StoredFiring
from server.web.call import Call
from storage.pages import TimeWindow
from storage.transaction import Transaction


async def live_signals(call: Call) -> tuple[Watch | None, Mapping[str, Counts]]:
    """The live signals, and how often each fired. Raises RULES_MISSING."""
    watch = watch_of(call.use(BOOKS).live(call.store))
    if watch is None:
        return None, {}
    names = [signal.id for signal in watch.program.signals]
    return watch, await call.database.transaction(call.store.id, lambda tx: repo.counts(tx, names))


async def firings(call: Call, wanted: Wanted, window: TimeWindow) -> list[StoredFiring]:
    """Firings that are wanted, one more than the page holds."""
    return await call.database.transaction(call.store.id, lambda tx: repo.find_page(tx, wanted, window))


async def firing(call: Call, firing_id: UUID) -> tuple[StoredFiring, Sequence[KeptEvent]]:
    """A firing, and those of its events that are still kept. Raises FIRING_UNKNOWN."""

    async def work(tx: Transaction) -> tuple[StoredFiring, Sequence[KeptEvent]] | None:
        found = await repo.find(tx, firing_id)
        return None if found is None else (found, await windows_repo.by_id(tx, found.events))

    found = await call.database.transaction(call.store.id, work)
    if found is None:
        raise FIRING_UNKNOWN(f"there is no firing {firing_id}; GET /signals/firings lists those there are")
    return found
