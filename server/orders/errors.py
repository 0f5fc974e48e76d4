"""Why can this not be done with an order?"""

from __future__ import annotations

from typing import Final

from server.errors import ErrorCode, Kind

ORDER_UNKNOWN: Final = ErrorCode("order_unknown", Kind.NOT_FOUND, "There is no such order")
TRANSITION_REFUSED: Final = ErrorCode("transition_refused", Kind.CONFLICT, "The order cannot do this now")
STOCK_TAKEN: Final = ErrorCode("stock_taken", Kind.CONFLICT, "Somebody else was faster: there is not enough left")
CART_TAKEN: Final = ErrorCode("cart_changed", Kind.CONFLICT, "The cart was changed or ordered meanwhile")
ALREADY_ORDERED: Final = ErrorCode("already_ordered", Kind.CONFLICT, "This quote was ordered already")
COUPON_EXHAUSTED: Final = ErrorCode("coupon_exhausted", Kind.CONFLICT, "The coupon was used up meanwhile")
LINK_INVALID: Final = ErrorCode("order_link_invalid", Kind.NOT_FOUND, "This link leads to no order")
LINK_EXPIRED: Final = ErrorCode("order_link_expired", Kind.GONE, "This link has expired")
CODE_NOT_NEEDED: Final = ErrorCode("order_code_not_needed", Kind.CONFLICT, "The order waits for no code")
CODE_WRONG: Final = ErrorCode("order_code_wrong", Kind.INVALID, "This is not the code")
CODE_EXPIRED: Final = ErrorCode("order_code_expired", Kind.GONE, "This code has expired")
CODE_SPENT: Final = ErrorCode("order_code_spent", Kind.CONFLICT, "There were too many codes, or too many tries")
EVENT_ELSEWHERE: Final = ErrorCode("event_has_its_own_address", Kind.INVALID, "This event needs to be told more")
UNITS_INVALID: Final = ErrorCode("units_invalid", Kind.INVALID, "These units are not there")
SHIPMENT_UNKNOWN: Final = ErrorCode("shipment_unknown", Kind.NOT_FOUND, "The order has no such parcel")
RETURN_UNKNOWN: Final = ErrorCode("return_unknown", Kind.NOT_FOUND, "The order has no such return")
RETURN_OVER: Final = ErrorCode("return_over", Kind.CONFLICT, "The return is not in the state for this")
