"""Do the stages after a difference keep what is cheaper cheaper?

Structure alone proves it in plain books only: no later rule reads a sum that the difference changes, and what later
promotions take off grows by no more than what they take it off. The reasons why it does not are said.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from engine.documents.conditions import ALWAYS, facts_read
from engine.documents.effects import AmountOff, Effect, FixedPrice, Gift, PercentOff, TieredPercent, line_condition
from engine.documents.model import Coupon, Promotion
from engine.equivalence.gives import acts_by_line
from engine.equivalence.model import Gap, Stage
from engine.equivalence.sides import Side, Sides, read_by_shipping
from engine.facts.vocabulary import Stage as VocabularyStage
from engine.facts.vocabulary import stage_rank

_GOODS: Final[tuple[Stage, ...]] = ("pricing", "line promotions", "order promotions")
_VALUES_FROM: Final[dict[Stage, VocabularyStage]] = {
    "pricing": "pricing",
    "line promotions": "line_promotions",
    "order promotions": "order_promotions",
}
"""The first stage whose facts a difference at a stage can change."""

_SHIPPING: Final = ("shipping.price", "shipping.after_discounts", "total", "tax.total")


def doubt(gap: Gap, sides: Sides) -> str:
    """Why it is not proved that NEW charges no more in the gap; "" when it is."""
    if not gap.cheaper:
        return f"{gap.about}, which by itself may cost more"
    side = sides.new
    if gap.stage == "checkout":
        return ""
    if gap.stage == "tax":
        return _doubt_about_tax(side)
    if gap.stage in ("shipping", "shipping promotions"):
        return _doubt_after_shipping(side)
    return _doubt_after_goods(gap, sides) if gap.stage in _GOODS else "coupons are not compared by what they take off"


def _doubt_after_goods(gap: Gap, sides: Sides) -> str:
    side = sides.new
    changed = stage_rank(_VALUES_FROM[gap.stage])
    for fact in _read_after(side):
        known = sides.vocabulary.find(fact)
        if (fact.startswith("lines[") and gap.stage == "pricing") or (known and stage_rank(known.stage) >= changed):
            return f"a rule reads {_shown(fact)}, which may turn what is saved into what costs more"
    if side.tax is not None and side.tax.prices != "included":
        return "tax is added to amounts that are shared otherwise"
    if gap.stage == "pricing" and any(getattr(rule.then, "basis", "") == "initial" for rule in _promotions(side)):
        return "a percentage of the price before promotions shrinks with the price"
    return _doubt_about_promotions(side)


def _doubt_after_shipping(side: Side) -> str:
    read = [fact for rule in _promotions(side) for fact in _facts_of(rule)]
    for fact in read:
        if fact.startswith(_SHIPPING):
            return f"a promotion reads {fact}"
    if _excludes(side):
        return "promotions exclude one another"
    on_shipping = (rule.then for rule in _promotions(side) if getattr(rule.then, "on", "") == "shipping")
    if not all(isinstance(effect, PercentOff | AmountOff | FixedPrice) for effect in on_shipping):
        return "a promotion takes off shipping in steps"
    tax = side.tax
    if tax is not None and tax.prices != "included" and (tax.level == "total" or tax.shipping == "pro_rata"):
        return "tax is added to shipping together with goods"
    if tax is not None and any(fact.startswith("shipping.") for rate in tax.rates for fact in facts_read(rate.where)):
        return "a tax rate reads what shipping costs"
    return ""


def _doubt_about_tax(side: Side) -> str:
    if any(fact.endswith((".gross", ".net")) or fact == "tax.total" for fact in side.facts_read()):
        return "a rule reads a sum with or without tax"
    if any(isinstance(rule.then, AmountOff) and rule.then.tax is not None for rule in _promotions(side)):
        return "an amount off is meant with or without tax"
    return ""


def _doubt_about_promotions(side: Side) -> str:
    """Line by line first, then only on the whole order: sharing an amount over lines is not monotone line by line."""
    if _excludes(side):
        return "promotions exclude one another"
    picks = {} if side.promotions is None else {lane.id: lane for lane in side.promotions.lanes}
    for rule in _promotions(side):
        effect, lane = rule.then, picks.get(rule.lane) if isinstance(rule, Promotion) else None
        if isinstance(effect, Gift) or getattr(effect, "on", "") == "shipping":
            continue
        if not isinstance(effect, PercentOff | AmountOff | FixedPrice) or rule.limits.per_order is not None:
            return f"'{rule.id}' acts on groups of units"
        if isinstance(effect, AmountOff) and effect.tax is not None:
            return "an amount off is meant with or without tax"
        by_line = isinstance(rule, Promotion) and lane is not None and lane.stage == "lines" and acts_by_line(rule)
        if by_line and lane is not None and lane.pick != "first":
            continue
        if not _on_whole_order(effect):
            return f"'{rule.id}' acts on some lines after amounts were shared over all"
    return ""


def _on_whole_order(effect: Effect) -> bool:
    return getattr(effect, "on", "") == "order" and line_condition(effect) == ALWAYS


def _promotions(side: Side) -> Iterator[Promotion | Coupon]:
    yield from () if side.promotions is None else side.promotions.rules
    yield from () if side.coupons is None else side.coupons.coupons


def _excludes(side: Side) -> bool:
    return any(rule.exclusive_with for rule in _promotions(side))


def _facts_of(rule: Promotion | Coupon) -> Iterator[str]:
    yield from facts_read(rule.when)
    yield from facts_read(line_condition(rule.then))
    if isinstance(rule.then, TieredPercent):
        yield rule.then.by


def _read_after(side: Side) -> Iterator[str]:
    """What promotions, coupons, shipping and tax read. The checkout only refuses, and who is refused is not charged."""
    for rule in _promotions(side):
        yield from _facts_of(rule)
    if side.shipping is not None:
        yield from read_by_shipping(side.shipping)
    if side.tax is not None:
        yield from (fact for rate in side.tax.rates for fact in facts_read(rate.where))
        yield from (fact for exemption in side.tax.exemptions for fact in facts_read(exemption.when))


def _shown(fact: str) -> str:
    return "a sum over lines" if fact.startswith("lines[") else fact
