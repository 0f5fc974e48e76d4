"""What can people do with their own account? Read and change their profile, picture and addresses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

import msgspec

from server.auth import birthdays
from server.auth import profile_repo as repo
from server.auth.countries import countries
from server.auth.errors import ADDRESS_UNKNOWN, ADDRESSES_FULL
from server.auth.people import AddressSnapshot, Profile
from server.auth.profile_schemas import AddressBody, NewAddressBody, ProfileBody
from server.auth.service import user_of
from server.errors import AppError, Fault
from server.media import service as media
from server.web.call import Call
from server.web.problems import TOKEN_INVALID, invalid
from storage.transaction import Transaction

AVATAR_PIXELS: Final = 512
MOST_ADDRESSES: Final = 50


async def read_profile(call: Call) -> Profile:
    """The user who asks."""
    user_id = user_of(call)

    async def work(tx: Transaction) -> Profile:
        return await _profile(tx, user_id)

    return await call.database.transaction(call.store.id, work)


async def change_profile(call: Call, body: ProfileBody) -> Profile:
    """Change what the body names."""
    user_id = user_of(call)
    changes: dict[str, str | None] = msgspec.to_builtins(body)
    changes.pop("birthday", None)
    if isinstance(body.name, str):
        changes["name"] = body.name.strip()

    async def work(tx: Transaction) -> Profile:
        await repo.change_profile(tx, user_id, changes)
        if body.birthday is not msgspec.UNSET:
            await birthdays.tell(tx, call.store, user_id, body.birthday)
        return await _profile(tx, user_id)

    return await call.database.transaction(call.store.id, work)


async def set_avatar(call: Call, content: bytes) -> UUID:
    """Show another picture, and forget the old one; its id. Raises IMAGE_TOO_LARGE, IMAGE_UNREADABLE."""
    user_id = user_of(call)
    received = await media.receive(call, content, "avatar", AVATAR_PIXELS)

    async def work(tx: Transaction) -> None:
        await media.keep(tx, received, user_id)
        await _replace_avatar(tx, call, user_id, received.id)

    try:
        await call.database.transaction(call.store.id, work)
    except BaseException:
        await media.discard(call, received)
        raise
    return received.id


async def remove_avatar(call: Call) -> None:
    """Show no picture; no error when there was none."""
    user_id = user_of(call)

    async def work(tx: Transaction) -> None:
        await _replace_avatar(tx, call, user_id, None)

    await call.database.transaction(call.store.id, work)


async def list_addresses(call: Call) -> Sequence[AddressSnapshot]:
    """The user's addresses, the default one first, then the newest."""
    user_id = user_of(call)

    async def work(tx: Transaction) -> Sequence[AddressSnapshot]:
        return await repo.read_addresses(tx, user_id)

    return await call.database.transaction(call.store.id, work)


async def read_address(call: Call, address_id: UUID) -> AddressSnapshot:
    """One of the user's addresses. Raises ADDRESS_UNKNOWN."""
    user_id = user_of(call)

    async def work(tx: Transaction) -> AddressSnapshot:
        return await _address(tx, user_id, address_id)

    return await call.database.transaction(call.store.id, work)


async def add_address(call: Call, body: NewAddressBody) -> AddressSnapshot:
    """Another address; the first one becomes the default. Raises ADDRESSES_FULL, BODY_INVALID for the country."""
    user_id, values = user_of(call), _values(body)

    async def work(tx: Transaction) -> AddressSnapshot:
        await repo.lock_user(tx, user_id)
        present = await repo.read_addresses(tx, user_id)
        if len(present) >= MOST_ADDRESSES:
            raise ADDRESSES_FULL(f"there may be {MOST_ADDRESSES} addresses; delete one first")
        is_default = body.is_default or not present
        if is_default:
            await repo.clear_default(tx, user_id)
        address_id = await repo.add_address(tx, user_id, values, is_default=is_default)
        return await _address(tx, user_id, address_id)

    return await call.database.transaction(call.store.id, work)


async def change_address(call: Call, address_id: UUID, body: AddressBody) -> AddressSnapshot:
    """Set an address anew; whether it is the default stays. Raises ADDRESS_UNKNOWN, BODY_INVALID for the country."""
    user_id, values = user_of(call), _values(body)

    async def work(tx: Transaction) -> AddressSnapshot:
        await repo.change_address(tx, user_id, address_id, values)
        return await _address(tx, user_id, address_id)

    return await call.database.transaction(call.store.id, work)


async def make_default(call: Call, address_id: UUID) -> AddressSnapshot:
    """Make this address the default in place of the other. Raises ADDRESS_UNKNOWN."""
    user_id = user_of(call)

    async def work(tx: Transaction) -> AddressSnapshot:
        await repo.lock_user(tx, user_id)
        await repo.clear_default(tx, user_id)
        if not await repo.make_default(tx, user_id, address_id):
            raise _unknown(address_id)
        return await _address(tx, user_id, address_id)

    return await call.database.transaction(call.store.id, work)


async def remove_address(call: Call, address_id: UUID) -> None:
    """Delete an address; of the others the newest becomes the default when it was. Raises ADDRESS_UNKNOWN."""
    user_id = user_of(call)

    async def work(tx: Transaction) -> None:
        await repo.lock_user(tx, user_id)
        if not await repo.remove_address(tx, user_id, address_id):
            raise _unknown(address_id)

    await call.database.transaction(call.store.id, work)


async def _profile(tx: Transaction, user_id: UUID) -> Profile:
    profile = await repo.read_profile(tx, user_id)
    if profile is None:
        raise TOKEN_INVALID("this account is gone; sign in with another")
    return profile


async def _replace_avatar(tx: Transaction, call: Call, user_id: UUID, media_id: UUID | None) -> None:
    old = await repo.set_avatar(tx, user_id, media_id)
    if old is not None:
        await media.remove(tx, call, old)


async def _address(tx: Transaction, user_id: UUID, address_id: UUID) -> AddressSnapshot:
    found = await repo.read_addresses(tx, user_id, only=address_id)
    if not found:
        raise _unknown(address_id)
    return found[0]


def _values(body: AddressBody) -> Mapping[str, str | None]:
    if body.country not in countries():
        message = f"{body.country!r} is not the ISO 3166-1 code of a country"
        raise invalid([Fault("/country", "country_unknown", message)])
    return {name: getattr(body, name) for name in AddressBody.__struct_fields__}


def _unknown(address_id: UUID) -> AppError:
    return ADDRESS_UNKNOWN(f"you have no address {address_id}; GET /me/addresses lists them")
