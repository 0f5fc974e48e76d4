"""How does somebody without an account come back to their order? By a link that we signed, until it expires."""

from __future__ import annotations

import base64
import binascii
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple
from uuid import UUID

from server.keys import KeyRing

PURPOSE: Final = "order-link"
"""Of the key that signs."""
LIFETIME: Final = timedelta(days=180)
"""How long a link holds that is given when the order is placed."""

_ID_BYTES: Final = 16
_TIME_BYTES: Final = 6


class Link(NamedTuple):
    """What a link says: whose bearer may act as the customer of the order, until that instant."""

    order_id: UUID
    expires_at: datetime


def sign(keys: KeyRing, order_id: UUID, expires_at: datetime) -> str:
    """The link's token: `<content>.<key id>.<signature>`, all URL-safe. Expiry counts in whole seconds."""
    seconds = int(expires_at.timestamp()).to_bytes(_TIME_BYTES)
    content = base64.urlsafe_b64encode(order_id.bytes + seconds).rstrip(b"=")
    return f"{content.decode()}.{keys.sign(PURPOSE, content)}"


def read(keys: KeyRing, token: str) -> Link | None:
    """What the token says; None unless one of our keys signed exactly this. Whether it has expired is not asked."""
    content, _, signature = token.partition(".")
    if not content.isascii() or not keys.verify(PURPOSE, content.encode(), signature):
        return None
    try:
        raw = base64.urlsafe_b64decode(content + "=" * (-len(content) % 4))
    except binascii.Error:
        # Signed by us in a shape that another version has.
        return None
    if len(raw) != _ID_BYTES + _TIME_BYTES:
        return None
    seconds = int.from_bytes(raw[_ID_BYTES:])
    return Link(UUID(bytes=raw[:_ID_BYTES]), datetime.fromtimestamp(seconds, UTC))
