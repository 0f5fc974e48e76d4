"""Which rule book decided then? The rulesets an entry of the log names, compiled again from the texts that were kept.

Texts are called what they were called then, so a decision made again tells the same places, and is the same bytes.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from typing import Final
from uuid import UUID

from server.decisions import repo
from server.decisions.books import LiveBook, RuleBooks, RulesetRef
from server.decisions.errors import PINNED_MISSING
from server.decisions.library import RulesetsFaulty, RulesetText
from server.web.call import Resource
from storage.database import Database
from storage.transaction import Transaction

KEPT: Final = 32
"""Books that stay compiled: all that support asks about in a day, mostly."""


class PinnedBooks:
    """The books of then that were asked for last. One per process."""

    def __init__(self, books: RuleBooks) -> None:
        self._books = books
        self._kept: OrderedDict[tuple[str, tuple[RulesetRef, ...]], LiveBook] = OrderedDict()

    async def book_of(
        self, database: Database, store_id: UUID, rulesets: Sequence[RulesetRef], currency: str
    ) -> LiveBook:
        """Exactly these rulesets, with amounts in the currency. Raises PINNED_MISSING.

        A book that was asked for before costs no statement.
        """
        # The hash of a text says all of it, so stores may share what was compiled.
        key = (currency, tuple(rulesets))
        found = self._kept.get(key) if all(each.text for each in rulesets) else None
        if found is None:
            texts = await _read(database, store_id, rulesets, currency)
            found = self._kept[key] = await self._compiled(texts, currency)
        self._kept.move_to_end(key)
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        return found

    async def _compiled(self, texts: Sequence[RulesetText], currency: str) -> LiveBook:
        try:
            return await asyncio.to_thread(self._books.of_texts, texts, currency)
        except RulesetsFaulty as fault:
            raise PINNED_MISSING(f"this version of the program cannot read the rulesets of then: {fault}") from fault


PINNED: Final = Resource[PinnedBooks]("decisions.pinned")


async def _read(database: Database, store_id: UUID, rulesets: Sequence[RulesetRef], currency: str) -> list[RulesetText]:
    """The text of each ruleset, in their order. Raises PINNED_MISSING."""
    ids = [each.text for each in rulesets if each.text]
    hashes = [each.hash for each in rulesets if not each.text]

    async def work(tx: Transaction) -> list[RulesetText]:
        return await repo.texts(tx, ids, hashes)

    kept = await database.transaction(store_id, work)
    found = [_text_of(each, kept, currency) for each in rulesets]
    missing = [
        f"{each.kind}/{each.name}@{each.version}" for each, text in zip(rulesets, found, strict=True) if not text
    ]
    if missing or not found:
        raise PINNED_MISSING(
            f"the decision was made before texts of rulesets were kept: {', '.join(missing) or 'it names none'}",
            missing=missing,
        )
    return [text for text in found if text is not None]


def _text_of(ruleset: RulesetRef, kept: Sequence[RulesetText], currency: str) -> RulesetText | None:
    """The very text; for decisions that do not name it, the newest that means the same."""
    if ruleset.text:
        return next((text for text in kept if text.id == ruleset.text), None)
    same = (text for text in kept if (text.kind, text.hash, text.currency) == (ruleset.kind, ruleset.hash, currency))
    return next(same, None)
