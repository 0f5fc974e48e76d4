"""What each rule of a book did in one checkout, and if it did nothing, every reason with its distance."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

import msgspec

from engine.documents.model import (
    Coupon,
    CouponsDocument,
    PriceRule,
    PricingDocument,
    Promotion,
    PromotionsDocument,
    Window,
)
from engine.facts.cart import Cart, Line
from engine.runtime.book import Book
from engine.runtime.decision import Decision, Key, Posting, Reason
from engine.runtime.exclusion import names
from engine.runtime.no_effect import without_effect
from engine.runtime.reasons import failing
from engine.runtime.seen import facts_of, line_matches

State = Literal["applied", "not_applied"]

_SAY_LITTLE = ("nothing_left", "not_best", "not_first")
"""Codes of the trace that are not worth telling where the effect itself says what it lacks."""


class RuleOutcome(msgspec.Struct, frozen=True):
    """One rule: `amount` is what it changed the total by (negative: a saving), `lines` where; `reasons` why not.

    Where the condition holds, the reasons are what the effect lacks (`engine.runtime.no_effect`), else what the trace
    knows (`not_best`, `exclusive` …), so a rule that is not applied always has one.
    """

    kind: str
    rule: str
    at: str
    state: State
    amount: int
    lines: tuple[str, ...]
    reasons: tuple[Reason, ...]
    message: dict[str, str] = {}


def outcomes(book: Book, cart: Cart, decision: Decision) -> tuple[RuleOutcome, ...]:
    """Every pricing rule, promotion and coupon of the book, in document order.

    `decision` must have been made with a trace of the same book and cart, otherwise reasons of the trace are missing.
    """
    return tuple(
        outcome for kind in ("pricing", "promotions", "coupons") for outcome in _of_kind(book, kind, cart, decision)
    )


def _of_kind(book: Book, kind: str, cart: Cart, decision: Decision) -> Iterator[RuleOutcome]:
    document = book.documents.get(kind)
    if document is None:
        return
    by_rule: dict[str, list[Posting]] = {}
    for posting in decision.postings:
        if posting.origin.kind == kind:
            by_rule.setdefault(posting.origin.rule, []).append(posting)
    facts = facts_of(document, cart, decision)
    match document:
        case PricingDocument():
            for price in document.rules:
                postings = by_rule.get(price.id, [])
                yield _outcome(
                    kind, price, postings, () if postings else _no_price(price, document, facts, cart, decision)
                )
        case PromotionsDocument():
            for rule in document.rules:
                postings = by_rule.get(rule.id, [])
                applied = bool(postings) or rule.id in decision.applied
                reasons = () if applied else _no_discount(rule, document, facts, cart, decision)
                yield _outcome(kind, rule, postings, reasons)
        case CouponsDocument():
            for coupon in document.coupons:
                lacking = without_effect(coupon.then, facts, cart, decision)
                yield _coupon(coupon, by_rule.get(coupon.id, []), lacking, decision)
        case _:
            return


def _outcome(kind: str, rule: PriceRule | Promotion, postings: list[Posting], reasons: Sequence[Reason]) -> RuleOutcome:
    return RuleOutcome(
        kind,
        rule.id,
        str(rule.span),
        "not_applied" if reasons else "applied",
        sum(posting.amount for posting in postings),
        tuple(dict.fromkeys(posting.line for posting in postings if posting.line)),
        tuple(reasons),
        dict(rule.message),
    )


# prices --------------------------------------------------------------------------------------------------------


def _no_price(
    rule: PriceRule, document: PricingDocument, facts: Mapping[str, Key], cart: Cart, decision: Decision
) -> list[Reason]:
    reasons = [*_outside(rule.window, cart.now), *failing(rule.when, facts, decision.sets)]
    matching = [line for number, line in enumerate(cart.lines) if line_matches(rule.where, cart, decision, number)]
    reasons += _no_price_of(rule, matching) if matching else [Reason("no_line")]
    if reasons:
        return reasons
    ids = {line.id for line in matching}
    postings = (posting for posting in decision.postings if posting.kind == "pricing" and posting.line in ids)
    others = ", ".join(dict.fromkeys(posting.origin.rule for posting in postings))
    return [Reason(f"not_{document.pick}", {"rule": others}) if others else Reason("already_cheaper")]


def _no_price_of(rule: PriceRule, lines: list[Line]) -> Iterator[Reason]:
    """Why the rule gives none of these lines a price: no such fact, or too few units for the first tier."""
    if rule.fact is not None and all(rule.fact not in line.facts for line in lines):
        yield Reason("fact_missing", {"fact": rule.fact, "line": ", ".join(line.id for line in lines)})
    elif rule.tiers:
        first, most = min(tier.start for tier in rule.tiers), max(line.quantity for line in lines)
        if most < first:
            yield Reason("below_first_tier", {"from": str(first), "units": str(most)}, first - most)


# discounts -----------------------------------------------------------------------------------------------------


def _no_discount(
    rule: Promotion, document: PromotionsDocument, facts: Mapping[str, Key], cart: Cart, decision: Decision
) -> list[Reason]:
    reasons = [
        *_outside(rule.window, cart.now),
        *failing(rule.when, facts, decision.sets),
        *without_effect(rule.then, facts, cart, decision),
    ]
    traced = next((skipped for skipped in decision.skipped if skipped.rule == rule.id), None)
    if traced is not None and not (reasons and traced.code in _SAY_LITTLE):
        reasons.append(Reason(traced.code, traced.params))
    return reasons or [_outdone(rule, document, decision)]


def _outdone(rule: Promotion, document: PromotionsDocument, decision: Decision) -> Reason:
    """What was applied instead. Of shipping the trace does not tell: each method has discounts of its own."""
    applied = [other for other in document.rules if other.id in decision.applied]
    excluding = [other.id for other in applied if _exclude(rule, other) or _exclude(other, rule)]
    if excluding:
        return Reason("exclusive", {"rule": ", ".join(excluding)})
    rivals = [other.id for other in applied if other.lane == rule.lane]
    pick = next((lane.pick for lane in document.lanes if lane.id == rule.lane), "all")
    if rivals and pick != "all":
        return Reason(f"not_{pick}", {"rule": ", ".join(rivals)})
    return Reason("nothing_left")


def _exclude(one: Promotion, other: Promotion) -> bool:
    return names(frozenset(one.exclusive_with), (other.id,), (other.lane,))


def _coupon(coupon: Coupon, postings: list[Posting], lacking: Iterator[Reason], decision: Decision) -> RuleOutcome:
    results = [result for result in decision.coupons if result.rule == coupon.id]
    applied = any(result.state == "applied" for result in results)
    reasons = tuple(reason for result in results for reason in result.reasons)
    if any(reason.code == "coupon_gives_nothing" for reason in reasons):
        reasons = (*reasons, *lacking)
    return RuleOutcome(
        "coupons",
        coupon.id,
        str(coupon.span),
        "applied" if applied else "not_applied",
        sum(posting.amount for posting in postings),
        tuple(dict.fromkeys(posting.line for posting in postings if posting.line)),
        reasons if results else (Reason("coupon_not_entered"),),
        dict(coupon.message),
    )


def _outside(window: Window, now: int) -> Iterator[Reason]:
    if window.start is not None and now < window.start:
        yield Reason("not_started", {"from": str(window.start)}, window.start - now)
    if window.end is not None and now >= window.end:
        yield Reason("ended", {"until": str(window.end)})
