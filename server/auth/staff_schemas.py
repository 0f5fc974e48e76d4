"""What do requests and answers about accounts of others, and about stores, look like?"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from msgspec import Meta

from server.auth.people import UserStatus
from server.auth.profile_schemas import Country
from server.auth.schemas import PLAIN_TEXT, EmailText, GivenPassword, Locale
from server.web.binding import Body, Path, View
from server.web.pages import PageQuery

RoleName = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[a-z][a-z0-9_]*(?!\n)$")]
Slug = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=63,
        pattern=r"^[a-z0-9]([a-z0-9-]*[a-z0-9])?(?!\n)$",
        description="Names the store in X-Tenant-ID and as a subdomain.",
    ),
]
Domain = Annotated[
    str,
    Meta(
        min_length=4,
        max_length=253,
        pattern=r"^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9](?!\n)$",
        description="The store's own host name, in lower case, without port.",
    ),
]
StoreName = Annotated[str, Meta(min_length=1, max_length=200, pattern=PLAIN_TEXT)]
Currency = Annotated[
    str, Meta(min_length=3, max_length=3, pattern=r"^[A-Z]{3}(?!\n)$", description="ISO 4217, such as BRL.")
]
Timezone = Annotated[str, Meta(min_length=1, max_length=64, description="An IANA zone, such as America/Sao_Paulo.")]


class UsersQuery(PageQuery, frozen=True, kw_only=True):
    """Which users to list. `q`: the beginning of the e-mail address, or part of the name."""

    q: Annotated[str, Meta(min_length=1, max_length=100)] | None = None
    role: RoleName | None = None
    status: UserStatus | None = None


class UserPath(Path, frozen=True, kw_only=True):
    """Names a user."""

    user_id: UUID


class StatusBody(Body, frozen=True, kw_only=True):
    """The status from now on; who is not active is signed out at once."""

    status: UserStatus


class RolesBody(Body, frozen=True, kw_only=True):
    """All roles from now on, `customer` besides; they count from the next request on."""

    roles: Annotated[list[RoleName], Meta(max_length=20)]


class UserView(View, frozen=True, kw_only=True):
    """The account of somebody."""

    id: UUID
    email: str
    name: str
    phone: str | None
    status: UserStatus
    roles: list[str]
    customer_group: str | None
    locale: str | None
    avatar_url: str | None
    last_signed_in_at: datetime | None
    created_at: datetime


class PlatformSignInBody(Body, frozen=True, kw_only=True):
    """Someone of the platform."""

    email: EmailText
    password: GivenPassword


class StoresQuery(PageQuery, frozen=True, kw_only=True):
    """Which part of the stores to list."""


class StoreBody(Body, frozen=True, kw_only=True):
    """A store to open. Its currency, once it sells, does not change any more."""

    slug: Slug
    name: StoreName
    domain: Domain | None = None
    currency: Currency
    timezone: Timezone
    locale: Locale = "en"
    country: Country


class StoreView(View, frozen=True, kw_only=True):
    """A store of the platform."""

    id: UUID
    slug: str
    name: str
    domain: str | None
    status: str
    currency: str
    timezone: str
    locale: str
    country: str
    created_at: datetime
