"""What of a book can change money? Its rules with their conditions as boxes and one numbering of all line conditions.

The compiled programs answer quickly and can no longer be read; so this reads the documents again, in the same way.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from engine.boxes.box import Box
from engine.boxes.build import boxes_of, conjunction
from engine.compiler.conditions import SelectionTable, rule_boxes
from engine.compiler.effects import compile_effect
from engine.documents.conditions import Aggregate, Condition
from engine.documents.effects import Effect, cap_of
from engine.documents.model import (
    AnyDocument,
    CheckoutDocument,
    Coupon,
    CouponsDocument,
    LaneStage,
    Limits,
    PricingDocument,
    PromotionsDocument,
    ShippingDocument,
    TaxDocument,
)
from engine.runtime.book import Book
from engine.runtime.effects.lines import LineAmount, LinePercent, LinePrice, LineTiers
from engine.runtime.promotion_program import CompiledEffect
from engine.runtime.selection import ALL_LINES

Boxes = tuple[Box, ...]
_ALWAYS: Boxes = (Box(),)
_BY_LINE = LinePercent | LineAmount | LinePrice | LineTiers


@dataclass(frozen=True, slots=True)
class Rule:
    """A promotion or coupon. Selections in `effect` are numbers of the plan's table; `boxes` is its condition."""

    id: str
    lane: str
    effect: CompiledEffect
    boxes: Boxes
    cap: int | None
    limits: Limits
    exclusive_with: frozenset[str]

    @property
    def by_line(self) -> bool:
        """Whether it treats lines one by one, with no bound over all of them."""
        bounded = self.cap is not None or self.limits.budget is not None or self.limits.per_order is not None
        return isinstance(self.effect, _BY_LINE) and not bounded

    @property
    def content(self) -> tuple[object, ...]:
        """What decides the amount it gives, whoever asks."""
        return (self.effect, self.cap, self.limits.per_order, self.limits.budget)


@dataclass(frozen=True, slots=True)
class PlannedLane:
    """Rules in order of precedence."""

    id: str
    pick: str
    stage: LaneStage
    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class PlannedCoupon:
    """A coupon and what it gives."""

    coupon: Coupon
    rule: Rule


class LineKinds(SelectionTable):
    """One numbering of the line conditions of several books. Number 0 is every line."""

    def __init__(self) -> None:
        super().__init__({})
        self.boxes: list[Boxes] = [_ALWAYS]
        self.wheres: dict[Boxes, int] = {_ALWAYS: ALL_LINES}

    def number(self, where: Condition) -> int:
        """The number of the selection; equal conditions (by their boxes) share one."""
        found = boxes_of(where)
        if found not in self.wheres:
            self.wheres[found] = len(self.boxes)
            self.boxes.append(found)
        return self.wheres[found]


@dataclass
class BookPlan:
    """The documents of a book by kind, with the promotions and coupons planned; `aggregates` of all kinds by axis."""

    book: Book
    kinds: LineKinds
    pricing: PricingDocument | None = None
    promotions: PromotionsDocument | None = None
    coupons: CouponsDocument | None = None
    shipping: ShippingDocument | None = None
    tax: TaxDocument | None = None
    checkout: CheckoutDocument | None = None
    lanes: list[PlannedLane] = field(default_factory=list)
    admitted: list[PlannedCoupon] = field(default_factory=list)
    aggregates: dict[str, tuple[Aggregate, int]] = field(default_factory=dict)


def plan_book(book: Book, kinds: LineKinds) -> BookPlan:
    """Read the documents of a book for the model; line conditions are numbered in `kinds`."""
    plan = BookPlan(book, kinds)
    for kind in sorted(book.documents):
        _add(plan, book.documents[kind])
    return plan


def _add(plan: BookPlan, document: AnyDocument) -> None:
    match document:
        case PricingDocument():
            plan.pricing = document
            for rule in document.rules:
                plan.kinds.number(rule.where)
        case PromotionsDocument():
            plan.promotions = document
            plan.lanes = _lanes(document, plan.kinds)
        case CouponsDocument():
            plan.coupons = document
            plan.admitted = _coupons(document, plan.kinds)
        case ShippingDocument():
            plan.shipping = document
        case TaxDocument():
            plan.tax = document
        case CheckoutDocument():
            plan.checkout = document
        case _:
            return
    for axis, aggregate in document.aggregates.items():
        plan.aggregates[axis] = (aggregate, plan.kinds.number(aggregate.where))


def _lanes(document: PromotionsDocument, kinds: LineKinds) -> list[PlannedLane]:
    """The lanes in the order they run."""
    stages: Sequence[LaneStage] = ("lines", "order", "shipping")
    return [
        PlannedLane(
            lane.id,
            lane.pick,
            lane.stage,
            tuple(
                _rule(
                    rule.id,
                    lane.id,
                    rule.then,
                    rule_boxes(rule.window, rule.when),
                    rule.limits,
                    rule.exclusive_with,
                    kinds,
                )
                for rule in sorted(document.rules, key=lambda rule: (-rule.priority, rule.id))
                if rule.lane == lane.id
            ),
        )
        for stage in stages
        for lane in document.lanes
        if lane.stage == stage
    ]


def _coupons(document: CouponsDocument, kinds: LineKinds) -> list[PlannedCoupon]:
    """The coupons in the order they are looked at."""
    return [
        PlannedCoupon(
            coupon,
            _rule(
                coupon.id,
                "coupons",
                coupon.then,
                conjunction(coupon.when),
                Limits(per_order=coupon.limits.per_order, budget=coupon.limits.budget),
                coupon.exclusive_with,
                kinds,
            ),
        )
        for coupon in sorted(document.coupons, key=lambda coupon: (-coupon.priority, coupon.id))
    ]


def _rule(
    name: str, lane: str, then: Effect, boxes: Boxes, limits: Limits, excludes: Sequence[str], kinds: LineKinds
) -> Rule:
    effect = compile_effect(then, kinds)
    return Rule(name, lane, effect, boxes, cap_of(then), limits, frozenset(excludes))
