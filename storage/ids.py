"""What identifies a row? A UUIDv7 made by us, so that it is known before the row is written and sorts by time."""

from __future__ import annotations

from uuid import UUID

from uuid_utils.compat import uuid7


def new_id() -> UUID:
    """A new UUIDv7 (RFC 9562): unique, and later ones sort after earlier ones to the millisecond."""
    return uuid7()
