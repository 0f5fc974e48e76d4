"""What can go wrong with accounts and sessions?"""

from __future__ import annotations

from typing import Final

from server.errors import ErrorCode, Kind

SIGN_IN_REFUSED: Final = ErrorCode("sign_in_refused", Kind.UNAUTHENTICATED, "The e-mail address or password is wrong")
ACCOUNT_SUSPENDED: Final = ErrorCode("account_suspended", Kind.FORBIDDEN, "This account may not sign in")
REFRESH_INVALID: Final = ErrorCode("refresh_invalid", Kind.UNAUTHENTICATED, "The refresh token is not valid")
REFRESH_RACED: Final = ErrorCode("refresh_raced", Kind.CONFLICT, "The refresh token was used a moment ago")
LINK_INVALID: Final = ErrorCode("link_invalid", Kind.GONE, "The mailed link does not hold any more")
EMAIL_TAKEN: Final = ErrorCode("email_taken", Kind.CONFLICT, "There is an account with this e-mail address")
SESSION_UNKNOWN: Final = ErrorCode("session_unknown", Kind.NOT_FOUND, "You have no such session")
NOT_A_USER: Final = ErrorCode("not_a_user", Kind.FORBIDDEN, "Accounts of the platform have nothing of their own here")
ADDRESS_UNKNOWN: Final = ErrorCode("address_unknown", Kind.NOT_FOUND, "You have no such address")
ADDRESSES_FULL: Final = ErrorCode("addresses_full", Kind.CONFLICT, "You have as many addresses as there may be")
USER_UNKNOWN: Final = ErrorCode("user_unknown", Kind.NOT_FOUND, "There is no such user")
ROLE_UNKNOWN: Final = ErrorCode("role_unknown", Kind.INVALID, "There is no such role")
ROLE_BEYOND: Final = ErrorCode("role_beyond", Kind.FORBIDDEN, "That role may do more than you may")
OWN_ACCOUNT: Final = ErrorCode("own_account", Kind.FORBIDDEN, "Nobody does this to their own account")
LAST_ADMIN: Final = ErrorCode("last_admin", Kind.CONFLICT, "Somebody has to be left who can assign roles")
STORE_TAKEN: Final = ErrorCode("store_taken", Kind.CONFLICT, "Another store has this slug or domain")
