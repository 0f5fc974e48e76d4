"""How often may people try to get in?

Nobody can lock somebody else out: the tight limit counts tries on an account from one source, which is a known device
or else a network; the wide one, over all sources, counts only those from where its user has not signed in before.
"""

from __future__ import annotations

from typing import Final

from server.web.limits import Limit

_HOUR: Final = 3600

SIGN_INS: Final = Limit("sign-in", 60, 300)
"""From one network, on whatever account."""
PER_ACCOUNT_AND_SOURCE: Final = Limit("sign-in-account-source", 5, 900)
PER_ACCOUNT: Final = Limit("sign-in-account", 50, _HOUR)
REFRESHES: Final = Limit("refresh", 300, 300)
REGISTRATIONS: Final = Limit("register", 20, _HOUR)
MAILS_PER_ADDRESS: Final = Limit("mail-address", 5, _HOUR)
"""Mails that strangers can have us send to one address."""
FORGOTTEN: Final = Limit("forgot-password", 20, _HOUR)
LINKS: Final = Limit("mailed-link", 30, _HOUR)
"""Tries of mailed tokens from one network."""
PASSWORD_CHECKS: Final = Limit("password-check", 10, 900)
"""Tries of a signed-in user's own password."""
