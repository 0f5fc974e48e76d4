"""Which coupon codes belong to two coupons at the same time?"""

from __future__ import annotations

from collections.abc import Iterator

from engine.documents.model import Coupon, CouponsDocument, Window
from engine.lint.study import Study
from engine.text.diagnostics import Diagnostic, Related, error


def coupon_codes(study: Study) -> Iterator[Diagnostic]:
    """RS452 for a code, or a campaign, that two coupons with overlapping windows claim."""
    if not isinstance(study.document, CouponsDocument):
        return
    claimed: dict[tuple[str, str], list[Coupon]] = {}
    for coupon in study.document.coupons:
        names = [("code", code) for code in coupon.codes]
        if coupon.campaign is not None:
            names.append(("campaign", coupon.campaign))
        for name in names:
            others = claimed.setdefault(name, [])
            other = next((other for other in others if _meet(other.window, coupon.window)), None)
            if other is not None:
                yield _claimed_twice(study, name, other, coupon)
            others.append(coupon)


def _claimed_twice(study: Study, name: tuple[str, str], earlier: Coupon, later: Coupon) -> Diagnostic:
    what, word = name
    starts = [window.start for window in (earlier.window, later.window) if window.start is not None]
    at = f", now = {study.words.value('now', max(starts))}" if starts else ""
    return error(
        "RS452",
        f"{what} '{word}' belongs to two coupons: '{earlier.id}' and '{later.id}'",
        later.span,
        hint="give each coupon a code of its own, or end one before the other begins",
        witness=f"coupon.code = {word}{at}" if what == "code" else f"a code of campaign {word}{at}",
        related=[Related(earlier.span, f"coupon '{earlier.id}'")],
    )


def _meet(one: Window, two: Window) -> bool:
    return _before(one.start, two.end) and _before(two.start, one.end)


def _before(start: int | None, end: int | None) -> bool:
    return start is None or end is None or start < end
