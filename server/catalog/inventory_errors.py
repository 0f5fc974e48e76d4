"""Why can a use case of the inventory not go on?"""

from __future__ import annotations

from typing import Final

from server.errors import ErrorCode, Kind

SKU_UNKNOWN: Final = ErrorCode("sku_unknown", Kind.NOT_FOUND, "There is no variant with this SKU")
ADJUSTMENT_INVALID: Final = ErrorCode("adjustment_invalid", Kind.INVALID, "The stock adjustment cannot be booked")
STOCK_SHORT: Final = ErrorCode("stock_short", Kind.CONFLICT, "There is less in stock than this takes away")
