"""What do requests and answers about one's own account look like?"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from msgspec import UNSET, Meta, UnsetType

from server.auth.celebrating import MONTH_DAY
from server.auth.people import AddressKind
from server.auth.schemas import PLAIN_TEXT, Locale, PersonName
from server.web.binding import Body, Path, View

Phone = Annotated[str, Meta(min_length=4, max_length=32, pattern=r"^\+?[0-9][0-9 ().-]{2,30}(?!\n)$")]
Line = Annotated[str, Meta(min_length=1, max_length=200, pattern=PLAIN_TEXT)]
Label = Annotated[str, Meta(min_length=1, max_length=50, pattern=PLAIN_TEXT)]
Postcode = Annotated[
    str,
    Meta(
        min_length=2,
        max_length=12,
        pattern=r"^[0-9A-Za-z][0-9A-Za-z -]*(?!\n)$",
        description="Digits and letters, with blanks and hyphens between them.",
    ),
]
Country = Annotated[
    str, Meta(min_length=2, max_length=2, pattern=r"^[A-Z]{2}(?!\n)$", description="ISO 3166-1 alpha-2, such as BR.")
]


Birthday = Annotated[
    str,
    Meta(
        pattern=MONTH_DAY,
        description="Month and day, MM-DD. 02-29 is celebrated on 02-28 in years without it.",
    ),
]


class ProfileBody(Body, frozen=True, kw_only=True):
    """What changes; what is left out stays. Null takes a phone number, language or birthday away.

    A birthday is celebrated from the day after it was told, and once in a year.
    """

    name: PersonName | UnsetType = UNSET
    phone: Phone | UnsetType | None = UNSET
    locale: Locale | UnsetType | None = UNSET
    birthday: Birthday | UnsetType | None = UNSET


class AddressBody(Body, frozen=True, kw_only=True):
    """Where somebody lives, or has things sent to."""

    kind: AddressKind = "both"
    label: Label | None = None
    name: PersonName
    company: Line | None = None
    phone: Phone | None = None
    line1: Line
    line2: Line | None = None
    city: Line
    region: Line | None = None
    postcode: Postcode | None = None
    country: Country


class NewAddressBody(AddressBody, frozen=True, kw_only=True):
    """A new address. `is_default`: make it the default one; the first one is anyway."""

    is_default: bool = False


class AddressPath(Path, frozen=True, kw_only=True):
    """Names an address."""

    address_id: UUID


class ProfileView(View, frozen=True, kw_only=True):
    """The own account. `permissions` are what its roles may do here; `birthday` is `MM-DD`."""

    id: UUID
    email: str
    name: str
    phone: str | None
    locale: str | None
    roles: list[str]
    permissions: list[str]
    customer_group: str | None
    avatar_url: str | None
    birthday: str | None
    created_at: datetime


class AvatarView(View, frozen=True, kw_only=True):
    """Where the picture is, below the shop's address."""

    avatar_url: str


class AddressView(View, frozen=True, kw_only=True):
    """An address of one's own."""

    id: UUID
    kind: AddressKind
    label: str | None
    name: str
    company: str | None
    phone: str | None
    line1: str
    line2: str | None
    city: str
    region: str | None
    postcode: str | None
    country: str
    is_default: bool
    created_at: datetime
    updated_at: datetime


class AddressesView(View, frozen=True, kw_only=True):
    """All addresses, the default one first, then the newest."""

    items: list[AddressView]
