"""Which texts have to be kept along with a decision? Those of its rulesets that this process has not seen kept yet.

Once a process has kept the texts of a book in a store, keeping them again costs nothing. A transaction that is rolled
back takes its texts with it, so only a commit counts.
"""

from __future__ import annotations

from server.decisions.books import LiveBook
from server.decisions.library import RulesetText
from storage.transaction import Transaction


def to_keep(tx: Transaction, live: LiveBook) -> tuple[RulesetText, ...]:
    """The texts to write in this transaction, in which somebody will; none when they are there already."""
    store_id = tx.store_id
    assert store_id is not None
    if store_id in live.kept_in:
        return ()

    async def note() -> None:
        live.kept_in.add(store_id)

    tx.after_commit(note)
    return live.texts
