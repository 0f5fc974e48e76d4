"""Why can a cart not be changed like this?"""

from __future__ import annotations

from typing import Final

from server.errors import ErrorCode, Kind

NO_CART: Final = ErrorCode("no_cart", Kind.FORBIDDEN, "This account cannot have a cart")
ITEM_UNKNOWN: Final = ErrorCode("item_unknown", Kind.NOT_FOUND, "Your cart has no such item")
ITEM_INVALID: Final = ErrorCode("item_invalid", Kind.INVALID, "Name the variant by its id or by its SKU")
NOT_FOR_SALE: Final = ErrorCode("not_for_sale", Kind.INVALID, "There is no such variant for sale")
QUANTITY_TOO_LARGE: Final = ErrorCode("quantity_too_large", Kind.INVALID, "Too many of one variant")
CART_FULL: Final = ErrorCode("cart_full", Kind.INVALID, "The cart holds as many lines as it can")
COUPON_UNKNOWN: Final = ErrorCode("coupon_unknown", Kind.INVALID, "There is no such coupon code")
COUPON_NOT_FOUND: Final = ErrorCode("coupon_not_found", Kind.NOT_FOUND, "There is no such coupon code for you")
COUPON_REJECTED: Final = ErrorCode("coupon_rejected", Kind.INVALID, "The coupon code cannot be used")
SHIPPING_METHOD_UNKNOWN: Final = ErrorCode("shipping_method_unknown", Kind.INVALID, "There is no such shipping method")
PAYMENT_METHOD_UNKNOWN: Final = ErrorCode("payment_method_unknown", Kind.INVALID, "There is no such payment method")
PRICE_INVALID: Final = ErrorCode("price_invalid", Kind.INVALID, "A price cannot be read in the cart's currency")
