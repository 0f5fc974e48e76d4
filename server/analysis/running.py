"""How does a worker go on with a replay? By chunks, and about once a second it writes down how far it is.

Where to go on and what was found up to there are written in one statement, by whoever still has the replay: so a cart
is counted once whatever is killed when, and a replay that was cancelled or paused meanwhile stays as it is.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Final

import msgspec
import structlog

from server.analysis import carts
from server.analysis import replays_repo as repo
from server.analysis.carts import Next, SourceGone
from server.analysis.process import COMPARER, Comparer, ComparerGone
from server.analysis.snapshot import Claimed
from server.decisions.library import RulesetsFaulty
from server.web.call import Shop
from storage.tenancy import Store
from storage.transaction import Transaction

CHUNK: Final = 250
"""Carts on their way to the comparing process at a time."""
STEP_SECONDS: Final = 1.0
"""How often it is written down how far a replay is."""
SLICE_SECONDS: Final = 5.0
"""How long a worker stays with a replay: then it looks what else is due, and may stop."""
SILENT: Final = timedelta(seconds=30)
"""When nothing is heard of a replay for so long, whoever has it is dead, and another worker takes it up."""
LONGEST_REASON: Final = 4_000
MOST_TRIES: Final = 5
"""Claims without a step in between: then the replay itself is what kills them."""

_LOG: Final = structlog.get_logger("sostech.analysis")


class _Lost(Exception):
    """The replay was cancelled or paused, or another worker has it."""


async def go_on(shop: Shop, store: Store) -> int:
    """Go on with the oldest replay of the store that nobody has; about how many carts were compared, 0 without one."""
    claimed = await shop.database.transaction(store.id, lambda tx: repo.claim(tx, SILENT))
    if claimed is None:
        return 0
    running = _Running(shop, store, claimed)
    if claimed.tries > MOST_TRIES:
        await running.fail(
            f"whoever took it was ended {MOST_TRIES} times; the last step was after {claimed.done} carts"
        )
        return 1
    try:
        await running.go_on()
    except _Lost:
        _LOG.info("replay_lost", replay=str(claimed.id))
    except (SourceGone, RulesetsFaulty) as why:
        await running.fail(str(why))
    except ComparerGone as why:
        _LOG.warning("replay_interrupted", replay=str(claimed.id), reason=str(why))
        await running.give_back()
    return max(1, running.compared)


class _Running:
    """One replay in the hands of this worker."""

    def __init__(self, shop: Shop, store: Store, claimed: Claimed) -> None:
        self._shop = shop
        self._store = store
        self._comparer: Comparer = shop.use(COMPARER)
        self._claimed = claimed
        self._now = asyncio.get_running_loop().time
        self.compared = 0

    async def go_on(self) -> None:
        """Compare until the end, or until others should have their turn."""
        over, next_step = self._now() + SLICE_SECONDS, self._now() + STEP_SECONDS
        while not carts.is_end(self._claimed.sources, self._claimed.reached):
            await self._chunk()
            is_over = self._now() >= over
            if is_over or self._now() >= next_step:
                await self._step(keep=not is_over)
                next_step = self._now() + STEP_SECONDS
            if is_over:
                return
        if self.compared:
            # Else nothing is new, and the tries are to tell when it is the end that kills whoever takes it.
            await self._step(keep=True)
        await self._finish()

    async def fail(self, why: str) -> None:
        """End it, and say why."""
        _LOG.warning("replay_failed", replay=str(self._claimed.id), reason=why)
        told = why[:LONGEST_REASON]
        await self._shop.database.transaction(self._store.id, lambda tx: repo.fail(tx, self._claimed, told))

    async def give_back(self) -> None:
        """Let it be taken up again at its last step."""
        await self._shop.database.transaction(self._store.id, lambda tx: repo.give_back(tx, self._claimed))

    async def _chunk(self) -> None:
        """Read and compare some carts; nothing is written yet."""
        claimed = self._claimed
        read = await self._shop.database.transaction(self._store.id, self._next)
        found = claimed.found
        if read.carts:
            found = await self._comparer.compare(claimed.before, claimed.after, read.carts, found)
            self.compared += len(read.carts)
        done = claimed.done + len(read.carts)
        self._claimed = msgspec.structs.replace(claimed, reached=read.reached, found=found, done=done)

    async def _next(self, tx: Transaction) -> Next:
        return await carts.read(tx, self._store, self._claimed.sources, self._claimed.reached, CHUNK)

    async def _step(self, *, keep: bool) -> None:
        """Write down what there is; `keep` it, or give it back. Raises _Lost."""
        claimed = self._claimed
        silent = SILENT if keep else None

        async def work(tx: Transaction) -> Claimed | None:
            until = await repo.step(tx, claimed, claimed.reached, claimed.found, claimed.done, silent)
            return None if until is None else msgspec.structs.replace(claimed, claimed_until=until, tries=0)

        self._claimed = self._still_ours(await self._shop.database.transaction(self._store.id, work))

    async def _finish(self) -> None:
        claimed = self._claimed
        report = await self._comparer.conclude(claimed.before, claimed.after, claimed.found)
        text = report.decode()
        if not await self._shop.database.transaction(self._store.id, lambda tx: repo.finish(tx, claimed, text)):
            raise _Lost

    def _still_ours(self, claimed: Claimed | None) -> Claimed:
        if claimed is None:
            raise _Lost
        return claimed
