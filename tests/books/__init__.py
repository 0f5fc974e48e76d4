"""Do a store's books agree? Everything that can be worked out twice is worked out again from the ledgers, by SQL alone.

Each check is one statement, so it sees one instant, and what it checks holds after every commit: it may run while
others write. `settled` checks hold once nothing is due any more. A fault is a sentence that names the order or SKU.
"""

from __future__ import annotations

from engine.documents.model import START
from engine.lifecycle.compile import Lifecycle
from engine.lifecycle.decide import timeouts
from storage.database import Database
from storage.tenancy import Store
from storage.transaction import Transaction
from tests.books.lives import ANNOUNCED, LIVES, TIMERS
from tests.books.money import MONEY, PROVIDER
from tests.books.rest import NOTHING_LEFT
from tests.books.stock import STOCK
from tests.books.uses import USES


async def faults(database: Database, store: Store, lifecycle: Lifecycle, *, settled: bool = False) -> list[str]:
    """Everything that is wrong in the store's books; `lifecycle` is the one its orders live by."""

    async def work(tx: Transaction) -> list[str]:
        found: list[str] = []
        for check in (*STOCK, *USES, *MONEY, *LIVES, *((*PROVIDER, *NOTHING_LEFT) if settled else ())):
            found += await _sentences(tx, check)
        found += await _sentences(tx, TIMERS, *_timers(lifecycle))
        found += await _sentences(tx, ANNOUNCED, str(store.id))
        return found

    return await database.transaction(store.id, work)


async def _sentences(tx: Transaction, check: str, *arguments: object) -> list[str]:
    return [row[0] for row in await tx.fetch(check, *arguments)]


def _timers(lifecycle: Lifecycle) -> tuple[list[str], list[str]]:
    """The states that do not last for ever, and what ends each."""
    states = [state for state in lifecycle.states if state != START and timeouts(lifecycle, state)]
    return states, [timeouts(lifecycle, state)[0].event for state in states]
