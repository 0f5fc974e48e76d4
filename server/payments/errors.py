"""Why can this payment or refund not be made?"""

from __future__ import annotations

from typing import Final

from server.errors import ErrorCode, Kind

NOTHING_TO_PAY: Final = ErrorCode("nothing_to_pay", Kind.CONFLICT, "This order is not paid this way")
RETURN_URL_FOREIGN: Final = ErrorCode("return_url_foreign", Kind.INVALID, "That address is not one of the shop's")
PROVIDER_UNKNOWN: Final = ErrorCode("provider_unknown", Kind.NOT_FOUND, "There is no such payment provider here")
WEBHOOK_NOT_BELIEVED: Final = ErrorCode("webhook_not_believed", Kind.MALFORMED, "This is not from the provider")
NOTHING_TO_REFUND: Final = ErrorCode("nothing_to_refund", Kind.CONFLICT, "There is no money to give back")
REFUND_UNKNOWN: Final = ErrorCode("refund_unknown", Kind.NOT_FOUND, "The order has no such refund")
REFUND_INVALID: Final = ErrorCode("refund_invalid", Kind.INVALID, "Nothing can be refunded like this")
REFUND_TOO_LARGE: Final = ErrorCode("refund_too_large", Kind.CONFLICT, "More than is left of the payment")
REFUND_BEYOND_LIMIT: Final = ErrorCode("refund_beyond_limit", Kind.FORBIDDEN, "Your roles may not give so much back")
REFUND_DECIDED: Final = ErrorCode("refund_decided", Kind.CONFLICT, "The refund is not where this can be done")
