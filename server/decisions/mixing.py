"""Which rule book would decide with other versions? What is live, with drafts or versions in place of some of it.

Nothing here changes what decides: a mix is compiled beside the live book, kept for a while, and thrown away.
"""

from __future__ import annotations

import asyncio
import re
from collections import OrderedDict
from collections.abc import Sequence
from datetime import datetime
from typing import Final, Literal
from uuid import UUID

import msgspec

from server.decisions import own_repo
from server.decisions.books import LiveBook, RuleBooks
from server.decisions.errors import MIX_FAULTY, MIX_INVALID, MIX_UNKNOWN
from server.decisions.library import RulesetsFaulty
from server.decisions.own_repo import OwnRuleset
from server.errors import Fault
from server.web.call import Resource
from storage.database import Database
from storage.tenancy import Store
from storage.transaction import Transaction

KEPT: Final = 16
"""Mixes that stay compiled: as many as people work on at a time."""

_VERSION: Final = re.compile(r"([a-z]{1,30})/([a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?)@([1-9][0-9]{0,8})(?!\n)$")
_DRAFT: Final = re.compile(r"draft:([0-9a-fA-F-]{36})(?!\n)$")

Base = Literal["live", "shipped"]
"""What the rest of a mix is: what is live at an instant, or what decides without rulesets of the store's own."""


class Chosen(msgspec.Struct, frozen=True, kw_only=True):
    """One ruleset that takes the place of another: a published version by its number, or a draft by its id."""

    kind: str = ""
    name: str = ""
    number: int = 0
    draft_id: UUID | None = None

    def __str__(self) -> str:
        return f"{self.kind}/{self.name}@{self.number}" if self.draft_id is None else f"draft:{self.draft_id}"


class Mix(msgspec.Struct, frozen=True, kw_only=True):
    """A rule book somebody asks for. `at` is the instant `live` means; None: now."""

    base: Base = "live"
    at: datetime | None = None
    chosen: tuple[Chosen, ...] = ()

    @property
    def is_live(self) -> bool:
        """Whether it is just what decides now."""
        return self.base == "live" and self.at is None and not self.chosen


def read_chosen(texts: Sequence[str], pointer: str = "/rulesets") -> tuple[Chosen, ...]:
    """Rulesets as they are written: `promotions/default@4` or `draft:<id>`. Raises MIX_INVALID, naming each fault."""
    found: list[Chosen] = []
    faults: list[Fault] = []
    for number, text in enumerate(texts):
        chosen = _chosen(text)
        if chosen is not None:
            found.append(chosen)
        else:
            message = f"{text[:100]!r} names none; write a version (promotions/default@4) or a draft (draft:<id>)"
            faults.append(Fault(f"{pointer}/{number}", MIX_INVALID.code, message))
    if faults:
        raise MIX_INVALID(f"{faults[0].pointer}: {faults[0].message}", faults=faults)
    return tuple(found)


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
        return _placed(base, [await _found(tx, each) for each in mix.chosen])

    own = await database.transaction(store.id, work)
    return await mixes.compiled(books, store, own)


async def _found(tx: Transaction, chosen: Chosen) -> OwnRuleset:
    found = await own_repo.chosen(tx, chosen.draft_id, chosen.kind, chosen.name, chosen.number)
    if found is None:
        raise MIX_UNKNOWN(f"the store has no ruleset {chosen}; GET /rulesets/versions and …/drafts list those it has")
    return found


def _chosen(text: str) -> Chosen | None:
    if match := _VERSION.match(text):
        return Chosen(kind=match[1], name=match[2], number=int(match[3]))
    draft_id = _uuid(match[1]) if (match := _DRAFT.match(text)) else None
    return None if draft_id is None else Chosen(draft_id=draft_id)


def _placed(base: Sequence[OwnRuleset], chosen: Sequence[OwnRuleset]) -> list[OwnRuleset]:
    """The base with the chosen ones in place of those of the same kind. Raises MIX_INVALID for two of a kind."""
    kinds = [each.kind for each in chosen]
    for kind in kinds:
        if kinds.count(kind) > 1:
            raise MIX_INVALID(f"two of the rulesets are of the kind {kind}; a rule book has one of each")
    return [*(each for each in base if each.kind not in kinds), *chosen]


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
