"""What does a cart nearly reach? Everything that fails only because there is not enough of something."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from engine.boxes.truth import failures
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
from engine.runtime.seen import facts_of, line_matches

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
                facts = facts_of(document, cart, decision)
                for coupon in document.coupons:
                    yield from _of_coupon(coupon, facts, decision)
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
    if not reasons:
        yield from _next_step(rule, facts, cart, decision)
    elif rule.id not in decision.applied:
        money, units = _shortfall(rule.when, facts, decision.sets)
        if money or units:
            yield _to_apply("discount", "promotions", rule, money, units, tuple(reasons))


def _next_step(rule: Promotion, facts: Mapping[str, Key], cart: Cart, decision: Decision) -> Iterator[Goal]:
    """The next tier of a tiered percentage, or the next group of a group effect."""
    effect = rule.then
    if isinstance(effect, TieredPercent):
        value = facts.get(effect.by)
        following = [row.start for row in effect.rows if isinstance(value, int) and row.start > value]
        if following and isinstance(value, int):
            money, units = _lacking(effect.by, min(following) - value)
            if money or units:
                yield _better_goal(rule, decision, money, units, effect.where, (effect.by, min(following)))
    elif isinstance(effect, CheapestFree):
        there = _units(effect.where, cart, decision)
        if there % effect.buy:
            yield _better_goal(rule, decision, 0, effect.buy - there % effect.buy, effect.where)
    elif isinstance(effect, BuyXGetY) and any(
        _units(where, cart, decision) for where in (effect.buy_where, effect.get_where)
    ):
        yield _better_goal(rule, decision, 0, 1, effect.buy_where)


def _units(where: Condition, cart: Cart, decision: Decision) -> int:
    return sum(line.quantity for number, line in enumerate(cart.lines) if line_matches(where, cart, decision, number))


def _better_goal(
    rule: Promotion, now: Decision, money: int, units: int, where: Condition, tier: tuple[str, int] | None = None
) -> Goal:
    """The rule saves more than now; a rule with tiers because the next one is reached, not because more is bought."""
    before = saved_by("promotions", rule.id, now)

    def is_reached(later: Decision) -> bool:
        if tier is not None:
            value = later.facts.get(tier[0])
            if not isinstance(value, int) or value < tier[1]:
                return False
        return saved_by("promotions", rule.id, later) > before

    return Goal(
        kind="quantity" if units else "tier",
        rule=rule.id,
        at=str(rule.span),
        money=money,
        units=units,
        reached=is_reached,
        saved=lambda decision: saved_by("promotions", rule.id, decision),
        where=where,
    )


def _to_apply(
    kind: str, ruleset: str, rule: Promotion | Coupon, money: int, units: int, reasons: tuple[Reason, ...]
) -> Goal:
    """To make a rule apply whose condition only lacks more of something."""
    return Goal(
        kind=kind,
        rule=rule.id,
        at=str(rule.span),
        money=money,
        units=units,
        reached=lambda decision: rule.id in decision.applied,
        saved=lambda decision: saved_by(ruleset, rule.id, decision),
        where=line_condition(rule.then),
        reasons=reasons,
    )


def _of_coupon(coupon: Coupon, facts: Mapping[str, Key], decision: Decision) -> Iterator[Goal]:
    for result in decision.coupons:
        if result.rule != coupon.id or result.state != "pending":
            continue
        money, units = _shortfall(coupon.when, facts, decision.sets)
        if money or units:
            yield _to_apply("coupon", "coupons", coupon, money, units, result.reasons)


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
                rule=_free_from(method.id),
                at=str(free.span),
                money=free.amount - value,
                units=0,
                reached=lambda later: later.shipping_method == option.method and _is_free(option.method, later),
                saved=lambda later: later.totals.shipping_discount,
            )


def _is_free(method: str, decision: Decision) -> bool:
    """Whether the threshold itself makes the method free; a coupon that does so reaches nothing here."""
    free = _free_from(method)
    return any(each.kind == "shipping_discount" and each.origin.rule == free for each in decision.postings)


def _free_from(method: str) -> str:
    return f"{method}.free_from"


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


def saved_by(kind: str, rule: str, decision: Decision) -> int:
    """What the rule of that kind of ruleset takes off in this decision, shipping included."""
    postings = decision.postings
    return -sum(each.amount for each in postings if each.origin.rule == rule and each.origin.kind == kind)


def _open(window: Window, now: int) -> bool:
    return (window.start is None or now >= window.start) and (window.end is None or now < window.end)


def _shortfall(condition: Condition, facts: Mapping[str, Key], sets: Mapping[str, frozenset[str]]) -> tuple[int, int]:
    """(money, units) that are missing; (0, 0) when a test fails that more of the same cannot mend.

    In a choice (`any`) it is enough that more can mend one of the tests.
    """
    money = units = 0
    for failure in failures(condition, facts, sets):
        lacking = _lacking(failure.test.fact, failure.distance or 0)
        if lacking == (0, 0) and not failure.one_of:
            return 0, 0
        money, units = max(money, lacking[0]), max(units, lacking[1])
    return money, units


def _lacking(fact: str, distance: int) -> tuple[int, int]:
    """(money, units) that lift the fact by the distance; (0, 0) when buying more does not lift it."""
    if distance <= 0:
        return 0, 0
    if fact.startswith(_MONEY_FACTS) or fact.endswith("].subtotal"):
        return distance, 0
    return (0, distance) if fact in _UNIT_FACTS or fact.endswith(("].quantity", "].count")) else (0, 0)
