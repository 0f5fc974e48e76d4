"""Why can nobody take this payment?"""

from __future__ import annotations

from typing import Final

from server.errors import ErrorCode, Kind

PAYMENT_PROVIDER_MISSING: Final = ErrorCode(
    "payment_provider_missing", Kind.UNAVAILABLE, "Nobody here takes payments by this method"
)
