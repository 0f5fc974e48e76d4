"""Is there a cart in which a rule takes part now? Carts of customers are tried, those of cases, and some made for it.

A cart counts as a witness only when the whole live book decides it, at this instant, with the rule taking part. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import reduce
from typing import Final, NamedTuple

import msgspec

from engine import Cart, CouponEntry, Line, ScenarioContext, evaluate, read_scenario
from engine.boxes.box import Box, intersect, witness
from engine.boxes.build import is_member_axis
from engine.cases.coverage import Rule
from engine.cases.read_case import read_cases
from engine.documents.model import AnyDocument, CouponsDocument
from engine.facts.cart import Key
from engine.lint.clauses import clauses_of
from engine.lint.study import Study
from server.decisions.books import LiveBook
from server.decisions.log_parts import parts_of

MOST_MADE: Final = 24
"""Carts made for one rule; simple conditions are met by the first few."""
MOST_BOXES: Final = 4
HOURS_TRIED: Final = range(0, 168, 6)
"""Times of the coming week, for rules that read the clock."""

_HOUR: Final = 3_600_000_000
_SUMS: Final = ("subtotal.", "line.subtotal", "line.unit_price", "shipment.subtotal")

RuleName = tuple[str, str]


class Witness(NamedTuple):
    """A cart in which a rule takes part. `source`: `decision` of the log, `case` of the ruleset, or `made`."""

    source: str
    name: str
    cart: Cart


def taking_part(live: LiveBook, cart: Cart) -> set[RuleName]:
    """The rules that take part in the decision of a cart: kinds and ids."""
    return {(part.kind, part.rule) for part in parts_of(evaluate(live.book, cart))}


def carts_of_cases(live: LiveBook, document: AnyDocument, now: int) -> Iterator[Witness]:
    """What the cases of a document are about, as it were now."""
    context = ScenarioContext(
        vocabulary=live.vocabulary, currency=live.currency, now=now, timezone=document.head.timezone
    )
    for case in read_cases(document.cases)[0]:
        scenario, _ = read_scenario(case.given, context)
        if scenario is not None and scenario.cart.currency == live.currency:
            yield Witness("case", case.name, msgspec.structs.replace(scenario.cart, now=now))


def made_for(live: LiveBook, document: AnyDocument, rule: Rule, bases: Sequence[Cart], now: int) -> Witness | None:
    """A cart made to meet the conditions of the rule, starting from others; None when none of those made does."""
    for number, cart in enumerate(_made(live, document, rule, [*bases, _plain(live, now)])):
        if number == MOST_MADE:
            break
        if (document.head.kind, rule.id) in taking_part(live, cart):
            return Witness("made", "", cart)
    return None


def _made(live: LiveBook, document: AnyDocument, rule: Rule, bases: Sequence[Cart]) -> Iterator[Cart]:
    for box in _boxes(live, document, rule):
        for base in bases:
            entered = _with_code(document, rule, base)
            if rule.what == "method":
                entered = msgspec.structs.replace(entered, shipping_method=rule.id)
            yield _within(box, entered)
            if any(axis.startswith("now") for axis in box):
                for hours in HOURS_TRIED:
                    yield _within(box, msgspec.structs.replace(entered, now=base.now + hours * _HOUR))


def _boxes(live: LiveBook, document: AnyDocument, rule: Rule) -> Sequence[Box]:
    """Where all conditions of the rule hold; a few boxes."""
    study = Study(document, live.vocabulary)
    found: Sequence[Box] = (Box(),)
    for clause in clauses_of(document):
        if clause.owner.endswith(f"'{rule.id}'"):
            holding = (study.boxes_of(clause.condition) or ())[:MOST_BOXES]
            found = [both for one in found for two in holding if (both := intersect(one, two)) is not None]
    return found[:MOST_BOXES]


def _within(box: Box, cart: Cart) -> Cart:
    """The cart moved into the box, as far as single facts do it. What it has already stays where the box allows."""
    first = cart.lines[0]
    samples: dict[str, Key] = {**cart.facts, **first.facts}
    samples |= {axis: sum(line.list_price * line.quantity for line in cart.lines) for axis in box if _is_sum(axis)}
    facts = witness(box, samples)
    moved = {axis: value for axis, value in facts.items() if samples.get(axis) != value}
    return reduce(lambda so_far, each: _moved(so_far, *each), sorted(moved.items()), cart)


def _moved(cart: Cart, axis: str, value: Key) -> Cart:
    if is_member_axis(axis):
        return _labelled(cart, axis, bool(value))
    first = cart.lines[0]
    if axis.startswith("line.") and not _is_sum(axis):
        return _with_first(cart, _line_with(first, axis, value))
    if _is_sum(axis) and isinstance(value, int):
        others = sum(line.list_price * line.quantity for line in cart.lines[1:])
        price = max(0, -(-(value - others) // first.quantity))
        return _with_first(cart, _line_with(first, "line.list_price", price))
    if axis == "cart.item_count" and isinstance(value, int):
        return _with_first(cart, _line_with(first, "line.quantity", max(1, value - len(cart.lines) + 1)))
    if axis in ("cart.weight_g", "shipment.weight_g") and isinstance(value, int):
        return _with_first(cart, _line_with(first, "line.weight_g", value // first.quantity))
    if axis.startswith(("cart.", "now", "shipment.", "coupon.")):
        return cart
    methods = {"payment.method": "payment_method", "shipping.method": "shipping_method"}
    chosen = {methods[axis]: str(value)} if axis in methods else {}
    customer = {"customer_id": str(value)} if axis == "customer.id" else {}
    return msgspec.structs.replace(cart, facts={**cart.facts, axis: value}, **chosen, **customer)


def _line_with(line: Line, axis: str, value: Key) -> Line:
    fields = {
        "line.quantity": "quantity", "line.list_price": "list_price", "line.sku": "sku", "line.seller": "seller",
        "line.weight_g": "weight_g", "line.volume_cm3": "volume_cm3", "line.tax_class": "tax_class",
    }  # fmt: skip
    changed = {fields[axis]: value} if axis in fields else {}
    if axis == "line.quantity" and isinstance(value, int):
        changed = {"quantity": max(1, value)}
    return msgspec.structs.replace(line, facts={**line.facts, axis: value}, **changed)


def _labelled(cart: Cart, axis: str, is_in: bool) -> Cart:
    fact, _, member = axis.partition("∋")

    def changed(sets: Mapping[str, frozenset[str]]) -> dict[str, frozenset[str]]:
        had = sets.get(fact, frozenset())
        return {**sets, fact: had | {member} if is_in else had - {member}}

    if fact.startswith("line."):
        first = cart.lines[0]
        return _with_first(cart, msgspec.structs.replace(first, sets=changed(first.sets)))
    return msgspec.structs.replace(cart, sets=changed(cart.sets))


def _with_first(cart: Cart, line: Line) -> Cart:
    return msgspec.structs.replace(cart, lines=(line, *cart.lines[1:]))


def _with_code(document: AnyDocument, rule: Rule, cart: Cart) -> Cart:
    """The cart with a code of the coupon, never used; other rules leave its codes alone."""
    if not isinstance(document, CouponsDocument):
        return cart
    coupon = next(each for each in document.coupons if each.id == rule.id)
    code = next(iter(coupon.codes), "witness")
    owner = cart.customer_id if coupon.user_bound else None
    entry = CouponEntry(code=code, campaign=coupon.campaign, owner=owner, used_customer=0)
    return msgspec.structs.replace(cart, coupons=(entry,))


def _plain(live: LiveBook, now: int) -> Cart:
    """One unit of something."""
    facts: dict[str, Key] = {
        "line.sku": "A",
        "line.quantity": 1,
        "line.list_price": 10_000,
        "line.tax_class": "standard",
    }
    line = Line(id="A", sku="A", quantity=1, list_price=10_000, facts=facts)
    return Cart(currency=live.currency, now=now, lines=(line,), facts={"currency": live.currency})


def _is_sum(axis: str) -> bool:
    return axis.startswith(_SUMS)
