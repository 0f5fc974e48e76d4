"""Which rule book would decide with other versions? A mix of what is live and what somebody chose.

Nothing here changes what decides: a mix is compiled beside the live book, kept for a while, and thrown away.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from typing import Final

from server.decisions import own_repo
from server.decisions.books import LiveBook, RuleBooks
from server.decisions.choosing import Chosen, Mix
from server.decisions.errors import MIX_FAULTY, MIX_INVALID, MIX_UNKNOWN
from server.decisions.library import RulesetsFaulty
from server.decisions.own_repo import OwnRuleset
from server.web.call import Resource
from storage.database import Database
from storage.tenancy import Store
from storage.transaction import Transaction

KEPT: Final = 16
"""Mixes that stay compiled: as many as people work on at a time."""


class Mixes:
    """The mixes that were compiled last, by what they are made of. One per process."""

    def __init__(self) -> None:
        self._kept: OrderedDict[object, LiveBook] = OrderedDict()

    async def compiled(self, books: RuleBooks, store: Store, own: Sequence[OwnRuleset]) -> LiveBook:
        """The book of the store with these rulesets. Raises MIX_FAULTY."""
        contents = tuple((each.kind, each.name, each.source, *sorted(each.attachments.items())) for each in own)
        key = (store.id, store.currency, store.settings.get("rules"), contents)
        found = self._kept.get(key)
        if found is None:
            try:
                found = await asyncio.to_thread(books.with_own, store, own)
            except RulesetsFaulty as faults:
                raise MIX_FAULTY(f"these rulesets do not decide together: {faults}") from faults
            self._kept[key] = found
        self._kept.move_to_end(key)
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        return found


MIXES: Final = Resource[Mixes]("decisions.mixes")


async def mixed(database: Database, books: RuleBooks, mixes: Mixes, store: Store, mix: Mix) -> LiveBook:
    """The book that is asked for. Raises MIX_UNKNOWN, MIX_INVALID, MIX_FAULTY and RULES_MISSING."""
    if mix.is_live:
        return books.live(store)

    async def work(tx: Transaction) -> list[OwnRuleset]:
        base = await own_repo.live(tx, mix.at) if mix.base == "live" else []
        return _placed(base, [await find_chosen(tx, each) for each in mix.chosen])

    own = await database.transaction(store.id, work)
    return await mixes.compiled(books, store, own)


async def find_chosen(tx: Transaction, chosen: Chosen) -> OwnRuleset:
    """The version or draft as it is now. Raises MIX_UNKNOWN."""
    found = await own_repo.chosen(tx, chosen.draft_id, chosen.kind, chosen.name, chosen.number)
    if found is None:
        raise MIX_UNKNOWN(f"the store has no ruleset {chosen}; GET /rulesets/versions and …/drafts list those it has")
    return found


def _placed(base: Sequence[OwnRuleset], chosen: Sequence[OwnRuleset]) -> list[OwnRuleset]:
    """The base with the chosen ones in place of those of the same kind. Raises MIX_INVALID for two of a kind."""
    kinds = [each.kind for each in chosen]
    for kind in kinds:
        if kinds.count(kind) > 1:
            raise MIX_INVALID(f"two of the rulesets are of the kind {kind}; a rule book has one of each")
    return [*(each for each in base if each.kind not in kinds), *chosen]
