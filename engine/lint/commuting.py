"""Which two rules certainly come to the same, whichever of them comes first?

Proofs without a cart, for effects of rules that hold together:

- they act on different lines, methods, or one of them on neither (a gift);
- both take an amount that does not depend on what is left (fixed, or a percentage of the initial price), line by line,
  or of the same lines together: however they follow each other, what they take is the sum, or all there is;
- both set a price: the lower one stands;
- they say the same.

False only means that it was not proved.
"""

from __future__ import annotations

from engine.boxes.box import Box, intersect
from engine.documents.conditions import Condition
from engine.documents.effects import AmountOff, Effect, FixedPrice, Gift, PercentOff, TieredPercent
from engine.documents.model import Coupon, Promotion
from engine.lint.clauses import line_conditions
from engine.lint.duplicate_rules import what_is_said
from engine.lint.merging import merged
from engine.lint.study import Study

_OFF = PercentOff | AmountOff | TieredPercent
_PLAIN = PercentOff | AmountOff | TieredPercent | FixedPrice


def commute(study: Study, one: Promotion | Coupon, two: Promotion | Coupon) -> bool:
    """Whether the total is the same in either order, for every cart for which both hold. Money only: which line it is
    taken from can still differ where both act on the order.
    """
    first, second = one.then, two.then
    if isinstance(first, Gift) or isinstance(second, Gift) or _say_the_same(one, two):
        return True
    if lowers_shipping(first) != lowers_shipping(second):
        return True
    if lowers_shipping(first):
        return _methods_apart(first, second) or _same_shipping(first, second)
    return _lines_apart(study, first, second) or _same_goods(study, one, two)


def lowers_shipping(effect: Effect) -> bool:
    """Whether the effect is about the price of a shipping method, not about goods."""
    return isinstance(effect, _PLAIN) and effect.on == "shipping"


def _say_the_same(one: Promotion | Coupon, two: Promotion | Coupon) -> bool:
    """Whether only the names differ in what the rules give; what is left of a budget is counted for each."""
    if one.limits != two.limits or one.limits.budget is not None:
        return False
    return what_is_said(one.then) == what_is_said(two.then)


def _same_shipping(one: Effect, two: Effect) -> bool:
    if isinstance(one, FixedPrice) and isinstance(two, FixedPrice):
        return True
    return _is_static(one) and _is_static(two)


def _same_goods(study: Study, one: Promotion | Coupon, two: Promotion | Coupon) -> bool:
    first, second = one.then, two.then
    if not (isinstance(first, _PLAIN) and isinstance(second, _PLAIN)):
        return False
    if _by_line(one) and _by_line(two):
        both_prices = isinstance(first, FixedPrice) and isinstance(second, FixedPrice)
        return both_prices or (_is_static(first) and _is_static(second))
    together = _together(one) and _together(two)
    return together and _is_static(first) and _is_static(second) and _same_lines(study, first.where, second.where)


def _by_line(rule: Promotion | Coupon) -> bool:
    """Whether the effect treats lines one by one, without a bound over all of them."""
    effect, limits = rule.then, rule.limits
    if limits.per_order is not None or limits.budget is not None or not isinstance(effect, _PLAIN):
        return False
    if isinstance(effect, FixedPrice):
        return True
    return effect.cap is None and effect.on == "lines" and not _shared(effect)


def _together(rule: Promotion | Coupon) -> bool:
    """Whether the effect takes one amount of all its lines together."""
    return isinstance(rule.then, _OFF) and (rule.then.on == "order" or _shared(rule.then))


def _shared(effect: Effect) -> bool:
    """An amount for the order is one amount, also where it is taken off some lines."""
    return isinstance(effect, AmountOff) and effect.per == "order"


def _is_static(effect: Effect) -> bool:
    """Whether what the effect takes, before it meets what is left, is the same whatever was taken before."""
    if isinstance(effect, AmountOff):
        return effect.tax is None or effect.on == "shipping" or (effect.on == "lines" and effect.per != "order")
    return isinstance(effect, PercentOff | TieredPercent) and effect.basis == "initial"


def _methods_apart(one: Effect, two: Effect) -> bool:
    mine, others = getattr(one, "methods", ()), getattr(two, "methods", ())
    return bool(mine) and bool(others) and set(mine).isdisjoint(others)


def _lines_apart(study: Study, one: Effect, two: Effect) -> bool:
    return all(_apart(study, mine, other) for mine in line_conditions(one) for other in line_conditions(two))


def _apart(study: Study, one: Condition, two: Condition) -> bool:
    mine, others = study.boxes_of(one), study.boxes_of(two)
    if mine is None or others is None:
        return False
    return all(intersect(box, other) is None for box in mine for other in others)


def _same_lines(study: Study, one: Condition, two: Condition) -> bool:
    mine, others = study.boxes_of(one), study.boxes_of(two)
    return mine is not None and others is not None and _joined(mine) == _joined(others)


def _joined(boxes: tuple[Box, ...]) -> frozenset[Box]:
    return frozenset(merged(boxes))
