"""The addresses of one's own account."""

from __future__ import annotations

import dataclasses

from server.auth import profile, recovery
from server.auth.emails import parse_email
from server.auth.errors import ADDRESS_UNKNOWN, ADDRESSES_FULL, NOT_A_USER
from server.auth.people import AddressSnapshot, Profile
from server.auth.profile_schemas import (
    AddressBody,
    AddressesView,
    AddressPath,
    AddressView,
    AvatarView,
    NewAddressBody,
    ProfileBody,
    ProfileView,
)
from server.auth.schemas import AcceptedView, ChangeEmailBody
from server.media import service as media
from server.media.errors import IMAGE_TOO_LARGE, IMAGE_UNREADABLE
from server.web.call import Call
from server.web.endpoint import SIGNED_IN, Routes, Upload
from server.web.problems import RATE_LIMITED

routes = Routes("Own account")


@routes.get("/me", needs=SIGNED_IN, errors=(NOT_A_USER,))
async def read_me(call: Call) -> ProfileView:
    """The own account, with what its roles may do."""
    return _profile_view(call, await profile.read_profile(call))


@routes.patch("/me", needs=SIGNED_IN, errors=(NOT_A_USER,))
async def change_me(call: Call, body: ProfileBody) -> ProfileView:
    """Change name, telephone number, language or birthday."""
    return _profile_view(call, await profile.change_profile(call, body))


@routes.put(
    "/me/avatar", needs=SIGNED_IN, errors=(IMAGE_TOO_LARGE, IMAGE_UNREADABLE, NOT_A_USER), uploads=media.UPLOADS
)
async def set_avatar(call: Call, upload: Upload) -> AvatarView:
    """Show a picture: JPEG, PNG or WebP, at most 10 MB and 50 megapixels.

    It is made to fit 512 by 512 pixels and encoded anew, without what the file said of camera, place and time. The
    picture shown so far is deleted.
    """
    media_id = await profile.set_avatar(call, upload.content)
    return AvatarView(avatar_url=media.address(media_id))


@routes.delete("/me/avatar", needs=SIGNED_IN, errors=(NOT_A_USER,))
async def remove_avatar(call: Call) -> None:
    """Show no picture, and delete the one shown so far."""
    await profile.remove_avatar(call)


@routes.post("/me/email", needs=SIGNED_IN, errors=(NOT_A_USER, RATE_LIMITED), status=202, idempotency="none")
async def change_email(call: Call, body: ChangeEmailBody) -> AcceptedView:
    """Change the e-mail address: a link is mailed to the new one, and counts for a day.

    The answer is the same when another account has the address. Until the link comes back the old one stays.
    """
    await recovery.change_email(call, parse_email(body.email), body.password)
    return AcceptedView(message="If this can be done, a mail with a link is on its way to the new address.")


@routes.get("/me/addresses", needs=SIGNED_IN, errors=(NOT_A_USER,))
async def list_addresses(call: Call) -> AddressesView:
    """The own addresses, at most 50: the default one first, then the newest."""
    return AddressesView(items=[_address_view(each) for each in await profile.list_addresses(call)])


@routes.post("/me/addresses", needs=SIGNED_IN, errors=(ADDRESSES_FULL, NOT_A_USER), status=201)
async def add_address(call: Call, body: NewAddressBody) -> AddressView:
    """Add an address; the first one becomes the default."""
    return _address_view(await profile.add_address(call, body))


@routes.get("/me/addresses/{address_id}", needs=SIGNED_IN, errors=(ADDRESS_UNKNOWN, NOT_A_USER))
async def read_address(call: Call, path: AddressPath) -> AddressView:
    """One of the own addresses."""
    return _address_view(await profile.read_address(call, path.address_id))


@routes.put("/me/addresses/{address_id}", needs=SIGNED_IN, errors=(ADDRESS_UNKNOWN, NOT_A_USER))
async def change_address(call: Call, path: AddressPath, body: AddressBody) -> AddressView:
    """Set an address to what the body says; whether it is the default stays."""
    return _address_view(await profile.change_address(call, path.address_id, body))


@routes.put("/me/addresses/{address_id}/default", needs=SIGNED_IN, errors=(ADDRESS_UNKNOWN, NOT_A_USER))
async def make_address_default(call: Call, path: AddressPath) -> AddressView:
    """Make this address the default in place of the other."""
    return _address_view(await profile.make_default(call, path.address_id))


@routes.delete("/me/addresses/{address_id}", needs=SIGNED_IN, errors=(ADDRESS_UNKNOWN, NOT_A_USER))
async def remove_address(call: Call, path: AddressPath) -> None:
    """Delete an address; when it was the default, the newest of the others becomes it."""
    await profile.remove_address(call, path.address_id)


def _profile_view(call: Call, found: Profile) -> ProfileView:
    return ProfileView(
        id=found.id,
        email=found.email,
        name=found.name,
        phone=found.phone,
        locale=found.locale,
        roles=list(found.roles),
        permissions=sorted(call.actor.permissions),
        customer_group=found.customer_group,
        avatar_url=None if found.avatar_id is None else media.address(found.avatar_id),
        birthday=found.birthday,
        created_at=found.created_at,
    )


def _address_view(found: AddressSnapshot) -> AddressView:
    return AddressView(**dataclasses.asdict(found))
