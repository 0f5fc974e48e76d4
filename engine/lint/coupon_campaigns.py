"""Which campaigns belong to two coupons?

A code the shop issued is looked up by its campaign, so a campaign leads to one coupon. (That every code listed in a
document belongs to one coupon is checked when the document is read.)
"""

from __future__ import annotations

from collections.abc import Iterator

from engine.documents.model import Coupon, CouponsDocument
from engine.lint.study import Study
from engine.text.diagnostics import Diagnostic, Related, error


def coupon_campaigns(study: Study) -> Iterator[Diagnostic]:
    """RS452 for a campaign that an earlier coupon has, whatever their windows."""
    if not isinstance(study.document, CouponsDocument):
        return
    first: dict[str, Coupon] = {}
    for coupon in study.document.coupons:
        if coupon.campaign is None:
            continue
        earlier = first.setdefault(coupon.campaign, coupon)
        if earlier is not coupon:
            yield error(
                "RS452",
                f"campaign '{coupon.campaign}' belongs to two coupons: '{earlier.id}' and '{coupon.id}'",
                coupon.span,
                hint="give each coupon a campaign of its own, also when one follows the other in time",
                witness=f"a code of campaign {coupon.campaign}",
                related=[Related(earlier.span, f"coupon '{earlier.id}'")],
            )
