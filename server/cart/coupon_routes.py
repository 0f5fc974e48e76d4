"""The address where customers ask about a coupon code before they use it."""

from __future__ import annotations

from server.cart import service
from server.cart.changes import DecidedCart
from server.cart.errors import COUPON_NOT_FOUND, NO_CART
from server.cart.schemas import CouponCodePath, CouponQuery
from server.decisions.errors import CLAIM_BROKEN, RULES_MISSING
from server.decisions.service import EXPLAIN_FULL
from server.decisions.shapes import CouponView
from server.decisions.views import view
from server.web.call import Call
from server.web.endpoint import GUEST, Routes
from server.web.problems import RATE_LIMITED

routes = Routes("Coupons")


@routes.get(
    "/coupons/{code}", needs=GUEST, errors=(NO_CART, RULES_MISSING, CLAIM_BROKEN, COUPON_NOT_FOUND, RATE_LIMITED)
)
async def check_coupon(call: Call, path: CouponCodePath, query: CouponQuery) -> CouponView:
    """What a code would do for your cart as it is now; the cart stays as it is.

    Applied, pending with what you still have to do, or rejected with the reason. A code that there is not, and one
    that is somebody else's, are not found.
    """
    return _shown(call, query, await service.check_coupon(call, path.code))


def _shown(call: Call, query: CouponQuery, decided: DecidedCart) -> CouponView:
    locale = query.locale or decided.locale
    (coupon,) = view(decided.live, decided.basket, decided.decision, (), locale, call.actor.may(EXPLAIN_FULL)).coupons
    return coupon
