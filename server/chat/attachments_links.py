"""How is an attachment loaded where no header can be sent, as pictures of a page are? By an address that we signed.

Whoever was shown the message gets it; it holds for a quarter of an hour, in the store it is of. It names that store, as
a browser that opens it sends no X-Tenant-ID, and may know the shop by a name that leads to another one.
"""

from __future__ import annotations

import time
from typing import Final
from uuid import UUID

from server.keys import KeyRing
from storage.tenancy import Store

PURPOSE: Final = "chat-attachment"
"""Of the key that signs."""
LIFETIME_SECONDS: Final = 15 * 60
_ROUND_SECONDS: Final = 60
"""The address stays the same so long, so that what was loaded by it need not be loaded again."""


def sign(keys: KeyRing, store: Store, attachment_id: UUID, now: float) -> str:
    """The token of an address: good for LIFETIME_SECONDS, and at most a minute more. `now` in seconds since 1970 UTC.

    `<store>.<expires>.<key id>.<signature>`; server/web/middlewares.py reads the store.
    """
    expires = (int(now) // _ROUND_SECONDS + 1) * _ROUND_SECONDS + LIFETIME_SECONDS
    return f"{store.slug}.{expires}.{keys.sign(PURPOSE, _signed(store.id, attachment_id, expires))}"


def holds(keys: KeyRing, store: Store, attachment_id: UUID, token: str, now: float) -> bool:
    """Whether one of our keys signed this for exactly this attachment of the store, not too long ago."""
    slug, _, rest = token.partition(".")
    written, _, signature = rest.partition(".")
    if slug != store.slug or not (written.isascii() and written.isdigit() and len(written) <= len(str(2**53))):
        return False
    expires = int(written)
    return now < expires and keys.verify(PURPOSE, _signed(store.id, attachment_id, expires), signature)


def address(keys: KeyRing, store: Store, attachment_id: UUID) -> str:
    """Where it can be loaded from now on, below the shop's own address."""
    return f"/api/v1/chat/attachments/{attachment_id}?token={sign(keys, store, attachment_id, time.time())}"


def _signed(store_id: UUID, attachment_id: UUID, expires: int) -> bytes:
    return store_id.bytes + attachment_id.bytes + expires.to_bytes(8)
