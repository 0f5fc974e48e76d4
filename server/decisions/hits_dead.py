"""Which live rules do nothing? Those that never took part, with a proof or a witness, and those for nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from engine import Cart
from engine.cases.coverage import Rule
from engine.documents.effects import Gift
from engine.documents.kinds import APART
from engine.documents.model import AnyDocument, CouponsDocument, PromotionsDocument, Window
from engine.facts.literals import show_instant_utc
from engine.lint import lint
from engine.text.diagnostics import Diagnostic
from server.decisions import hits_repo, log_reading_repo
from server.decisions.books import BOOKS, LiveBook
from server.decisions.facts import to_cart
from server.decisions.hits import hits_now, rules_counted
from server.decisions.hits_repo import Hits, RuleKey
from server.decisions.hits_witness import RuleName, Witness, carts_of_cases, made_for, taking_part
from server.decisions.instants import microseconds
from server.web.call import Call
from storage.transaction import Transaction

Verdict = Literal["unreachable", "reachable", "unknown", "changes_nothing"]

RECENT: Final = 100
"""Decisions of customers that are tried as witnesses."""
MOST_MADE_FOR: Final = 200
"""Rules that carts are made for; each takes a few dozen decisions."""

# Of a rule as a whole: it can never hold, or others always come first.
_PROOFS: Final = frozenset({"RS401", "RS441", "RS450", "RS470"})


@dataclass(frozen=True, slots=True)
class DeadRule:
    """A rule that does nothing. `because` proves that it is unreachable; `witness` that it is not."""

    document: AnyDocument
    rule: Rule
    hits: Hits
    verdict: Verdict
    because: str | None = None
    witness: Witness | None = None


@dataclass(frozen=True, slots=True)
class DeadRules:
    """All of a store. `read_to`: up to when decisions were counted; None: none was yet."""

    live: LiveBook
    rules: Sequence[DeadRule]
    read_to: datetime | None


async def dead_rules(call: Call) -> DeadRules:
    """The rules of the live versions that never took part since these are live, or never changed an amount.

    Raises RULES_MISSING. Takes seconds where hundreds of rules do nothing, off the event loop.
    """
    live = call.use(BOOKS).live(call.store)

    async def work(
        tx: Transaction,
    ) -> tuple[Mapping[RuleKey, Hits], datetime | None, list[Witness], datetime]:
        counted = await hits_repo.ever(tx, sorted(live.book.rulesets.values()))
        baskets = await hits_repo.recent_baskets(tx, live.currency, RECENT)
        recent = [Witness("decision", name, to_cart(basket)) for name, basket in baskets if basket.lines]
        return counted, await log_reading_repo.read_to(tx), recent, await tx.now()

    counted, read_to, recent, now = await call.database.transaction(call.store.id, work)
    found = await asyncio.to_thread(_dead, live, counted, recent, microseconds(now))
    return DeadRules(live, found, read_to)


def _dead(live: LiveBook, counted: Mapping[RuleKey, Hits], recent: Sequence[Witness], now: int) -> list[DeadRule]:
    tried = _Tried(live, recent, now)
    documents = [each for kind, each in live.book.documents.items() if kind not in APART]
    return [dead for document in documents for dead in _dead_of(tried, document, counted)]


def _dead_of(tried: _Tried, document: AnyDocument, counted: Mapping[RuleKey, Hits]) -> Iterator[DeadRule]:
    proofs: list[Diagnostic] | None = None
    for rule in rules_counted(document):
        hits = hits_now(tried.live, document, rule, counted)
        if hits.fired == 0:
            if proofs is None:
                proofs = [each for each in lint(document, tried.live.vocabulary) if each.code in _PROOFS]
            yield _never_fired(tried, document, rule, hits, proofs)
        elif hits.paid == 0 and rule.what != "refusal" and not _gives_goods(document, rule):
            yield DeadRule(document, rule, hits, "changes_nothing")


def _never_fired(
    tried: _Tried, document: AnyDocument, rule: Rule, hits: Hits, proofs: Sequence[Diagnostic]
) -> DeadRule:
    why = _is_over(document, rule, tried.now) or next((each.message for each in proofs if _is_of(each, rule)), None)
    if why is not None:
        return DeadRule(document, rule, hits, "unreachable", because=why)
    witness = tried.witness(document, rule)
    return DeadRule(document, rule, hits, "unknown" if witness is None else "reachable", witness=witness)


class _Tried:
    """Carts that were decided by the live book, and the first one in which each rule took part."""

    def __init__(self, live: LiveBook, recent: Sequence[Witness], now: int) -> None:
        self.live = live
        self.now = now
        self._found: dict[RuleName, Witness] = {}
        self._made_for = 0
        documents = [each for kind, each in live.book.documents.items() if kind not in APART]
        cases = [case for document in documents for case in carts_of_cases(live, document, now)]
        for tried in (*recent, *cases):
            for name in taking_part(live, tried.cart):
                self._found.setdefault(name, tried)
        self._bases = _bases([tried.cart for tried in (*recent, *cases) if tried.cart.lines])

    def witness(self, document: AnyDocument, rule: Rule) -> Witness | None:
        """A cart in which the rule takes part; None when none was found."""
        name = (document.head.kind, rule.id)
        if name not in self._found and self._made_for < MOST_MADE_FOR:
            self._made_for += 1
            made = made_for(self.live, document, rule, self._bases, self.now)
            if made is not None:
                self._found[name] = made
        return self._found.get(name)


def _bases(carts: Sequence[Cart]) -> list[Cart]:
    """Those to make others from: of the most known facts, for what is delivered, and of the most lines, for sets."""
    most_known = sorted(carts, key=lambda cart: -len(cart.facts))[:2]
    return [*most_known, *sorted(carts, key=lambda cart: -len(cart.lines))[:1]]


def _is_of(proof: Diagnostic, rule: Rule) -> bool:
    is_condition = proof.code == "RS401" and rule.what != "method"
    return proof.span == rule.span or (is_condition and f" '{rule.id}' can never" in proof.message)


def _is_over(document: AnyDocument, rule: Rule, now: int) -> str | None:
    if not isinstance(document, PromotionsDocument | CouponsDocument):
        return None
    rules = document.rules if isinstance(document, PromotionsDocument) else document.coupons
    window: Window = next(each.window for each in rules if each.id == rule.id)
    is_over = window.end is not None and window.end <= now
    return f"its time was over at {show_instant_utc(window.end or 0)}" if is_over else None


def _gives_goods(document: AnyDocument, rule: Rule) -> bool:
    """What gives something at price zero changes no amount, and is not for nothing."""
    if not isinstance(document, PromotionsDocument | CouponsDocument):
        return False
    rules = document.rules if isinstance(document, PromotionsDocument) else document.coupons
    return isinstance(next(each.then for each in rules if each.id == rule.id), Gift)
