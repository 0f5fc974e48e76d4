"""What does a cart nearly reach? Everything that fails only because there is not enough of something."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from engine.documents.conditions import ALWAYS, Condition
from engine.documents.effects import BuyXGetY, CheapestFree, TieredPercent, line_condition
from engine.documents.model import (
    CheckoutDocument,
    Coupon,
    CouponsDocument,
    PricingDocument,
    Promotion,
    PromotionsDocument,
    ShippingDocument,
    Window,
)
from engine.facts.cart import Cart
from engine.runtime.book import Book
from engine.runtime.decision import Decision, Key, Reason
from engine.runtime.reasons import failing
from engine.runtime.why_not import facts_of, line_matches

_MONEY_FACTS = ("subtotal.", "total")
_UNIT_FACTS = ("cart.item_count", "cart.line_count")


@dataclass(frozen=True, slots=True)
class Goal:
    """One thing to reach. `money`: at least so much more must be spent; `units`: so many more units are needed.

    `reached` looks at a decision; `saved` is what the rule gives in it (positive). `where` says which lines count,
    `line` is set when only one line can reach it.
    """

    kind: str
    rule: str
    at: str
    money: int
    units: int
    reached: Callable[[Decision], bool]
    saved: Callable[[Decision], int]
    where: Condition = ALWAYS
    line: str = ""
    reasons: tuple[Reason, ...] = ()


def goals(book: Book, cart: Cart, decision: Decision) -> Iterator[Goal]:
    """Goals of every ruleset of the book, in document order."""
    for document in book.documents.values():
        match document:
            case PromotionsDocument():
                facts = facts_of(document, cart, decision)
                for rule in document.rules:
                    yield from _of_promotion(rule, facts, cart, decision)
            case CouponsDocument():
                for coupon in document.coupons:
                    yield from _of_coupon(coupon, cart, decision)
            case PricingDocument():
                yield from _of_pricing(document, cart, decision)
            case ShippingDocument():
                yield from _of_shipping(document, decision)
            case CheckoutDocument():
                yield from _of_checkout(document, decision)
            case _:
                pass


# promotions and coupons ----------------------------------------------------------------------------------------


def _of_promotion(rule: Promotion, facts: Mapping[str, Key], cart: Cart, decision: Decision) -> Iterator[Goal]:
    if not _open(rule.window, cart.now):
        return
    reasons = failing(rule.when, facts, decision.sets)
    if reasons and rule.id not in decision.applied:
        money, units = _shortfall(reasons)
        if money or units:
            yield _rule_goal("discount", rule, money, units, reasons, _increasable_where(rule))
    elif not reasons:
        yield from _next_step(rule, facts, cart, decision)


def _rule_goal(kind: str, rule: Promotion, money: int, units: int, reasons: Sequence[Reason], where: Condition) -> Goal:
    return Goal(
        kind=kind,
        rule=rule.id,
        at=str(rule.span),
        money=money,
        units=units,
        reached=lambda decision: rule.id in decision.applied,
        saved=lambda decision: saved_by(rule.id, decision),
        where=where,
        reasons=tuple(reasons),
    )


def _increasable_where(rule: Promotion) -> Condition:
    return line_condition(rule.then)


def _next_step(rule: Promotion, facts: Mapping[str, Key], cart: Cart, decision: Decision) -> Iterator[Goal]:
    """The next tier of a tiered percentage, or the next group of a group effect."""
    effect = rule.then
    before = saved_by(rule.id, decision)
    if isinstance(effect, TieredPercent):
        value = facts.get(effect.by)
        following = [row.start for row in effect.rows if isinstance(value, int) and row.start > value]
        if following and isinstance(value, int):
            missing = min(following) - value
            is_money = effect.by.endswith("subtotal") or effect.by.startswith(_MONEY_FACTS)
            yield _better_goal(rule, before, missing if is_money else 0, 0 if is_money else missing, effect.where)
    elif isinstance(effect, CheapestFree | BuyXGetY):
        group = effect.buy if isinstance(effect, CheapestFree) else effect.buy_quantity + effect.get_quantity
        where = line_condition(effect)
        there = sum(
            line.quantity for number, line in enumerate(cart.lines) if line_matches(where, cart, decision, number)
        )
        if there and there % group:
            yield _better_goal(rule, before, 0, group - there % group, where)


def _better_goal(rule: Promotion, before: int, money: int, units: int, where: Condition) -> Goal:
    return Goal(
        kind="quantity" if units else "tier",
        rule=rule.id,
        at=str(rule.span),
        money=money,
        units=units,
        reached=lambda decision: saved_by(rule.id, decision) > before,
        saved=lambda decision: saved_by(rule.id, decision),
        where=where,
    )


def _of_coupon(coupon: Coupon, cart: Cart, decision: Decision) -> Iterator[Goal]:
    for result in decision.coupons:
        if result.rule != coupon.id or result.state != "pending":
            continue
        money, units = _shortfall(result.reasons)
        if money or units:
            yield Goal(
                kind="coupon",
                rule=coupon.id,
                at=str(coupon.span),
                money=money,
                units=units,
                reached=lambda decision: coupon.id in decision.applied,
                saved=lambda decision: saved_by(coupon.id, decision),
                where=line_condition(coupon.then),
                reasons=result.reasons,
            )


# prices, shipping, minimum order -------------------------------------------------------------------------------


def _of_pricing(document: PricingDocument, cart: Cart, decision: Decision) -> Iterator[Goal]:
    for rule in document.rules:
        if not rule.tiers or not _open(rule.window, cart.now):
            continue
        for number, line in enumerate(cart.lines):
            starts = [tier.start for tier in rule.tiers if tier.start > line.quantity]
            if starts and line_matches(rule.where, cart, decision, number):
                yield _tier_goal(rule.id, str(rule.span), line.id, number, min(starts) - line.quantity, decision)


def _tier_goal(rule: str, at: str, line: str, number: int, units: int, decision: Decision) -> Goal:
    unit_price = decision.lines[number].unit_price

    def line_now(later: Decision) -> tuple[int, int, int]:
        result = next(each for each in later.lines if each.id == line)
        return result.unit_price, result.quantity, result.list_price

    return Goal(
        kind="tier",
        rule=rule,
        at=at,
        money=0,
        units=units,
        reached=lambda later: line_now(later)[0] < unit_price,
        saved=lambda later: (unit_price - line_now(later)[0]) * line_now(later)[1],
        line=line,
    )


def _of_shipping(document: ShippingDocument, decision: Decision) -> Iterator[Goal]:
    option = next((each for each in decision.options if each.method == decision.shipping_method), None)
    if option is None or not option.total:
        return
    for method in document.methods:
        free = method.free_from
        if free is None or method.id != option.method or (free.zones and option.zone not in free.zones):
            continue
        value = decision.facts.get(free.of)
        if isinstance(value, int) and value < free.amount:
            yield Goal(
                kind="free_shipping",
                rule=f"{method.id}.free_from",
                at=str(free.span),
                money=free.amount - value,
                units=0,
                reached=lambda later: later.totals.shipping == 0 and later.shipping_method == option.method,
                saved=lambda later: later.totals.shipping_discount,
            )


def _of_checkout(document: CheckoutDocument, decision: Decision) -> Iterator[Goal]:
    minimum = document.minimum_order
    if minimum is None:
        return
    for refusal in decision.refusals:
        if refusal.code == "minimum_order":
            yield Goal(
                kind="minimum_order",
                rule="minimum_order",
                at=str(minimum.span),
                money=int(refusal.params["add"]),
                units=0,
                reached=lambda later: all(each.code != "minimum_order" for each in later.refusals),
                saved=lambda later: 0,
            )


# shared --------------------------------------------------------------------------------------------------------


def saved_by(rule: str, decision: Decision) -> int:
    """What the rule takes off in this decision, shipping included."""
    return -sum(posting.amount for posting in decision.postings if posting.origin.rule == rule)


def _open(window: Window, now: int) -> bool:
    return (window.start is None or now >= window.start) and (window.end is None or now < window.end)


def _shortfall(reasons: Sequence[Reason]) -> tuple[int, int]:
    """(money, units) that are missing; (0, 0) when something fails that more of the same cannot mend."""
    money = units = 0
    for reason in reasons:
        fact = reason.params.get("fact", "")
        if reason.code != "condition" or reason.distance is None or reason.distance <= 0:
            return 0, 0
        if fact.startswith(_MONEY_FACTS) or fact.endswith("].subtotal"):
            money = max(money, reason.distance)
        elif fact in _UNIT_FACTS or fact.endswith(("].quantity", "].count")):
            units = max(units, reason.distance)
        else:
            return 0, 0
    return money, units
