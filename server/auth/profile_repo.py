"""Where are profiles and addresses read and written?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from server.auth.people import AddressSnapshot, Profile
from storage.ids import new_id
from storage.models import Address, User
from storage.transaction import Transaction

_PROFILE: Final = """
SELECT u.id, u.email, u.name, u.phone, u.locale, u.roles, u.customer_group, u.avatar_id, b.month_day AS birthday,
       u.created_at
  FROM users u LEFT JOIN birthdays b ON b.store_id = u.store_id AND b.user_id = u.id
 WHERE u.id = $1
"""
# The old row is read as of before the statement, and locked, so two uploads at once each see the other's picture.
_SET_AVATAR: Final = """
WITH old AS (SELECT id, avatar_id FROM users WHERE id = $1 FOR UPDATE)
UPDATE users SET avatar_id = $2 FROM old WHERE users.id = old.id RETURNING old.avatar_id
"""
_ADDRESS_COLUMNS: Final = (
    "id, kind, label, name, company, phone, line1, line2, city, region, postcode, country, is_default,"
    " created_at, updated_at"
)
_ADDRESSES: Final = f"""
SELECT {_ADDRESS_COLUMNS} FROM addresses
 WHERE user_id = $1 AND ($2::uuid IS NULL OR id = $2)
 ORDER BY is_default DESC, created_at DESC, id DESC
"""
_PROMOTE_NEWEST: Final = """
UPDATE addresses SET is_default = true
 WHERE id = (SELECT id FROM addresses WHERE user_id = $1 ORDER BY created_at DESC, id DESC LIMIT 1)
   AND NOT EXISTS (SELECT FROM addresses WHERE user_id = $1 AND is_default)
"""


async def read_profile(tx: Transaction, user_id: UUID) -> Profile | None:
    """The user."""
    row = await tx.fetchrow(_PROFILE, user_id)
    if row is None:
        return None
    values = dict(row)
    return Profile(roles=tuple(values.pop("roles")), **values)


async def change_profile(tx: Transaction, user_id: UUID, changes: Mapping[str, str | None]) -> None:
    """Set the named columns."""
    if changes:
        await User.filter(id=user_id).update(**changes)


async def set_avatar(tx: Transaction, user_id: UUID, media_id: UUID | None) -> UUID | None:
    """Show another picture, or none; the one shown so far."""
    old: UUID | None = await tx.fetchval(_SET_AVATAR, user_id, media_id)
    return old


async def lock_user(tx: Transaction, user_id: UUID) -> None:
    """Let changes of one user's addresses follow each other: a user has one default, and so many at most."""
    await tx.execute("SELECT FROM users WHERE id = $1 FOR NO KEY UPDATE", user_id)


async def read_addresses(tx: Transaction, user_id: UUID, only: UUID | None = None) -> Sequence[AddressSnapshot]:
    """The user's addresses, the default one first, then the newest."""
    return [AddressSnapshot(**dict(row)) for row in await tx.fetch(_ADDRESSES, user_id, only)]


async def add_address(tx: Transaction, user_id: UUID, values: Mapping[str, str | None], *, is_default: bool) -> UUID:
    """A new address; its id."""
    address_id = new_id()
    row = {"store_id": tx.store_id, "user_id": user_id, "is_default": is_default, **values}
    await Address(id=address_id, **row).save(force_create=True)
    return address_id


async def change_address(tx: Transaction, user_id: UUID, address_id: UUID, values: Mapping[str, str | None]) -> bool:
    """Set an address anew; False when the user has none of that id."""
    return await Address.filter(id=address_id, user_id=user_id).update(**values) == 1


async def remove_address(tx: Transaction, user_id: UUID, address_id: UUID) -> bool:
    """Delete an address, and make the newest that is left the default when it was; False when there was none."""
    removed = await tx.execute("DELETE FROM addresses WHERE id = $1 AND user_id = $2", address_id, user_id)
    await tx.execute(_PROMOTE_NEWEST, user_id)
    return removed == 1


async def clear_default(tx: Transaction, user_id: UUID) -> None:
    """No address of the user is the default."""
    await tx.execute("UPDATE addresses SET is_default = false WHERE user_id = $1 AND is_default", user_id)


async def make_default(tx: Transaction, user_id: UUID, address_id: UUID) -> bool:
    """Make the address the default, where there is none; False when the user has none of that id."""
    changed = await tx.execute(
        "UPDATE addresses SET is_default = true WHERE id = $1 AND user_id = $2", address_id, user_id
    )
    return changed == 1
