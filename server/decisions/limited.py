"""What of a rule book can be used up? Limits of its coupons and promotions, found once when the book is compiled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from engine.documents.model import AnyDocument, CouponsDocument, Limits, PromotionsDocument


@dataclass(frozen=True, slots=True)
class Limited:
    """Limits by the ids of rules: of all coupons, and of those promotions that earlier orders can use up.

    `campaigns` has the coupon that the issued codes of a campaign belong to, by campaign.
    """

    coupons: Mapping[str, Limits]
    promotions: Mapping[str, Limits]
    campaigns: Mapping[str, str]


def limited(documents: Mapping[str, AnyDocument]) -> Limited:
    """The limits of these documents, by kind."""
    coupons, promotions = documents.get("coupons"), documents.get("promotions")
    codes = coupons.coupons if isinstance(coupons, CouponsDocument) else ()
    rules = promotions.rules if isinstance(promotions, PromotionsDocument) else ()
    return Limited(
        coupons={coupon.id: coupon.limits for coupon in codes},
        promotions={rule.id: rule.limits for rule in rules if is_counted(rule.limits)},
        campaigns={coupon.campaign: coupon.id for coupon in codes if coupon.campaign is not None},
    )


def is_counted(limits: Limits) -> bool:
    """Whether earlier orders can stand in the way of another use."""
    return (limits.total, limits.per_customer, limits.per_code, limits.budget) != (None, None, None, None)
