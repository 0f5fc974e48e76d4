"""Does everything that is given out have a coupon? What a referrals ruleset gives is written in another ruleset."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from engine.documents.model import Give
from engine.text.diagnostics import Diagnostic, error
from server.decisions.books import LiveBook
from server.rule_admin.gates import Candidate
from server.web.call import Call

_SHIPPED: Final = "rules/"
"""How the texts of rulesets begin that come with the shop."""


async def campaigns_exist(_call: Call, candidate: Candidate) -> Sequence[Diagnostic]:
    """RS374 for what is given out and no coupon has, RS375 for what works for whoever has the code.

    A store that never wrote a referrals ruleset may write coupons as it likes: then the one that ships gives nothing.
    """
    live = candidate.book
    if live.referrals is None or (candidate.version.kind != "referrals" and _is_shipped(live)):
        return ()
    return [found for give in live.referrals.gives for found in _found(live, give)]


def _is_shipped(live: LiveBook) -> bool:
    return any(text.kind == "referrals" and text.path.startswith(_SHIPPED) for text in live.texts)


def _found(live: LiveBook, give: Give) -> Iterator[Diagnostic]:
    coupons = {} if live.book.coupons is None else live.book.coupons.by_campaign
    coupon = coupons.get(give.campaign)
    if coupon is None:
        known = ", ".join(sorted(coupons)) or "none"
        hint = f"there are: {known}; publish the coupon first"
        yield error("RS374", f"no coupon has the campaign '{give.campaign}'", give.span, hint=hint)
    elif not coupon.coupon.user_bound:
        message = f"the coupon of the campaign '{give.campaign}' works for whoever has the code"
        yield error("RS375", message, give.span, hint="add `user_bound: true` to the coupon")
