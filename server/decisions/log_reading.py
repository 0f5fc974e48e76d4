"""Who notes which rules took part in the decisions of the log? The worker, behind the log, every entry exactly once.

How far it has read, what it noted and what it counted are written in one transaction, which holds the row that says how
far: a second worker leaves the store alone, and what a killed one had not committed is read again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final

import structlog

from engine import from_json
from engine.runtime.json import BadDecision
from server.decisions import log_reading_repo as repo
from server.decisions.log_parts import parts_of
from server.decisions.log_reading_repo import Noted, Unread
from server.web.call import Shop
from storage.tenancy import Store
from storage.transaction import Transaction

BATCH: Final = 200
"""Entries read in one transaction: a tenth of a second of work."""

_LOG: Final = structlog.get_logger("sostech.decisions")


async def read_decision_log(shop: Shop, store: Store) -> int:
    """Note the rules of the next entries; how many entries, 0 when all are noted or another worker is at it."""

    async def work(tx: Transaction) -> int:
        reached = await repo.claim(tx)
        if reached is None:
            return 0
        entries = await repo.unread(tx, reached, BATCH)
        if entries:
            await repo.note(tx, await asyncio.to_thread(_noted, entries), entries[-1])
        return len(entries)

    return await shop.database.transaction(store.id, work)


def _noted(entries: Sequence[Unread]) -> list[Noted]:
    found: list[Noted] = []
    for entry in entries:
        try:
            parts = parts_of(from_json(entry.result))
        except BadDecision:
            # Not one that this program wrote. It must not keep all later ones from being read.
            _LOG.warning("decision_unreadable", decision_id=str(entry.id))
            continue
        found += [Noted(entry.id, entry.created_at, *part) for part in parts]
    return found
