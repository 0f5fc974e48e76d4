"""How do all processes decide with a version from the moment it is live? They listen, and look every second besides.

PostgreSQL tells whoever listens, in the commit that switches. A process that was away, and plans that begin at an
instant, are found by looking. A book is compiled beside the live one and takes its place as a whole; one that cannot be
compiled changes nothing, and is said in the log. A version on trial is compiled over what is live each time that
changes, and its trial ends where the two do not work together.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Final, Literal
from uuid import UUID

import structlog

from server.decisions import own_repo, trials_repo
from server.decisions.books import BOOKS, LiveBook
from server.decisions.guards import GUARDS, Guard
from server.decisions.guards_loading import guard_of, unproved
from server.decisions.library import RulesetsFaulty
from server.decisions.own_repo import OwnRuleset
from server.decisions.trials import Trial
from server.decisions.trials_arms import TRIALS, OnTrial, book_with
from server.decisions.trials_ending import end_by_itself
from server.decisions.trials_repo import End
from server.web.call import Resource, Shop
from server.web.middlewares import STORES
from storage.listening import AWAY, listening
from storage.tenancy import Store
from storage.transaction import Transaction

LOOKS_EVERY_SECONDS: Final = 1.0

_Which = Literal["live", "last good", "on trial"]

_LOG: Final = structlog.get_logger("sostech.decisions")


OnSwitch = Callable[[Transaction, LiveBook], Awaitable[None]]

ON_SWITCH: Final = Resource[Sequence[OnSwitch]]("decisions.on_switch")
"""Told of the book that is live from now on, by every process that switches: so they are safe to run often."""


class Switchboard:
    """Keeps the live books of this process what the database says they are."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop
        self._seen: dict[UUID, int] = {}
        self._changes_at: dict[UUID, float] = {}
        self._told = asyncio.Event()
        self._looking = asyncio.Lock()
        # By store, and which one it is there: what it was compiled from, and the book.
        self._kept: dict[tuple[UUID, _Which], tuple[object, LiveBook]] = {}

    async def look(self) -> None:
        """Switch every store whose rulesets were switched, or whose plans began or ended, since the last look."""
        async with self._looking:
            now = asyncio.get_running_loop().time()
            found = await own_repo.switches(self._shop.database)
            changed = [each for each in found if self._is_other(each, now)]
            # A store that is suspended is not there, and stays one to be switched.
            stores = {store.id: store for store in await self._shop.use(STORES).all()} if changed else {}
            for each in changed:
                if each.store_id in stores:
                    await self._switch(stores[each.store_id])
                    self._seen[each.store_id] = each.seq
            for each in found:
                self._plan(each, now)

    async def switch(self, store: Store) -> None:
        """Take what is live in the store now: for the process that switched it, before it answers."""
        async with self._looking:
            await self._switch(store)

    async def run(self) -> None:
        """Listen and look until cancelled. A database that is away is asked again."""
        async with listening(self._shop.database, own_repo.CHANNEL, lambda _store_id: self._told.set()):
            while True:
                try:
                    await self.look()
                except AWAY as error:
                    _LOG.warning("rules_not_read", error=type(error).__name__)
                with suppress(TimeoutError):
                    async with asyncio.timeout(LOOKS_EVERY_SECONDS):
                        await self._told.wait()
                self._told.clear()

    def _is_other(self, found: own_repo.Switches, now: float) -> bool:
        is_due = now >= self._changes_at.get(found.store_id, float("inf"))
        return is_due or self._seen.get(found.store_id) != found.seq

    def _plan(self, found: own_repo.Switches, now: float) -> None:
        if found.changes_in_seconds is None:
            self._changes_at.pop(found.store_id, None)
        else:
            self._changes_at[found.store_id] = now + found.changes_in_seconds

    async def _switch(self, store: Store) -> None:
        books, trials = self._shop.use(BOOKS), self._shop.use(TRIALS)

        async def work(tx: Transaction) -> tuple[list[OwnRuleset], tuple[Trial, OwnRuleset] | None]:
            return await own_repo.live(tx), await trials_repo.running(tx)

        own, running = await self._shop.database.transaction(store.id, work)
        try:
            book = await self._live(store, own) if own else None
        except RulesetsFaulty as faults:
            _LOG.error("rulesets_faulty", store=store.slug, faults=str(faults))
            if running is None:
                trials.put(store.id, None)
            return
        on_trial = None if running is None else await self._on_trial(store, own, *running)
        guard = None if book is None else await self._guard(store, book)
        if book is None:
            books.without_own(store.id)
        else:
            books.replace(store.id, book)
        self._shop.use(GUARDS).put(store.id, guard)
        trials.put(store.id, on_trial)
        await self._tell(store, books.live(store))
        if not own and on_trial is None:
            return
        _LOG.info("rulesets_live", store=store.slug, rulesets={f"{each.kind}/{each.name}": each.number for each in own})

    async def _live(self, store: Store, own: Sequence[OwnRuleset]) -> LiveBook:
        books = self._shop.use(BOOKS)
        return await self._compiled(store, "live", own, lambda: books.with_own(store, own))

    async def _guard(self, store: Store, book: LiveBook) -> Guard | None:
        books = self._shop.use(BOOKS)

        async def compiled(own: Sequence[OwnRuleset]) -> LiveBook:
            return await self._compiled(store, "last good", own, lambda: books.with_own(store, own))

        return await guard_of(self._shop, store, book, compiled)

    async def _on_trial(
        self, store: Store, own: Sequence[OwnRuleset], trial: Trial, tried: OwnRuleset
    ) -> OnTrial | None:
        """The trial with its book; None when it is over, because the version went live or does not fit any more."""
        if any(each.id == tried.id for each in own):
            await self._end(store, trial, "ended", "the version went live")
            return None
        books = self._shop.use(BOOKS)
        try:
            book = await self._compiled(
                store, "on trial", [*own, tried], lambda: book_with(books, store, own, tried, trial.hash)
            )
        except RulesetsFaulty as faults:
            why = f"it does not work with the rulesets that are live now: {faults}"
            await self._end(store, trial, "tripped", why)
            return None
        return OnTrial(trial, book, await unproved(self._shop, store, book))

    async def _compiled(
        self, store: Store, which: _Which, rulesets: Sequence[OwnRuleset], compile: Callable[[], LiveBook]
    ) -> LiveBook:
        """The book compile gives, off the event loop; the one there is where nothing it is made of has changed."""
        made_of = (store.currency, store.settings.get("rules"), tuple(each.id for each in rulesets))
        kept = self._kept.get((store.id, which))
        if kept is None or kept[0] != made_of:
            kept = self._kept[store.id, which] = (made_of, await asyncio.to_thread(compile))
        return kept[1]

    async def _tell(self, store: Store, book: LiveBook) -> None:
        async def work(tx: Transaction) -> None:
            for told in self._shop.use(ON_SWITCH):
                await told(tx, book)

        await self._shop.database.transaction(store.id, work)

    async def _end(self, store: Store, trial: Trial, end: End, why: str) -> None:
        _LOG.warning("trial_ended", store=store.slug, ruleset=f"{trial.kind}/{trial.name}@{trial.number}", reason=why)
        await self._shop.database.transaction(store.id, lambda tx: end_by_itself(tx, trial, end, why))


SWITCHBOARD: Final = Resource[Switchboard]("decisions.switchboard")


async def announce(tx: Transaction, shop: Shop, store: Store) -> None:
    """Have every process switch with the commit; this one before it answers."""
    await own_repo.announce(tx)

    async def here() -> None:
        await shop.use(SWITCHBOARD).switch(store)

    tx.after_commit(here)
