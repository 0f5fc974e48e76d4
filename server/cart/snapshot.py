"""What is in a cart? One frozen value: whose it is, what was chosen, and each variant as the catalogue has it now."""

from __future__ import annotations

from datetime import datetime
from typing import Final, Literal
from uuid import UUID

import msgspec

from server.catalog.snapshot import VariantSnapshot
from server.referrals.known import NOTHING_KNOWN, KnownUses
from server.referrals.needed import customer_key

MOST_LINES: Final = 200
MOST_UNITS: Final = 1000
"""Of one variant."""

OwnerKind = Literal["user", "guest"]
Unavailable = Literal["variant_inactive", "product_inactive"]
"""Why an item cannot be bought any more."""


class Owner(msgspec.Struct, frozen=True):
    """Whose cart: a user's or a guest's id."""

    kind: OwnerKind
    id: UUID


class Customer(msgspec.Struct, frozen=True, kw_only=True):
    """What the shop knows of a user who owns a cart. `spent`, minor units, is what their paid orders came to."""

    group: str | None
    email: str
    phone: str | None
    tags: tuple[str, ...]
    registered: datetime
    locale: str | None
    orders_paid: int
    spent: int


class CartItem(msgspec.Struct, frozen=True, kw_only=True):
    """So many of a variant. `seen_price`, minor units of one unit, is what the customer put it in for or accepted."""

    id: UUID
    quantity: int
    seen_price: int
    variant: VariantSnapshot

    @property
    def unavailable(self) -> Unavailable | None:
        """Why it can no longer be bought; None when it can."""
        if self.variant.product_status != "active":
            return "product_inactive"
        return None if self.variant.status == "active" else "variant_inactive"

    @property
    def price_changed(self) -> bool:
        """Whether one unit costs something else than the customer has seen."""
        return self.unavailable is None and self.variant.price != self.seen_price

    @property
    def short_by(self) -> int:
        """How many pieces are missing to sell the whole quantity; 0 when there are enough."""
        return max(0, self.quantity - self.variant.available)


class CartSnapshot(msgspec.Struct, frozen=True, kw_only=True):
    """A cart at the instant `now` of the database. `id` is None, and `version` 0, while there is no cart yet.

    `cash_on_delivery_today` counts the orders its owner has placed since midnight to pay at the door; `uses` is what is
    known of its coupon code and of offers that can be used up.
    """

    now: datetime
    owner: Owner
    customer: Customer | None
    id: UUID | None = None
    version: int = 0
    expires_at: datetime | None = None
    coupon_code: str | None = None
    email: str | None = None
    phone: str | None = None
    country: str | None = None
    region: str | None = None
    postcode: str | None = None
    city: str | None = None
    shipping_method: str | None = None
    payment_method: str | None = None
    cash_on_delivery_today: int = 0
    items: tuple[CartItem, ...] = ()
    uses: KnownUses = NOTHING_KNOWN

    @property
    def customer_key(self) -> str | None:
        """Whose uses of coupons and offers count for its owner; None for a guest who gave no e-mail address."""
        return customer_key(None if self.customer is None else self.owner.id, self.email)

    @property
    def for_sale(self) -> tuple[CartItem, ...]:
        """The items that can be bought: what is decided about."""
        return tuple([item for item in self.items if item.unavailable is None])
