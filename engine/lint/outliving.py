"""Which coupons are still open when what they are for is over?

A coupon's conditions can end before its `until`: they ask for a `now` before some day. From then on the code can no
longer give anything, but as its window is open customers are told to wait (`pending`) instead of that it has expired.
"""

from __future__ import annotations

from collections.abc import Iterator

from engine.documents.model import Coupon, CouponsDocument
from engine.lint.study import Study
from engine.text.diagnostics import Diagnostic, error


def outliving_coupons(study: Study) -> Iterator[Diagnostic]:
    """RS456 for a coupon whose window is open after the last instant at which its conditions can hold."""
    if isinstance(study.document, CouponsDocument):
        for coupon in study.document.coupons:
            end = _end(study, coupon)
            if end is not None and (coupon.window.end is None or coupon.window.end > end):
                yield _finding(study, coupon, end)


def _end(study: Study, coupon: Coupon) -> int | None:
    """The instant from which on the conditions hold for no cart; None when they never end, or never hold."""
    boxes = study.boxes_of(coupon.when) or ()
    ends = [values.intervals[-1][1] if (values := box["now"]).intervals else None for box in boxes]
    known = [end for end in ends if isinstance(end, int)]
    return max(known) if known and len(known) == len(ends) else None


def _finding(study: Study, coupon: Coupon, end: int) -> Diagnostic:
    over = study.words.value("now", end)
    until = "has no end" if coupon.window.end is None else f"ends {study.words.value('now', coupon.window.end)}"
    return error(
        "RS456",
        f"coupon '{coupon.id}' {until}, but its conditions hold for no cart from {over} on",
        coupon.when_span or coupon.span,
        hint=f"write `until: {over}`, so that customers are told that the code has expired",
        witness=f"now = {over}",
    )
