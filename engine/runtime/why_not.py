"""What each rule of a book did in one checkout, and if it did nothing, every reason with its distance."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal

import msgspec

from engine.boxes.truth import truth
from engine.documents.conditions import Aggregate, Condition
from engine.documents.effects import line_condition
from engine.documents.model import (
    Coupon,
    CouponsDocument,
    Document,
    PriceRule,
    PricingDocument,
    Promotion,
    PromotionsDocument,
    Window,
)
from engine.facts.cart import Cart
from engine.runtime.book import Book
from engine.runtime.decision import Decision, Key, Posting, Reason
from engine.runtime.reasons import failing, with_calendar

State = Literal["applied", "not_applied"]


class RuleOutcome(msgspec.Struct, frozen=True):
    """One rule: `amount` is what it changed the total by (negative: a saving), `lines` where; `reasons` why not.

    A rule that is not applied although its condition holds has the reason from the trace (`not_best`, `exclusive` …).
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
                yield _outcome(kind, price, by_rule.get(price.id, []), price.where, facts, cart, decision)
        case PromotionsDocument():
            for rule in document.rules:
                where = line_condition(rule.then)
                yield _outcome(kind, rule, by_rule.get(rule.id, []), where, facts, cart, decision)
        case CouponsDocument():
            for coupon in document.coupons:
                yield _coupon(coupon, by_rule.get(coupon.id, []), decision)
        case _:
            return


def _outcome(
    kind: str,
    rule: PriceRule | Promotion,
    postings: list[Posting],
    where: Condition,
    facts: Mapping[str, Key],
    cart: Cart,
    decision: Decision,
) -> RuleOutcome:
    applied = bool(postings) or rule.id in decision.applied
    return RuleOutcome(
        kind,
        rule.id,
        str(rule.span),
        "applied" if applied else "not_applied",
        sum(posting.amount for posting in postings),
        tuple(dict.fromkeys(posting.line for posting in postings if posting.line)),
        () if applied else tuple(_reasons(rule, where, facts, cart, decision)),
        dict(rule.message),
    )


def _reasons(
    rule: PriceRule | Promotion, where: Condition, facts: Mapping[str, Key], cart: Cart, decision: Decision
) -> Iterator[Reason]:
    yield from _outside(rule.window, cart.now)
    yield from failing(rule.when, facts, decision.sets)
    matching = [number for number in range(len(cart.lines)) if line_matches(where, cart, decision, number)]
    if not matching:
        yield Reason("no_line")
    elif isinstance(rule, PriceRule):
        yield from _no_price(rule, matching, cart)
    for skipped in decision.skipped:
        if skipped.rule == rule.id:
            yield Reason(skipped.code, skipped.params)
            return


def _no_price(rule: PriceRule, matching: list[int], cart: Cart) -> Iterator[Reason]:
    """Why a pricing rule gives none of its lines a price: no such fact, or too few units for the first tier."""
    lines = [cart.lines[number] for number in matching]
    if rule.fact is not None and all(rule.fact not in line.facts for line in lines):
        yield Reason("fact_missing", {"fact": rule.fact, "line": ", ".join(line.id for line in lines)})
    elif rule.tiers:
        first, most = min(tier.start for tier in rule.tiers), max(line.quantity for line in lines)
        if most < first:
            yield Reason("below_first_tier", {"from": str(first), "units": str(most)}, first - most)


def _coupon(coupon: Coupon, postings: list[Posting], decision: Decision) -> RuleOutcome:
    results = [result for result in decision.coupons if result.rule == coupon.id]
    applied = any(result.state == "applied" for result in results)
    reasons = tuple(reason for result in results for reason in result.reasons)
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


# the facts a condition of the document saw -----------------------------------------------------------------------


def facts_of(document: Document, cart: Cart, decision: Decision) -> Mapping[str, Key]:
    """The facts of the cart in the calendar of the document, its aggregates included (0 where no line matches)."""
    facts = dict(with_calendar(decision.facts, cart.now, document.head.timezone, reads=True))
    for axis, aggregate in document.aggregates.items():
        value = _aggregate(aggregate, cart, decision)
        if value is not None:
            facts[axis] = value
    return facts


def line_matches(where: Condition, cart: Cart, decision: Decision, number: int) -> bool:
    """Whether the line at that position, as priced, satisfies the condition."""
    line, result = cart.lines[number], decision.lines[number]
    facts = {
        **line.facts,
        "line.unit_price": result.unit_price,
        "line.on_sale": int(result.on_sale),
        "line.subtotal": result.subtotal,
    }
    return truth(where, facts, line.sets) is True


def _aggregate(aggregate: Aggregate, cart: Cart, decision: Decision) -> int | None:
    matching = [number for number in range(len(cart.lines)) if line_matches(aggregate.where, cart, decision, number)]
    match aggregate.measure:
        case "count":
            return len(matching)
        case "quantity":
            return sum(cart.lines[number].quantity for number in matching)
        case "subtotal":
            return sum(decision.lines[number].subtotal for number in matching)
        case "weight_g":
            weights = [cart.lines[number].weight_g for number in matching]
            if None in weights:
                return None
            return sum((cart.lines[number].weight_g or 0) * cart.lines[number].quantity for number in matching)
