"""What is known of an order when somebody looks at it? Frozen values as they are read; money in minor units."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from server.decisions.books import RulesetRef
from server.orders.placing import Address, WrittenPosting
from server.orders.snapshot import OrderHead, TransitionRow


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """A line as it was bought, and where its units are. `options` are pairs `colour:red`."""

    id: UUID
    position: int
    sku: str
    product_slug: str
    product_name: str
    variant_name: str
    options: tuple[str, ...]
    brand: str | None
    seller: str | None
    image_id: UUID | None
    is_gift: bool
    quantity: int
    list_price: int
    unit_price: int
    subtotal: int
    discount: int
    total: int
    net: int | None
    tax: int | None
    gross: int
    shipped: int
    dropped: int
    returned: int
    refunded_units: int

    @property
    def open(self) -> int:
        """Units neither shipped nor dropped."""
        return self.quantity - self.shipped - self.dropped


class Payment(msgspec.Struct, frozen=True, kw_only=True):
    """An attempt to pay, as far as others than the payments room care."""

    attempt: int
    method: str
    provider: str
    status: str
    amount: int
    captured: int
    refunded: int
    failure: str | None
    created_at: datetime


class Units(msgspec.Struct, frozen=True, kw_only=True):
    """Units of a line, in a parcel."""

    line_id: UUID
    sku: str
    quantity: int


class Sighting(msgspec.Struct, frozen=True, kw_only=True):
    """Where a parcel was seen."""

    status: str
    location: str | None
    source: str
    happened_at: datetime


class Shipment(msgspec.Struct, frozen=True, kw_only=True):
    """A parcel. `events` are in the order they happened."""

    id: UUID
    number: int
    seller: str | None
    carrier: str | None
    tracking_number: str | None
    tracking_url: str | None
    status: str
    shipped_at: datetime
    delivered_at: datetime | None
    lines: tuple[Units, ...]
    events: tuple[Sighting, ...]


class ReturnedUnits(msgspec.Struct, frozen=True, kw_only=True):
    """Units of a line that come back: asked for, received, and of these fit to be sold again."""

    line_id: UUID
    sku: str
    quantity: int
    received: int
    restock: int


class Return(msgspec.Struct, frozen=True, kw_only=True):
    """A return."""

    id: UUID
    number: int
    status: str
    reason: str
    comment: str | None
    requested_at: datetime
    approved_at: datetime | None
    received_at: datetime | None
    lines: tuple[ReturnedUnits, ...]


class Refund(msgspec.Struct, frozen=True, kw_only=True):
    """Money on its way back, as far as others than the payments room care."""

    number: int
    kind: str
    status: str
    amount: int
    reason: str
    created_at: datetime
    settled_at: datetime | None


class Note(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody of the shop wrote down about the order."""

    id: UUID
    author_id: UUID | None
    author_name: str
    text: str
    is_for_customer: bool
    created_at: datetime


class Flag(msgspec.Struct, frozen=True, kw_only=True):
    """What a signal flagged, as it did in this firing: the order, the cart it was, or its customer."""

    firing_id: UUID
    signal: str
    subject: Literal["order", "cart", "customer"]
    at: datetime


class OrderDetail(msgspec.Struct, frozen=True, kw_only=True):
    """All of an order. `read_at` is the instant it was read; lists are in the order their rows came to be.

    But for `flags`, of which the newest come first.
    """

    head: OrderHead
    decision_id: UUID
    customer_name: str
    phone: str | None
    items_total: int
    discount_total: int
    tax_total: int
    postings: tuple[WrittenPosting, ...]
    rulesets: tuple[RulesetRef, ...]
    coupon_code: str | None
    shipping_method: str | None
    shipping_address: Address
    billing_address: Address | None
    customer_note: str | None
    placed_at: datetime
    paid_at: datetime | None
    shipped_at: datetime | None
    cancelled_at: datetime | None
    read_at: datetime
    lines: tuple[Line, ...]
    payments: tuple[Payment, ...]
    shipments: tuple[Shipment, ...]
    returns: tuple[Return, ...]
    refunds: tuple[Refund, ...]
    notes: tuple[Note, ...]
    steps: tuple[TransitionRow, ...]
    flags: tuple[Flag, ...]


class OrderLine(msgspec.Struct, frozen=True, kw_only=True):
    """An order in a list. `units` and `first_product` count only lines of the seller the list is for, if it is."""

    id: UUID
    number: int
    state: str
    held: bool
    email: str
    customer_name: str
    locale: str
    currency: str
    total: int
    captured: int
    refunded: int
    payment_method: str
    placed_at: datetime
    units: int
    lines: int
    first_product: str | None
    first_image_id: UUID | None
