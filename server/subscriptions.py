"""Who reacts to what happens? Every handler of every room, in the order of the reference.

Effects that run upward go through here: a room announces what happened and knows nobody who cares.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from server.referrals.reactions import INVITES, REWARDS
from server.signals.reactions import HANDLER as SIGNALS
from server.telling.reactions import HANDLER as TELLING
from server.web.reacting import Handler
from server.webhooks.reactions import HANDLER as WEBHOOKS

SUBSCRIPTIONS: Final[Mapping[str, Handler]] = MappingProxyType(
    {"invites": INVITES, "rewards": REWARDS, "signals": SIGNALS, "telling": TELLING, "webhooks": WEBHOOKS}
)
"""By the name that the database keeps."""
