"""Which tiers can no cart of their rule reach?

A tier holds from its start to the start of the next one. Where the rule's own conditions leave nothing of that, the
tier is written for nobody: 15 % from 20 units on, in a rule for carts of less than 10.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from engine.boxes.box import Box
from engine.boxes.values import ValueSet
from engine.documents.effects import Tier, TieredPercent
from engine.documents.model import Coupon, CouponsDocument, PriceTier, PricingDocument, Promotion, PromotionsDocument
from engine.lint.rule_boxes import price_boxes, promotion_boxes
from engine.lint.study import Boxes, Study
from engine.text.diagnostics import Diagnostic, error


def unreached_tiers(study: Study) -> Iterator[Diagnostic]:
    """RS461 for a tier that no cart of its promotion, coupon or price rule reaches."""
    match study.document:
        case PricingDocument(rules=prices):
            for price in prices:
                if price.tiers:
                    boxes = price_boxes(study, price)
                    yield from _unreached(study, f"price rule '{price.id}'", "line.quantity", price.tiers, boxes)
        case PromotionsDocument(rules=promotions):
            for rule in promotions:
                yield from _of_effect(study, f"promotion '{rule.id}'", rule)
        case CouponsDocument(coupons=coupons):
            for coupon in coupons:
                yield from _of_effect(study, f"coupon '{coupon.id}'", coupon)
        case _:
            pass


def _of_effect(study: Study, owner: str, rule: Promotion | Coupon) -> Iterator[Diagnostic]:
    if isinstance(rule.then, TieredPercent):
        yield from _unreached(study, owner, rule.then.by, rule.then.rows, promotion_boxes(study, rule))


def _unreached(
    study: Study, owner: str, by: str, tiers: Sequence[Tier | PriceTier], boxes: Boxes
) -> Iterator[Diagnostic]:
    """Nothing is said of a rule that holds for no cart at all, which is told already."""
    ends: list[int | None] = [*(tier.start for tier in tiers[1:]), None]
    for tier, end in zip(tiers, ends, strict=True):
        own = ValueSet.interval(tier.start, end)
        if boxes and all(_leaves_out(study, box, by, own) for box in boxes):
            start = study.words.value(by, tier.start)
            yield error(
                "RS461",
                f"in {owner}, no cart reaches the tier from {start} on: its conditions leave out such carts",
                tier.span,
                hint="correct the start of the tier or the condition, or remove the tier",
                witness=f"{by} = {start}",
            )


def _leaves_out(study: Study, box: Box, by: str, values: ValueSet) -> bool:
    return box[by].intersect(values).intersect(study.domain.values(by)).is_empty()
