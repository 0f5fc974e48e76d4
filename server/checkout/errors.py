"""Why is there no quote, or why does one not hold?"""

from __future__ import annotations

from typing import Final

from server.errors import ErrorCode, Kind

QUOTE_REFUSED: Final = ErrorCode("quote_refused", Kind.INVALID, "The cart cannot be ordered as it is")
QUOTE_FORGED: Final = ErrorCode("quote_forged", Kind.INVALID, "This is not a quote we gave you")
QUOTE_EXPIRED: Final = ErrorCode("quote_expired", Kind.GONE, "The quote has expired")
QUOTE_OUTDATED: Final = ErrorCode("quote_outdated", Kind.CONFLICT, "The cart is another one than was quoted")
ORDER_INCOMPLETE: Final = ErrorCode("order_incomplete", Kind.INVALID, "The order lacks something")
ADDRESS_ELSEWHERE: Final = ErrorCode("address_elsewhere", Kind.INVALID, "The address is not where the quote is for")
