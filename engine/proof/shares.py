"""How much of the items can discounts take at most, whatever the cart?

Lanes and coupons are taken one after the other. What is left of the items after each is at least a share of the items
less a slack for roundings: `left >= share * items - slack`. The argument is by composition and knows nothing of which
rules can hold together, so it proves less than is true, and never more.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from engine.documents.conditions import AnyOf, Condition, Not, Test
from engine.documents.effects import AmountOff, Effect, Gift, PercentOff, Ratio, TieredPercent
from engine.documents.model import Coupon, CouponsDocument, Promotion, PromotionsDocument
from engine.money.rounding import Rounding, round_ratio
from engine.runtime.book import Book

_SUMS: Final = frozenset(
    {
        "subtotal.items",
        "subtotal.after_line_discounts",
        "subtotal.after_order_discounts",
        "subtotal.after_discounts",
    }
)
"""Sums that are never more than the items."""

_SLACK: Final[dict[Rounding, Fraction]] = {
    "half_up": Fraction(1, 2),
    "half_even": Fraction(1, 2),
    "half_down": Fraction(1, 2),
    "up": Fraction(1),
    "down": Fraction(0),
}
"""How much a rounding may add, in minor units."""

_TRIED: Final = 400
"""Amounts for which a rounding is worked out; for greater ones it adds less than a slack by that many."""


@dataclass(frozen=True, slots=True)
class Left:
    """At least `share` of the items less `slack` minor units is left."""

    share: Fraction
    slack: Fraction


@dataclass(frozen=True, slots=True)
class _Taken:
    """A rule takes at most `share` of what is left, or of the items (`initial`), and `slack` minor units more."""

    share: Fraction
    slack: Fraction = Fraction(0)
    initial: bool = False
    by_line: bool = False


_NOTHING: Final = _Taken(Fraction(0))
_EVERYTHING: Final = _Taken(Fraction(1))


def least_left(book: Book) -> tuple[Left, ...]:
    """What is always left of the items after all discounts on lines, order and by codes; every one of these holds."""
    return tuple(_left(book, exact) for exact in (True, False))


def most_taken(book: Book) -> int | None:
    """The most minor units that discounts on lines and order can take, None where nothing bounds them."""
    most = 0
    for lane in _lanes(book):
        bounds = [_most_of(rule.then) for rule in lane.rules]
        if any(bound is None for bound in bounds):
            return None
        known = [bound for bound in bounds if bound is not None]
        most += max(known, default=0) if lane.one_only else sum(known)
    return most


# the lanes -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Lane:
    """Rules that run together: one of them only, or each after the other; or the best for each line."""

    rules: tuple[Promotion | Coupon, ...]
    rounding: Rounding
    one_only: bool
    best_by_line: bool = False


def _lanes(book: Book) -> Iterator[_Lane]:
    promotions, coupons = book.documents.get("promotions"), book.documents.get("coupons")
    if isinstance(promotions, PromotionsDocument):
        for stage in ("lines", "order"):
            for lane in (each for each in promotions.lanes if each.stage == stage):
                rules = _in_order(rule for rule in promotions.rules if rule.lane == lane.id)
                by_line = stage == "lines" and lane.pick == "best"
                yield _Lane(rules, promotions.head.rounding, lane.pick != "all" and not by_line, by_line)
    if isinstance(coupons, CouponsDocument):
        yield _Lane(_in_order(coupons.coupons), coupons.head.rounding, coupons.stacking == "none")


def _in_order(rules: Iterable[Promotion | Coupon]) -> tuple[Promotion | Coupon, ...]:
    """The order in which they are taken. It matters: a share of the whole weighs more after a share of the rest."""
    return tuple(sorted(rules, key=lambda rule: (-rule.priority, rule.id)))


def _left(book: Book, exact: bool) -> Left:
    """`exact` takes the slack of roundings apart, else it is made part of the share."""
    left = Left(Fraction(1), Fraction(0))
    for lane in _lanes(book):
        taken = [_taken(rule, lane.rounding, exact) for rule in lane.rules]
        if lane.one_only:
            left = _after(left, _greatest(taken))
        elif lane.best_by_line:
            for each in (_greatest(found for found in taken if found.by_line), *taken):
                left = left if each.by_line and each in taken else _after(left, each)
        else:
            for each in taken:
                left = _after(left, each)
    return left


def _greatest(taken: Iterable[_Taken]) -> _Taken:
    """What bounds each of them."""
    found = list(taken)
    return _Taken(
        max((each.share for each in found), default=Fraction(0)),
        max((each.slack for each in found), default=Fraction(0)),
        initial=any(each.initial for each in found),
    )


def _after(left: Left, taken: _Taken) -> Left:
    if taken.initial:
        return Left(max(Fraction(0), left.share - taken.share), left.slack + taken.slack)
    return Left(left.share * (1 - taken.share), left.slack + taken.slack)


# one rule ------------------------------------------------------------------------------------------------------


def _taken(rule: Promotion | Coupon, rounding: Rounding, exact: bool) -> _Taken:
    effect = rule.then
    if isinstance(effect, Gift) or getattr(effect, "on", "") == "shipping":
        return _NOTHING
    by_amount = _of_an_amount(effect, rule.when)
    if not isinstance(effect, PercentOff | TieredPercent):
        return by_amount or _EVERYTHING
    ratios = [effect.percent] if isinstance(effect, PercentOff) else [row.percent for row in effect.rows]
    initial = effect.basis == "initial"
    percent = max((Fraction(*ratio) for ratio in ratios), default=Fraction(0))
    if effect.on == "lines":
        found = _Taken(_with_rounding(ratios, rounding), initial=initial, by_line=True)
    elif exact:
        found = _Taken(percent, _SLACK[rounding], initial=initial)
    else:
        found = _Taken(_with_rounding(ratios, rounding), initial=initial)
    return by_amount if by_amount is not None and by_amount.share < found.share else found


def _of_an_amount(effect: Effect, when: Condition) -> _Taken | None:
    """An amount that is bounded, as a share of the least sum the rule asks for."""
    most, least = _most_of(effect), _least_sum(when)
    return None if most is None or least <= 0 else _Taken(min(Fraction(1), Fraction(most, least)), initial=True)


def _most_of(effect: Effect) -> int | None:
    """The most a rule takes off the items in one cart; None when nothing bounds it."""
    match effect:
        case Gift():
            return 0
        case AmountOff() | PercentOff() | TieredPercent() if effect.on == "shipping":
            return 0
        case AmountOff():
            if effect.tax is not None:
                return None  # the amount grows when tax is added to it
            return effect.amount if effect.on == "order" and effect.cap is None else effect.cap
        case PercentOff() | TieredPercent():
            return effect.cap
        case _:
            return 0 if getattr(effect, "on", "") == "shipping" else None


def _least_sum(when: Condition) -> int:
    """What the items come to at least when the condition holds; 0 when it does not say."""
    if isinstance(when, Test):
        value = when.operands[0]
        if when.fact not in _SUMS or not isinstance(value, int):
            return 0
        return {"at_least": value, "is": value, "between": value, "more_than": value + 1}.get(when.operator, 0)
    if isinstance(when, Not):
        return 0
    least = [_least_sum(part) for part in when.parts]
    return min(least, default=0) if isinstance(when, AnyOf) else max(least, default=0)


def _with_rounding(ratios: Iterable[Ratio], rounding: Rounding) -> Fraction:
    """The greatest share of an amount that a rounded percentage of it can be: 10 % of 0.05 is 0.01, which is 20 %."""
    shares = [Fraction(0)]
    for numerator, denominator in ratios:
        tried = (Fraction(round_ratio(each * numerator, denominator, rounding), each) for each in range(1, _TRIED))
        shares += [*tried, Fraction(numerator, denominator) + _SLACK[rounding] / _TRIED]
    return min(Fraction(1), max(shares))
