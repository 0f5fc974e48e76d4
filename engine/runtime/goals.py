"""What does a cart nearly reach? Everything that fails only because there is not enough of something, and is near.

Near is what at most doubles what the items of the cart cost, or its units (six are always near). Free shipping, the
smallest order and a coupon that waits are goals however far they are: there are few of them, and people ask.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from engine.boxes.build import conjunction, is_member_axis
from engine.documents.conditions import facts_read
from engine.documents.model import CheckoutDocument, FreeFrom, ShippingDocument
from engine.facts.cart import Cart
from engine.runtime.book import Book
from engine.runtime.coupons import CompiledCoupon, CouponsProgram
from engine.runtime.decision import CouponResult, Decision, Key
from engine.runtime.goal import Goal, Target, units_for
from engine.runtime.near_prices import price_goals
from engine.runtime.near_promotions import promotion_goals, to_apply, with_aggregates
from engine.runtime.nearness import Reach, lift_of
from engine.runtime.reasons import with_calendar
from engine.runtime.selection import touched_members
from engine.runtime.shortfall import shortfall
from engine.runtime.ways import Way, Ways

LEAST_UNITS: Final = 6
"""So many more units are near even for a cart of one piece, so that it hears of "three for two"."""

_UNBOUNDED: Final = 10**18


def goals(book: Book, cart: Cart, decision: Decision) -> Iterator[Goal]:
    """The goals of a cart that is not empty, decided like this under this book; in no particular order."""
    ways = Ways(cart, decision)
    reach = near(cart, decision)
    if book.promotions is not None:
        yield from promotion_goals(book.promotions, ways, reach)
    if book.pricing is not None:
        yield from price_goals(book.pricing, ways, reach)
    if book.coupons is not None:
        yield from _coupon_goals(book.coupons, ways, reach)
    for document in book.documents.values():
        if isinstance(document, ShippingDocument):
            yield from _of_shipping(document, ways)
        elif isinstance(document, CheckoutDocument):
            yield from _of_checkout(document, ways)


def near(cart: Cart, decision: Decision) -> Reach:
    """How much more is near this cart: as much again, and a line only where the catalogue has something."""
    units = sum(line.quantity for line in cart.lines)
    return Reach(money=decision.totals.items, units=max(units, LEAST_UNITS), lines=1 if cart.catalogue else 0)


# coupons -------------------------------------------------------------------------------------------------------


def _coupon_goals(program: CouponsProgram, ways: Ways, reach: Reach) -> Iterator[Goal]:
    """Codes on the cart that wait for more, however much that is."""
    pending = {result.rule: result for result in ways.decision.coupons if result.state == "pending"}
    if not pending:
        return
    for entry in ways.cart.coupons:
        compiled = program.find(entry)
        result = pending.pop(compiled.coupon.id, None) if compiled is not None else None
        if compiled is not None and result is not None:
            yield from _of_coupon(program, compiled, result, ways, Reach(_UNBOUNDED, _UNBOUNDED, reach.lines))


def _of_coupon(
    program: CouponsProgram, compiled: CompiledCoupon, result: CouponResult, ways: Ways, reach: Reach
) -> Iterator[Goal]:
    coupon, decision = compiled.coupon, ways.decision
    aggregates = {aggregate.axis: aggregate for aggregate in compiled.aggregates}
    calendar = with_calendar(decision.facts, decision.now, program.timezone, program.reads_calendar)
    values = dict(with_aggregates(calendar, facts_read(coupon.when), aggregates, ways))
    members = touched_members(compiled.set_facts, decision.sets, values)
    missing = [
        shortfall([(axis, accepted) for axis, accepted in box.items() if lift_of(axis)], values, aggregates, reach)
        for box in conjunction(coupon.when)
        if all(lift_of(axis) or accepted.contains(_value(axis, values, members)) for axis, accepted in box.items())
    ]
    yield from to_apply("coupon", "coupons", coupon, missing, result.reasons, ways)


def _value(axis: str, values: Mapping[str, Key], members: Mapping[str, Key | None]) -> Key | None:
    return members.get(axis, 0) if is_member_axis(axis) else values.get(axis)


# free shipping, the smallest order -----------------------------------------------------------------------------


def _of_shipping(document: ShippingDocument, ways: Ways) -> Iterator[Goal]:
    decision = ways.decision
    option = next((each for each in decision.options if each.method == decision.shipping_method), None)
    if option is None or not option.total:
        return
    for method in document.methods:
        free = method.free_from
        if free is None or method.id != option.method or (free.zones and option.zone not in free.zones):
            continue
        value = decision.facts.get(free.of)
        if isinstance(value, int) and value < free.amount:
            yield _free_shipping(method.id, free, free.amount - value, ways)


def _free_shipping(method: str, free: FreeFrom, money: int, ways: Ways) -> Goal:
    rule = f"{method}.free_from"

    def is_free(later: Decision) -> bool:
        """Whether the threshold itself makes the method free; a coupon that does so reaches nothing here."""
        return later.shipping_method == method and any(
            each.kind == "shipping_discount" and each.origin.rule == rule for each in later.postings
        )

    return Goal(
        kind="free_shipping",
        rule=rule,
        at=str(free.span),
        money=money,
        units=0,
        reached=is_free,
        saved=lambda later: later.totals.shipping_discount,
        ways=_anything(money, ways),
        any_item=True,
        targets=(Target(free.of, free.amount),),
    )


def _of_checkout(document: CheckoutDocument, ways: Ways) -> Iterator[Goal]:
    minimum = document.minimum_order
    if minimum is None:
        return
    for refusal in ways.decision.refusals:
        if refusal.code == "minimum_order":
            money = int(refusal.params["add"])
            yield Goal(
                kind="minimum_order",
                rule="minimum_order",
                at=str(minimum.span),
                money=money,
                units=0,
                reached=lambda later: all(each.code != "minimum_order" for each in later.refusals),
                saved=lambda later: 0,
                ways=_anything(money, ways),
                any_item=True,
                targets=(Target(minimum.of, minimum.amount),),
            )


def _anything(money: int, ways: Ways) -> tuple[Way, ...]:
    return tuple(ways.cheapest((), lambda price: units_for(money, 0, price)))
