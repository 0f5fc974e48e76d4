"""How does a whole rule book leave the shop and come back? As a folder; what was changed comes back as drafts."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from uuid import UUID

from engine import Vocabulary, check_ruleset
from engine.documents.kinds import ANY_CURRENCY, kind_named
from engine.text.diagnostics import Diagnostic
from server.decisions import own_repo
from server.decisions.books import BOOKS, RuleBooks
from server.decisions.choosing import Mix
from server.decisions.errors import RULES_MISSING
from server.decisions.library import RulesetsFaulty, read_own
from server.decisions.mixing import MIXES, mixed
from server.decisions.own_repo import OwnRuleset
from server.rule_admin import rulebooks_repo, service
from server.rule_admin.errors import RULE_BOOK_INVALID
from server.rule_admin.rulebooks_given import Given, unpacked
from server.rule_admin.rulebooks_repo import Begun
from server.rule_admin.rulebooks_zip import packed
from server.rule_admin.snapshot import Content
from server.web.call import Call
from storage import audit
from storage.tenancy import Store
from storage.transaction import Transaction

_MOST_FAULTS: Final = 200


@dataclass(frozen=True, slots=True)
class Imported:
    """A ruleset of the folder: the draft that was made of it, or None because it is what decides already."""

    given: Given
    draft_id: UUID | None
    findings: tuple[Diagnostic, ...]


async def export(call: Call, at: datetime | None) -> bytes:
    """The zip of the rulesets that decide now, or decided (will decide) at an instant.

    Raises RULES_MISSING, and MIX_FAULTY when those of that instant do not decide any more.
    """
    live = await mixed(call.database, call.use(BOOKS), call.use(MIXES), call.store, Mix(at=at))
    return await asyncio.to_thread(packed, live.texts)


async def take_back(call: Call, raw: bytes) -> list[Imported]:
    """Make a draft of every ruleset of a zip that is not, to the letter, what decides now; all of them or none.

    Line ends and the number in the head do not count, and a number that was published becomes the next one. Raises
    RULE_BOOK_INVALID with everything that is wrong with the folder; faults of rulesets are kept in drafts, and told.
    """
    found, faults = await asyncio.to_thread(unpacked, raw)
    if faults:
        raise RULE_BOOK_INVALID(
            f"{len(faults)} things are wrong with it; the first: {faults[0].message}", faults=faults[:_MOST_FAULTS]
        )

    # Reading them takes longer than the event loop may be kept, and is no business of a transaction.
    shipped = await asyncio.to_thread(_shipped, call.use(BOOKS), call.store, found)

    async def work(tx: Transaction) -> list[Imported]:
        own = {(each.kind, each.name): each for each in await own_repo.live(tx)}
        numbers = await rulebooks_repo.highest_numbers(tx)
        return await _begin(tx, call, _changed(shipped, found, own, numbers), found)

    imported = await call.database.transaction(call.store.id, work)
    return await asyncio.to_thread(_checked, call.use(BOOKS).vocabularies, call.store.currency, imported)


async def _begin(tx: Transaction, call: Call, begun: Sequence[Begun], found: Sequence[Given]) -> list[Imported]:
    """Write the drafts; everything that was found, in its order, with the draft that was made of it."""
    ids = await rulebooks_repo.add_drafts(tx, begun, call.actor.id) if begun else []
    made = {each.given.file: (each.given, draft_id) for each, draft_id in zip(begun, ids, strict=True)}
    if made:
        await audit.record_each(
            tx, actor_kind=call.actor.kind, actor_id=call.actor.id, action="rulesets.draft", resource_type="ruleset",
            after={
                str(draft_id): {"kind": given.kind, "name": given.name, "from": "rule book"}
                for given, draft_id in made.values()
            },
            request_id=call.request_id,
        )  # fmt: skip
    return [_imported(*made.get(each.file, (each, None))) for each in found]


def _changed(
    shipped: Mapping[tuple[str, str], Content | None],
    found: Sequence[Given],
    own: Mapping[tuple[str, str], OwnRuleset],
    numbers: Mapping[tuple[str, str], int],
) -> list[Begun]:
    """What is not what decides now, with the next number in its head where it names one that is taken."""
    begun = []
    for given in found:
        key = (given.kind, given.name)
        mine = own.get(key)
        live = shipped[key] if mine is None else _content(mine)
        if live is not None and _plain(live) == _plain(given.content):
            continue
        taken = max(numbers.get(key, 0), 0 if live is None else service.head_version(live.source))
        begun.append(Begun(given=_numbered(given, taken), based_on=None if mine is None else mine.id))
    return begun


def _imported(given: Given, draft_id: UUID | None) -> Imported:
    return Imported(given, draft_id, ())


def _content(own: OwnRuleset) -> Content:
    return Content(source=own.source, attachments=own.attachments)


def _shipped(books: RuleBooks, store: Store, found: Sequence[Given]) -> dict[tuple[str, str], Content | None]:
    """What would decide in the place of each without rulesets of the store's own; None: nothing of that name."""
    return {(given.kind, given.name): _shipped_one(books, store, given) for given in found}


def _shipped_one(books: RuleBooks, store: Store, given: Given) -> Content | None:
    kind = kind_named(given.kind)
    try:
        found = None if kind is None else books.text_of(store, kind, given.name)
    except RulesetsFaulty as faults:
        raise RULES_MISSING(f"the rulesets of the store's folder cannot be read: {faults}") from faults
    return None if found is None else Content(source=found[0], attachments=found[1])


def _plain(content: Content) -> tuple[str, dict[str, str]]:
    """What is compared: git changes line ends, and the number says which version it is, not what it does."""
    beside = {name: text.replace("\r\n", "\n") for name, text in content.attachments.items()}
    return service.HEAD_VERSION.sub("version:", content.source.replace("\r\n", "\n"), count=1), beside


def _numbered(given: Given, taken: int) -> Given:
    if service.head_version(given.content.source) > taken:
        return given
    source = service.HEAD_VERSION.sub(f"version: {taken + 1}", given.content.source, count=1)
    return replace(given, content=Content(source=source, attachments=given.content.attachments))


def _checked(vocabularies: Mapping[str, Vocabulary], currency: str, imported: Sequence[Imported]) -> list[Imported]:
    """With what is to be said about each draft by itself; cases run when it is checked."""
    found = []
    for each in imported:
        findings: tuple[Diagnostic, ...] = ()
        if each.draft_id is not None:
            content, kind = each.given.content, each.given.kind
            wanted = None if kind in ANY_CURRENCY else currency
            findings = check_ruleset(
                read_own(kind, each.given.name, content.source, content.attachments, vocabularies, wanted)
            )
        found.append(replace(each, findings=findings))
    return found
