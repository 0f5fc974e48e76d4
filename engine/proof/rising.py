"""Which sums cannot fall while a line grows, whatever the cart?

- The items, as a price or the units grow: every price rule gives a price that does not fall with the list price, and
  the lowest or the first of such prices does not either; without quantities in the rules, units cost the same.
- Shipping, as a weight grows: every rate on offer costs no less, no rate comes on offer, and discounts on shipping take
  at most one coin more for one coin more.

Each argument needs some things not to be read; where one is, nothing is said.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Final

from engine.boxes.box import intersect
from engine.boxes.build import TooManyBoxes, boxes_of
from engine.documents.axes import canonical_text
from engine.documents.conditions import All, Condition, Test
from engine.documents.effects import PercentOff, TieredPercent
from engine.documents.model import (
    Band,
    Bands,
    BaseStep,
    Coupon,
    CouponsDocument,
    Measured,
    Monotone,
    PricingDocument,
    Promotion,
    PromotionsDocument,
    Rate,
    ShippingDocument,
    Table,
    TableRow,
    TaxDocument,
)
from engine.proof.reads import documents_of, facts_of, is_weight, only_falls, only_rises, reads_weight
from engine.runtime.book import Book

_OF_UNITS: Final = frozenset({"line.quantity", "cart.item_count", "shipment.item_count"})
_OF_PRICES: Final = frozenset({"line.list_price"})
_BEFORE_SHIPPING: Final = ("pricing", "promotions", "coupons", "tax")
"""Kinds that decide what discounts come to; tax among them, as an amount may be meant with or without it."""


def never_falls(book: Book, claim: Monotone) -> bool:
    """Whether the measure cannot fall at all; False where that is not known."""
    if claim.growing == "weight":
        return _with_weight(book, claim.measure)
    if claim.measure == "items":
        return _items_rise(book, claim.growing == "price")
    return claim.measure in ("shipping", "shipping_discount") and book.shipping is None


def _items_rise(book: Book, with_price: bool) -> bool:
    pricing = book.documents.get("pricing")
    if not isinstance(pricing, PricingDocument):
        return True
    read = facts_of(pricing)
    if with_price:
        return read.isdisjoint(_OF_PRICES)
    counts = not read.isdisjoint(_OF_UNITS) or reads_weight(pricing)  # more units weigh more
    return not counts and not any(rule.tiers for rule in pricing.rules)


def _with_weight(book: Book, measure: Measured) -> bool:
    if any(reads_weight(document) for document in documents_of(book.documents, *_BEFORE_SHIPPING)):
        return False
    if measure in ("items", "discount"):
        return True
    if measure == "shipping":
        return _shipping_rises(book)
    tax = book.documents.get("tax")
    untaxed = not isinstance(tax, TaxDocument) or tax.prices == "included"
    return measure == "total" and untaxed and _shipping_rises(book)


# shipping ------------------------------------------------------------------------------------------------------


def _shipping_rises(book: Book) -> bool:
    shipping = book.documents.get("shipping")
    if not isinstance(shipping, ShippingDocument):
        return True
    return discounts_follow(book) and _offers_shrink(shipping) and _rates_rise(shipping)


def discounts_follow(book: Book) -> bool:
    """Whether a higher price of shipping never ends in a lower one after discounts, and a rule more never in a higher
    one: nobody reads the price, excludes others, or takes a percentage of what was before other discounts.
    """
    rules = shipping_rules(book)
    if any(rule.exclusive_with for rule in rules):
        return False
    if any(_is_of_initial(rule) for rule in rules) and len(rules) > 1:
        return False
    return not any("shipping.price" in facts_of(rule) for rule in rules)


def shipping_rules(book: Book) -> tuple[Promotion | Coupon, ...]:
    """The promotions and coupons that take something off shipping."""
    found: list[Promotion | Coupon] = []
    promotions, coupons = book.documents.get("promotions"), book.documents.get("coupons")
    if isinstance(promotions, PromotionsDocument):
        lanes = {lane.id for lane in promotions.lanes if lane.stage == "shipping"}
        found += [rule for rule in promotions.rules if rule.lane in lanes]
    if isinstance(coupons, CouponsDocument):
        found += [rule for rule in coupons.coupons if getattr(rule.then, "on", "") == "shipping"]
    return tuple(found)


def _is_of_initial(rule: Promotion | Coupon) -> bool:
    return isinstance(rule.then, PercentOff | TieredPercent) and rule.then.basis == "initial"


def _offers_shrink(shipping: ShippingDocument) -> bool:
    """Whether a heavier cart is offered no method that a lighter one is not, in no other zone."""
    return (
        not any(reads_weight(zone.where) for zone in shipping.zones)
        and all(only_falls(method.when, is_weight) for method in shipping.methods)
        and all(only_rises(refusal.when, is_weight) for refusal in shipping.refusals)
        and not any(method.free_from is not None and is_weight(method.free_from.of) for method in shipping.methods)
    )


def _rates_rise(shipping: ShippingDocument) -> bool:
    return all(_rate_rises(rate) for method in shipping.methods for rate in method.rates.values())


def _rate_rises(rate: Rate) -> bool:
    match rate:
        case Bands():
            return not is_weight(rate.by) or _bands_rise(rate.rows)
        case BaseStep():
            return True
        case Table():
            return _table_rises(rate)
        case _:
            return True


def _bands_rise(rows: tuple[Band, ...]) -> bool:
    """Whether the rows follow each other without a gap from nothing on, and no row begins cheaper than one ends."""
    if not rows or (rows[0].low or 0) > 0:
        return False
    for before, after in pairwise(rows):
        if before.high is None or after.low != before.high:
            return False
        if _price(before, before.high - 1) > _price(after, after.low):
            return False
    return True


def _price(row: Band | TableRow, value: int) -> int:
    return row.price if row.step is None else row.step.price_of(row.price, value)


# tables --------------------------------------------------------------------------------------------------------


class _Row:
    """A row as a range of the weight and what else it asks for; `low` to `high` (excluded), None is open."""

    def __init__(self, row: TableRow, low: int, high: int | None, rest: Condition) -> None:
        self.row = row
        self.low = low
        self.high = high
        self.rest = rest
        self.name = canonical_text(rest)


def _table_rises(table: Table) -> bool:
    """Whether of any two rows that one destination can meet the heavier costs no less, and rows leave no gap below.

    Not where rows ask for several weights: what follows a row by one of them can have a gap by the other.
    """
    weights = {fact for fact in facts_of(table) if is_weight(fact)}
    if len(weights) != 1:
        return not weights
    rows = [_row(row) for row in table.rows]
    known = [row for row in rows if row is not None]
    if len(known) < len(rows):
        return False
    ends = {(row.name, row.high) for row in known}
    if any(row.low > 0 and (row.name, row.low) not in ends for row in known):
        return False
    return all(_follow(one, two) for place, one in enumerate(known) for two in known[place + 1 :])


def _follow(one: _Row, two: _Row) -> bool:
    if _are_apart(one, two):
        return True
    lighter, heavier = (one, two) if one.low <= two.low else (two, one)
    if lighter.high is None or lighter.high > heavier.low:
        return False
    return _price(lighter.row, lighter.high - 1) <= _price(heavier.row, heavier.low)


def _are_apart(one: _Row, two: _Row) -> bool:
    """Whether no cart can meet both rows at any weight."""
    if one.name == two.name:
        return False
    try:
        first, second = boxes_of(one.rest), boxes_of(two.rest)
    except TooManyBoxes:
        return False
    return all(intersect(left, right) is None for left in first for right in second)


def _row(row: TableRow) -> _Row | None:
    """None where the row asks for a weight in another way than a range."""
    parts = row.where.parts if isinstance(row.where, All) else (row.where,)
    low, high = 0, None
    rest: list[Condition] = []
    for part in _flat(parts):
        if not reads_weight(part):
            rest.append(part)
            continue
        found = _range(part) if isinstance(part, Test) else None
        if found is None:
            return None
        low = max(low, found[0])
        high = found[1] if high is None else high if found[1] is None else min(high, found[1])
    return _Row(row, low, high, All(tuple(rest)))


def _flat(parts: tuple[Condition, ...]) -> list[Condition]:
    found: list[Condition] = []
    for part in parts:
        found += _flat(part.parts) if isinstance(part, All) else [part]
    return found


def _range(test: Test) -> tuple[int, int | None] | None:
    first = test.operands[0]
    last = test.operands[-1]
    if not isinstance(first, int) or not isinstance(last, int):
        return None
    match test.operator:
        case "at_least":
            return first, None
        case "more_than":
            return first + 1, None
        case "less_than":
            return 0, first
        case "at_most":
            return 0, first + 1
        case "between":
            return first, last
        case _:
            return None
