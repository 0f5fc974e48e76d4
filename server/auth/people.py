"""What is known of people, as it was when it was read?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

AddressKind = Literal["shipping", "billing", "both"]
UserStatus = Literal["active", "suspended", "closed"]


@dataclass(frozen=True, slots=True)
class Profile:
    """A user as they see themselves. `birthday` is `MM-DD`."""

    id: UUID
    email: str
    name: str
    phone: str | None
    locale: str | None
    roles: tuple[str, ...]
    customer_group: str | None
    avatar_id: UUID | None
    birthday: str | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class AddressSnapshot:
    """An address of a user."""

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


@dataclass(frozen=True, slots=True)
class UserSnapshot:
    """A user as staff see them."""

    id: UUID
    email: str
    name: str
    phone: str | None
    status: UserStatus
    roles: tuple[str, ...]
    customer_group: str | None
    locale: str | None
    avatar_id: UUID | None
    last_signed_in_at: datetime | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class PlatformSnapshot:
    """Somebody of the platform."""

    id: UUID
    email: str
    name: str
    status: Literal["active", "suspended"]
    created_at: datetime


@dataclass(frozen=True, slots=True)
class StoreSnapshot:
    """A store as the platform sees it."""

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
