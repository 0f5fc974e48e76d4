"""Of which two rules that both give do only the names decide which comes first, although it matters?

The order of lanes is what the author says, and so is a priority; `best`, `first` and `exclusive_with` let one rule
win. What is left are the rules of a lane with `pick: all`, and coupons that may stand together, of the same priority:
they follow each other by id. For each such pair that can hold together either a proof says that the order does not
matter (`engine.lint.commuting`), or carts are decided both ways; one that comes to another total is the witness.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Final

from engine.boxes.bits import iter_bits
from engine.boxes.box import Box, intersect
from engine.boxes.effort import TooComplex
from engine.boxes.overlap import meeting
from engine.compiler.book import compile_book
from engine.documents.conditions import ALWAYS
from engine.documents.model import (
    AnyDocument,
    Coupon,
    CouponsDocument,
    Method,
    PercentRate,
    Promotion,
    PromotionsDocument,
    ShippingDocument,
    Zone,
)
from engine.facts.cart import Cart
from engine.hunt.ground import Ground
from engine.hunt.search import Hunted, hunt
from engine.hunt.wish import Wish, wishes_of
from engine.lint.commuting import commute, lowers_shipping
from engine.lint.exclusions import Group, exclude, groups_of
from engine.lint.findings import not_analysed
from engine.lint.study import Study
from engine.lint.witness import given
from engine.lint.wording import quoted
from engine.runtime.book import Book
from engine.runtime.evaluate import evaluate
from engine.text.diagnostics import Diagnostic, Related, error

_MOST_PAIRS: Final = 5_000
_MOST_HUNTS: Final = 25
_CARTS: Final = 200
_PRICES: Final = (1, 5, 9, 10, 15, 25, 33, 50, 99, 100, 150, 199, 333, 505, 999, 1000, 1005, 1999, 5000, 10_000, 99_999)
"""Prices at which roundings, amounts and percentages part."""

Rule = Promotion | Coupon


@dataclass(frozen=True, slots=True)
class _Pair:
    """Two rules that hold together in `both`; by their names `earlier` comes first."""

    earlier: Rule
    later: Rule
    both: Box


@dataclass(slots=True)
class _Left:
    """What a document may still take, and the pairs about which nothing was found out."""

    hunts: int = _MOST_HUNTS
    undecided: list[_Pair] = field(default_factory=list)
    untried: bool = False


def stacking(study: Study) -> Iterator[Diagnostic]:
    """RS453 for a pair whose order changes the total; RS490 for pairs that were not compared, or show nothing."""
    left = _Left()
    for group in groups_of(study):
        try:
            yield from _of_group(study, group, left)
        except TooComplex as limit:
            yield not_analysed(f"whether the order of each {group.noun} matters", str(limit), group.span)
        yield from _honest(group, left)


def _of_group(study: Study, group: Group, left: _Left) -> Iterator[Diagnostic]:
    told: set[str] = set()
    pairs = _pairs(study, group)
    for pair in islice(pairs, _MOST_PAIRS):
        if pair.later.id in told or commute(study, pair.earlier, pair.later):
            continue
        if not left.hunts:
            left.untried = True
            return
        left.hunts -= 1
        orders = _Orders(study, group, pair)
        found = orders.hunted()
        if found.cart is None:
            left.undecided.append(pair)
        else:
            told.add(pair.later.id)
            yield _finding(study, group, pair, orders, found.cart)
    left.untried |= next(pairs, None) is not None


def _pairs(study: Study, group: Group) -> Iterator[_Pair]:
    """Rules of one priority that hold for one cart and do not exclude each other, each pair once, in order."""
    rules = sorted(group.rules, key=lambda rule: (-rule.priority, rule.id))
    owned = [(number, box) for number, rule in enumerate(rules) for box in study.boxes(rule.window, rule.when) or ()]
    if not _some_tie(rules):
        return
    seen: set[tuple[int, int]] = set()
    for (number, box), mask in zip(owned, meeting([box for _, box in owned]), strict=True):
        for place in iter_bits(mask):
            first, other = owned[place]
            if first >= number:
                break
            if rules[first].priority != rules[number].priority or (first, number) in seen:
                continue
            both = intersect(box, other)
            if both is not None and not exclude(rules[first], rules[number], group.lane):
                seen.add((first, number))
                yield _Pair(rules[first], rules[number], both)


def _some_tie(rules: Sequence[Rule]) -> bool:
    return len({rule.priority for rule in rules}) < len(rules)


# both orders ----------------------------------------------------------------------------------------------------


class _Orders:
    """The two rules of a pair alone, as they come by name and the other way round."""

    def __init__(self, study: Study, group: Group, pair: _Pair) -> None:
        self._study = study
        self._group = group
        self._pair = pair
        later = pair.later
        self._as_named = self._book(pair, later.priority)
        self._turned = self._book(pair, later.priority + 1)

    def totals(self, cart: Cart) -> tuple[int, int]:
        """The total as the names have it, and the other way round."""
        return evaluate(self._as_named, cart).totals.total, evaluate(self._turned, cart).totals.total

    def delivery(self, cart: Cart) -> str:
        """What shipping costs before discounts, where that is what the rules lower: no scenario can state it."""
        if not lowers_shipping(self._pair.later.then):
            return ""
        decision = evaluate(self._as_named, cart)
        price = self._study.words.money(decision.totals.shipping + decision.totals.shipping_discount)
        return f"; delivery costs {price}"

    def hunted(self) -> Hunted:
        """A small cart with two totals; carts for which both rules act are tried first."""
        return hunt([self._as_named], self._differ, most=_CARTS, first=tuple(self._carts()))

    def _differ(self, cart: Cart) -> bool:
        one, other = self.totals(cart)
        return one != other

    def _carts(self) -> Iterator[Cart]:
        ground = Ground([self._as_named])
        wishes = [next(wishes_of(aim), Wish()) for aim, _ in ground.aims if aim.kind == self._group.noun + "s"]
        if len(wishes) < 2:
            return
        both = wishes[0].and_also(wishes[1])
        maker = ground.makers[0][0]
        for wish in (both, *(both.with_forced("line.list_price", price) for price in _PRICES)):
            cart = maker.cart(wish)
            if cart is not None:
                yield cart

    def _book(self, pair: _Pair, priority: int) -> Book:
        document = self._study.document
        turned = replace(pair.later, priority=priority)
        documents: dict[str, AnyDocument] = {}
        if isinstance(document, PromotionsDocument) and isinstance(pair.earlier, Promotion):
            assert isinstance(turned, Promotion)
            lanes = tuple(lane for lane in document.lanes if lane.id == self._group.lane)
            rules = (pair.earlier, turned)
            documents["promotions"] = replace(document, lanes=lanes, rules=rules, cases=(), invariants=())
        elif isinstance(document, CouponsDocument) and isinstance(pair.earlier, Coupon):
            assert isinstance(turned, Coupon)
            documents["coupons"] = replace(document, coupons=(pair.earlier, turned), cases=(), invariants=())
        if lowers_shipping(pair.later.then):
            documents["shipping"] = self._delivery(pair)
        return compile_book(documents, self._currency, self._study.vocabulary)

    @property
    def _currency(self) -> str:
        return self._study.document.head.currency or "EUR"

    def _delivery(self, pair: _Pair) -> ShippingDocument:
        """One method that both rules are for, where they want it, at the price of the goods: any price can be had."""
        zone = pair.both["shipping.zone"].smallest()
        decided = pair.both["shipping.decided"].smallest()
        methods = [set(getattr(rule.then, "methods", ())) for rule in (pair.earlier, pair.later)]
        named = sorted(set.intersection(*methods) if all(methods) else set.union(*methods))
        span = self._group.span
        rate = PercentRate(percent=(1, 1), of="subtotal.items", span=span)
        method = Method(id=named[0] if named else str(decided or "standard"), rates={"": rate}, span=span)
        where = () if not isinstance(zone, str) else (Zone(id=zone, where=ALWAYS, span=span),)
        head = replace(self._study.document.head, kind="shipping", currency=self._currency)
        return ShippingDocument(head=head, policy="first", zones=where, methods=(method,))


# findings -------------------------------------------------------------------------------------------------------


def _finding(study: Study, group: Group, pair: _Pair, orders: _Orders, cart: Cart) -> Diagnostic:
    one, other = (study.words.money(total) for total in orders.totals(cart))
    earlier, later = pair.earlier, pair.later
    return error(
        "RS453",
        f"{group.noun}s '{earlier.id}' and '{later.id}' both give, and only their names decide which comes first: "
        f"a total of {one} becomes {other} the other way round",
        later.span,
        hint="give the one that should come first a greater `priority`, put them into two lanes, or let one win",
        witness=given(cart, study.vocabulary) + orders.delivery(cart),
        related=[Related(earlier.span, f"{group.noun} '{earlier.id}'")],
    )


def _honest(group: Group, left: _Left) -> Iterator[Diagnostic]:
    """What was not found out: a note where carts showed nothing, a warning where pairs were not even tried."""
    if left.undecided:
        names = quoted(name for pair in left.undecided for name in (pair.earlier.id, pair.later.id))
        why = f"{_CARTS} carts came to the same total either way, which is no proof"
        what = f"whether the order of {group.noun}s {names}, which only their names decide, matters"
        yield not_analysed(what, why, left.undecided[0].later.span, severity="note")
    if left.untried:
        why = "too many of them have the same priority and hold together, and only the first pairs were compared"
        yield not_analysed(f"whether the order of all {group.noun}s of '{group.lane}' matters", why, group.span)
    left.undecided, left.untried = [], False
