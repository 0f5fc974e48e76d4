"""Do a store's books agree? Everything that can be worked out twice is worked out again from the ledgers, by SQL alone.

Each check is one statement, so it sees one instant, and what it checks holds after every commit: it may run while
others write. `settled` checks hold once nothing is due any more. A fault is a sentence that names the order or SKU.
"""

from __future__ import annotations

from engine.documents.model import START
from engine.lifecycle.compile import Lifecycle
from engine.lifecycle.decide import timeouts
from server.orders.snapshot import FIRST_NUMBER
from storage.database import Database
from storage.tenancy import Store
from storage.transaction import Transaction
from tests.books.lives import ANNOUNCED, LIVES, NUMBERS, TIMERS
from tests.books.money import MONEY, PROVIDER
from tests.books.rest import NOTHING_LEFT
from tests.books.stock import STOCK
from tests.books.uses import USES


async def faults(database: Database, store: Store, lifecycle: Lifecycle, *, settled: bool = False) -> list[str]:
    """Everything that is wrong in the store's books; `lifecycle` is the one its orders live by."""
    return await database.transaction(store.id, lambda tx: faults_in(tx, lifecycle, settled=settled))


async def faults_in(tx: Transaction, lifecycle: Lifecycle, *, settled: bool = False) -> list[str]:
    """The same, as this transaction of the store sees them."""
    found: list[str] = []
    for check in (*STOCK, *USES, *MONEY, *LIVES, *((*PROVIDER, *NOTHING_LEFT) if settled else ())):
        found += await _sentences(tx, check)
    found += await _sentences(tx, NUMBERS, FIRST_NUMBER)
    found += await _sentences(tx, TIMERS, *_timers(lifecycle))
    return found + await _sentences(tx, ANNOUNCED, str(tx.store_id))


async def _sentences(tx: Transaction, check: str, *arguments: object) -> list[str]:
    return [row[0] for row in await tx.fetch(check, *arguments)]


def _timers(lifecycle: Lifecycle) -> tuple[list[str], list[str]]:
    """The states that do not last for ever, and what ends each."""
    states = [state for state in lifecycle.states if state != START and timeouts(lifecycle, state)]
    return states, [timeouts(lifecycle, state)[0].event for state in states]
