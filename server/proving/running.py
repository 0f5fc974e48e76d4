"""How does a worker answer a question? In a process of its own, and about once a second it writes down how far it is.

Whoever finds that the proof is no longer theirs, because it was cancelled, answered otherwise, or taken up by another
worker, ends the process at that moment.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

import msgspec
import structlog

from server.decisions import own_repo
from server.proving import repo
from server.proving.answering import NotAnswered, answered
from server.proving.snapshot import Answer, Claimed
from server.web.call import Shop
from server.web.killable import ProcessGone
from storage.tenancy import Store
from storage.transaction import Transaction

SILENT: Final = timedelta(seconds=30)
"""When nothing is heard of a proof for so long, whoever has it is dead, and another worker takes it up."""
MOST_TRIES: Final = 3
"""Claims: then the question itself is what kills them."""
LONGEST_REASON: Final = 4_000

_LOG: Final = structlog.get_logger("sostech.proving")


class _Lost(Exception):
    """The proof was cancelled or answered, or another worker has it."""


async def go_on(shop: Shop, store: Store) -> int:
    """Answer the oldest question of the store that nobody has; 1, or 0 without one."""
    claimed = await shop.database.transaction(store.id, lambda tx: repo.claim(tx, SILENT))
    if claimed is None:
        return 0
    running = _Running(shop, store, claimed)
    try:
        if claimed.tries > MOST_TRIES:
            await running.fail(f"whoever took it was ended {MOST_TRIES} times")
        else:
            await running.answer()
    except _Lost:
        _LOG.info("proof_lost", proof=str(claimed.id))
    except NotAnswered as why:
        await running.fail(str(why))
    except ProcessGone as why:
        _LOG.warning("proof_interrupted", proof=str(claimed.id), reason=str(why))
        await running.give_back()
    return 1


class _Running:
    """One proof in the hands of this worker."""

    def __init__(self, shop: Shop, store: Store, claimed: Claimed) -> None:
        self._shop = shop
        self._store = store
        self._claimed = claimed

    async def answer(self) -> None:
        """To the end, within its time. Raises _Lost, NotAnswered and ProcessGone."""
        question = self._claimed.question
        found = await answered(question, question.options.seconds, self._step)
        await self._shop.database.transaction(self._store.id, lambda tx: self._finish(tx, found))

    async def fail(self, why: str) -> None:
        """End it, and say why."""
        _LOG.warning("proof_failed", proof=str(self._claimed.id), reason=why)
        told = why[:LONGEST_REASON]
        await self._shop.database.transaction(self._store.id, lambda tx: repo.fail(tx, self._claimed, told))

    async def give_back(self) -> None:
        """Let it be taken up again."""
        await self._shop.database.transaction(self._store.id, lambda tx: repo.give_back(tx, self._claimed))

    async def _step(self, done: int, total: int) -> None:
        claimed = self._claimed
        until = await self._shop.database.transaction(
            self._store.id, lambda tx: repo.step(tx, claimed, done, total, SILENT)
        )
        if until is None:
            raise _Lost
        self._claimed = msgspec.structs.replace(claimed, claimed_until=until)

    async def _finish(self, tx: Transaction, found: Answer) -> None:
        if not await repo.finish(tx, self._claimed, found):
            raise _Lost
        if self._claimed.question.task == "prove":
            # What was watched because nobody had proved it need not be any more.
            await own_repo.announce(tx)
