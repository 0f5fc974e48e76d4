"""Of which carts, and of which line in them, can a promotion, coupon or price rule give something?

A rule needs a line that its effect selects, so the conditions on that line belong to its boxes; so does what the
effect itself asks: the first tier, the shipping methods it names.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from engine.boxes.box import Box, intersect
from engine.boxes.values import ValueSet
from engine.documents.effects import AmountOff, FixedPrice, PercentOff, TieredPercent
from engine.documents.model import Coupon, PriceRule, Promotion
from engine.lint.clauses import line_conditions
from engine.lint.study import Boxes, Study

METHOD_AXIS: Final = "shipping.decided"
"""The axis on which shipping discounts for some methods are told apart: a shipping lane sees each method in it."""


def promotion_boxes(study: Study, rule: Promotion | Coupon) -> Boxes:
    """Cart and line facts in one box; none when the rule holds for no cart, or there are too many boxes to say."""
    effect = rule.then
    boxes = study.boxes(rule.window, rule.when, *line_conditions(effect)[:1]) or ()
    if isinstance(effect, TieredPercent) and effect.rows:
        boxes = _cut(study, boxes, effect.by, ValueSet.interval(min(row.start for row in effect.rows), None))
    methods = effect.methods if isinstance(effect, PercentOff | AmountOff | FixedPrice) else ()
    if methods:
        boxes = _cut(study, boxes, METHOD_AXIS, ValueSet.points(methods))
    return boxes


def price_boxes(study: Study, rule: PriceRule) -> Boxes:
    """The lines, and the carts they lie in, for which the rule has a price."""
    boxes = study.boxes(rule.window, rule.when, rule.where) or ()
    if rule.fact is not None:
        return _cut(study, boxes, rule.fact, ValueSet.known())
    if rule.tiers:
        return _cut(study, boxes, "line.quantity", ValueSet.interval(min(tier.start for tier in rule.tiers), None))
    return boxes


def _cut(study: Study, boxes: Iterable[Box], axis: str, values: ValueSet) -> Boxes:
    limit = Box({axis: values.intersect(study.domain.values(axis))})
    return tuple(both for box in boxes if (both := intersect(box, limit)) is not None)
