"""Why can a coupon code not be issued, or be found?"""

from __future__ import annotations

from typing import Final

from server.errors import ErrorCode, Kind

CAMPAIGN_UNKNOWN: Final = ErrorCode("campaign_unknown", Kind.INVALID, "The coupons ruleset has no such campaign")
CODE_INVALID: Final = ErrorCode("coupon_code_invalid", Kind.INVALID, "This cannot be a coupon code")
CODE_TAKEN: Final = ErrorCode(
    "coupon_code_taken", Kind.CONFLICT, "There is such a coupon code, or one that looks alike"
)
CODE_OWNER: Final = ErrorCode("coupon_code_owner", Kind.INVALID, "The owner of the coupon code is not right")
CODE_EXPIRED: Final = ErrorCode("coupon_code_expired", Kind.INVALID, "The coupon code would have expired already")
CODE_UNKNOWN: Final = ErrorCode("coupon_code_unknown", Kind.NOT_FOUND, "There is no such issued coupon code")
BATCH_UNKNOWN: Final = ErrorCode("coupon_batch_unknown", Kind.NOT_FOUND, "There is no such batch of coupon codes")
INVITE_UNKNOWN: Final = ErrorCode("invite_unknown", Kind.NOT_FOUND, "There is no such invite")
INVITE_ENDED: Final = ErrorCode("invite_ended", Kind.CONFLICT, "Nothing can be decided about the invite any more")
