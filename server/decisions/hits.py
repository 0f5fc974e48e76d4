"""How often did each rule of a version take part? Those that never did are listed as well."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from engine.cases.coverage import Rule, rules_of
from engine.documents.kinds import APART
from engine.documents.model import AnyDocument
from server.decisions import hits_repo, log_reading_repo
from server.decisions.books import BOOKS, LiveBook
from server.decisions.errors import HITS_UNKNOWN
from server.decisions.hits_repo import NEVER, Hits, RuleKey
from server.decisions.library import RulesetsFaulty, RulesetText, read_kept
from server.web.call import Call
from storage.transaction import Transaction

COUNTED: Final = frozenset({"rule", "coupon", "method", "refusal", "rate"})
"""What decisions tell of: not zones and payment methods, which only lead to something else."""


@dataclass(frozen=True, slots=True)
class VersionHits:
    """The rules of a version in document order with their hits. `read_to`: up to when decisions were counted."""

    text: RulesetText
    is_live: bool
    rules: Sequence[tuple[Rule, Hits]]
    read_to: datetime | None


async def hits_of(
    call: Call, kind: str, name: str, number: int | None, since: datetime | None, before: datetime | None
) -> VersionHits:
    """How often the rules of a version took part between two times, else ever.

    Without a number it is the version that is live, or the newest one. Raises HITS_UNKNOWN and RULES_MISSING.
    """
    live = call.use(BOOKS).live(call.store)
    of_live = [text for text in live.texts if (text.kind, text.name) == (kind, name) and kind not in APART]

    async def work(tx: Transaction) -> tuple[list[RulesetText], Mapping[RuleKey, Hits], datetime | None]:
        is_of_live = number is None and bool(of_live)
        found = of_live if is_of_live else await hits_repo.versions(tx, kind, name, number)
        # A version that has just gone live may not have decided anything yet.
        found = found or [text for text in of_live if text.version == number]
        hashes = sorted({text.hash for text in found})
        is_ever = since is None and before is None
        counted = await (hits_repo.ever(tx, hashes) if is_ever else hits_repo.between(tx, hashes, since, before))
        return found, counted, await log_reading_repo.read_to(tx)

    found, counted, read_to = await call.database.transaction(call.store.id, work)
    text = next((text for text in found if text.kind not in APART), None)
    if text is None:
        version = "" if number is None else f" as version {number}"
        raise HITS_UNKNOWN(f"{kind}/{name} decided nothing{version}; GET /rulesets/live lists what decides now")
    rules = await asyncio.to_thread(_rules, call, text)
    return VersionHits(text, text in of_live, [(rule, _added(rule, found, counted)) for rule in rules], read_to)


def rules_counted(document: AnyDocument) -> list[Rule]:
    """The rules of a document that hits are counted of, in document order."""
    return [rule for rule in rules_of(document) if rule.what in COUNTED]


def hits_now(live: LiveBook, document: AnyDocument, rule: Rule, counted: Mapping[RuleKey, Hits]) -> Hits:
    """The hits of a rule of the live version."""
    kind = document.head.kind
    return counted.get((live.book.rulesets[kind], kind, rule.id), NEVER)


def _rules(call: Call, text: RulesetText) -> list[Rule]:
    try:
        return rules_counted(read_kept(text, call.use(BOOKS).vocabularies).document)
    except RulesetsFaulty as fault:
        raise HITS_UNKNOWN(f"this version of the program cannot read {text.path}: {fault}") from fault


def _added(rule: Rule, texts: Sequence[RulesetText], counted: Mapping[RuleKey, Hits]) -> Hits:
    """Texts of one version that were read by different versions of the program have hashes of their own."""
    hashes = {text.hash: text.kind for text in texts}
    found = [counted.get((hash, kind, rule.id), NEVER) for hash, kind in hashes.items()]
    return Hits(
        sum(each.fired for each in found),
        sum(each.paid for each in found),
        max((each.last_at for each in found if each.last_at is not None), default=None),
    )
