"""Which guard does a live book need? Looked up once, when the book is switched to; requests look nothing up."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from engine.documents.kinds import APART
from server.decisions import guards_repo, own_repo
from server.decisions.books import LiveBook
from server.decisions.claims import Watched, to_watch
from server.decisions.guards import Guard, LastGood
from server.decisions.guards_repo import NewestPlan
from server.decisions.library import RulesetsFaulty
from server.decisions.own_repo import OwnRuleset
from server.decisions.proof_keys import checkout_texts, key_of
from server.web.call import Shop
from storage.tenancy import Store
from storage.transaction import Transaction

Compile = Callable[[Sequence[OwnRuleset]], Awaitable[LiveBook]]
"""The book of these rulesets of the store's own. Raises RulesetsFaulty."""


async def guard_of(shop: Shop, store: Store, live: LiveBook, compile: Compile) -> Guard | None:
    """The guard of the book; None when all it claims of a decision is proved, or it claims nothing."""
    watched = await unproved(shop, store, live)
    if not watched:
        return None

    async def work(tx: Transaction) -> tuple[NewestPlan | None, list[OwnRuleset]]:
        plan = await guards_repo.newest_plan(tx, APART)
        return plan, [] if plan is None else await own_repo.live(tx, without=plan.id)

    plan, before = await shop.database.transaction(store.id, work)
    last_good = None if plan is None else await _last_good(shop, store, before, compile)
    return Guard(live=live, watched=watched, plan=plan, last_good=last_good)


async def unproved(shop: Shop, store: Store, live: LiveBook) -> tuple[Watched, ...]:
    """The claims of the book that have to be watched. One statement; none where nothing is claimed of a decision."""
    claimed = to_watch(live.book, ())
    if not claimed:
        return ()
    key = key_of("prove", checkout_texts(live))

    async def work(tx: Transaction) -> frozenset[str]:
        return await guards_repo.proved(tx, key)

    proved = await shop.database.transaction(store.id, work)
    return tuple([each for each in claimed if each.at not in proved])


async def _last_good(shop: Shop, store: Store, own: Sequence[OwnRuleset], compile: Compile) -> LastGood | None:
    """What would be live without the newest plan: what a roll back goes to."""
    try:
        book = await compile(own)
    except RulesetsFaulty:
        return None
    return LastGood(book=book, watched=await unproved(shop, store, book))
