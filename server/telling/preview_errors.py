"""Why can a mail not be previewed?"""

from __future__ import annotations

from typing import Final

from server.errors import ErrorCode, Kind

TEMPLATE_UNKNOWN: Final = ErrorCode("template_unknown", Kind.INVALID, "There is no such text")
TEMPLATE_NOT_OF_ORDERS: Final = ErrorCode("template_not_of_orders", Kind.INVALID, "This text is about no order")
