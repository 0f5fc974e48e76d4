"""What does the test provider refuse?"""

from __future__ import annotations

from typing import Final

from server.errors import ErrorCode, Kind

CHARGE_UNKNOWN: Final = ErrorCode("test_charge_unknown", Kind.NOT_FOUND, "The test provider has no such charge")
CHARGE_CLOSED: Final = ErrorCode("test_charge_closed", Kind.CONFLICT, "The charge is not open any more")
REFUND_TOO_LARGE: Final = ErrorCode("test_refund_too_large", Kind.CONFLICT, "There is not so much to give back")
KEY_TAKEN: Final = ErrorCode("test_key_taken", Kind.CONFLICT, "The key was used for something else")
