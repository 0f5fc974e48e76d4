"""What do answers about orders look like? Money is decimal strings with the digits of the order's `currency`."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta

from server.decisions.shapes import ExplanationView, Money, RulesetView
from server.orders.placing import Address
from server.web.binding import View

Number = Annotated[str, Meta(description="The order's number in its store.")]
StateName = Annotated[str, Meta(description="What customers call the state, in their language.")]


class OrderLineView(View, frozen=True, kw_only=True):
    """A line as it was bought. Units are open, shipped or dropped; shipped ones may be returned."""

    id: UUID
    sku: str
    product_slug: str
    product_name: str
    variant_name: str
    options: dict[str, str]
    brand: str | None
    seller: str | None
    image_url: str | None
    is_gift: bool
    quantity: int
    list_price: Money
    unit_price: Money
    subtotal: Money
    discount: Money
    total: Money
    net: Money | None
    tax: Money | None
    gross: Annotated[str, Meta(description="What the customer pays for all units, tax included.")]
    units_open: int
    units_shipped: int
    units_dropped: int
    units_returned: int
    units_refunded: int


class OrderTotalsView(View, frozen=True, kw_only=True):
    """What was agreed; it never changes. `captured` and `refunded` are the money that came, and went back."""

    items: Money
    discount: Money
    shipping: Money
    tax: Money
    total: Money
    captured: Money
    refunded: Money


class PaymentAttemptView(View, frozen=True, kw_only=True):
    """An attempt to pay."""

    attempt: int
    method: str
    provider: str
    status: str
    amount: Money
    captured: Money
    refunded: Money
    failure: str | None
    created_at: datetime


class UnitsView(View, frozen=True, kw_only=True):
    """Units of a line."""

    line_id: UUID
    sku: str
    quantity: int


class SightingView(View, frozen=True, kw_only=True):
    """Where a parcel was seen."""

    status: str
    location: str | None
    source: str
    happened_at: datetime


class ShipmentView(View, frozen=True, kw_only=True):
    """A parcel, numbered within its order."""

    number: int
    seller: str | None
    carrier: str | None
    tracking_number: str | None
    tracking_url: str | None
    status: str
    shipped_at: datetime
    delivered_at: datetime | None
    lines: list[UnitsView]
    events: list[SightingView]


class ParcelView(View, frozen=True, kw_only=True):
    """A parcel after a change, and where its order is now. The ETag is the version of the order."""

    order: Number
    order_state: str
    order_state_name: StateName
    order_version: int
    shipment: ShipmentView


class ReturnedUnitsView(View, frozen=True, kw_only=True):
    """Units of a line that are to come back: asked for, received, and of these fit to be sold again."""

    line_id: UUID
    sku: str
    quantity: int
    received: int
    restock: int


class ReturnView(View, frozen=True, kw_only=True):
    """A return, numbered within its order; a refund names it by its `id`."""

    id: UUID
    number: int
    status: str
    reason: str
    comment: str | None
    requested_at: datetime
    approved_at: datetime | None
    received_at: datetime | None
    lines: list[ReturnedUnitsView]


class RefundSummaryView(View, frozen=True, kw_only=True):
    """Money on its way back, numbered within its order."""

    number: int
    kind: str
    status: str
    amount: Money
    reason: str
    created_at: datetime
    settled_at: datetime | None


class NoteView(View, frozen=True, kw_only=True):
    """A note about an order. Customers see those for them, without who wrote them."""

    id: UUID
    text: str
    is_for_customer: bool
    author_id: UUID | None
    author_name: str | None
    created_at: datetime


class NotesView(View, frozen=True, kw_only=True):
    """Notes about an order, the oldest first."""

    items: list[NoteView]


class StepDetailView(View, frozen=True, kw_only=True):
    """What only staff see of a step. `ruleset` is the hash of the orders ruleset that decided."""

    actor_kind: str
    actor_id: UUID | None
    key: str | None
    ruleset: str
    effects: list[str]
    note: str | None


class StepView(View, frozen=True, kw_only=True):
    """A step of the order's life, and in which role somebody took it. `detail` is null for customers."""

    seq: int
    event: str
    source: str
    target: str
    target_name: StateName
    role: str
    at: datetime
    detail: StepDetailView | None


class FlagView(View, frozen=True, kw_only=True):
    """Something a signal asks to look at: the order, the cart it was, or its customer. `firing_id` tells why."""

    signal: str
    subject: Literal["order", "cart", "customer"]
    at: datetime
    firing_id: UUID


class InternalView(View, frozen=True, kw_only=True):
    """What only staff see of an order. `flags` are the newest first, at most twenty."""

    customer_key: str
    user_id: UUID | None
    guest_id: UUID | None
    decision_id: UUID
    payment_attempts: int
    deadline_at: datetime | None
    deadline_event: str | None
    flags: list[FlagView]


class OrderView(View, frozen=True, kw_only=True):
    """An order with everything that became of it. `internal` is null for customers."""

    id: UUID
    number: Number
    state: str
    state_name: StateName
    state_since: datetime
    held: Annotated[bool, Meta(description="A person of the shop looks at it before it goes on.")]
    version: Annotated[int, Meta(description="Grows with every step; the ETag.")]
    currency: str
    email: str
    phone: str | None
    customer_name: str
    locale: str
    shipping_address: Address
    billing_address: Address | None
    shipping_method: str | None
    payment_method: str
    coupon_code: str | None
    customer_note: str | None
    lines: list[OrderLineView]
    totals: OrderTotalsView
    payments: list[PaymentAttemptView]
    shipments: list[ShipmentView]
    returns: list[ReturnView]
    refunds: list[RefundSummaryView]
    notes: list[NoteView]
    timeline: list[StepView]
    rulesets: list[RulesetView]
    placed_at: datetime
    paid_at: datetime | None
    shipped_at: datetime | None
    delivered_at: datetime | None
    cancelled_at: datetime | None
    internal: InternalView | None


class SaleView(View, frozen=True, kw_only=True):
    """An order as a seller sees it: their lines and parcels, and where to send them."""

    number: Number
    state: str
    state_name: StateName
    held: bool
    version: int
    currency: str
    shipping_method: str | None
    shipping_address: Address
    lines: list[OrderLineView]
    total: Annotated[str, Meta(description="What the customer pays for these lines, tax included.")]
    shipments: list[ShipmentView]
    placed_at: datetime


class OrderPostingView(View, frozen=True, kw_only=True):
    """One amount with one reason. `line` is the SKU of a line; empty for the whole order."""

    kind: str
    amount: Money
    line: str
    rules: Annotated[str, Meta(description="Kind of the ruleset; catalogue for the list price.")]
    rule: str
    label: Annotated[str, Meta(description="What customers call the rule; its id when nobody knows it any more.")]
    ruleset: Annotated[str | None, Meta(description="Hash of the ruleset; null for customers.")]
    at: Annotated[str | None, Meta(description="file:line:column of the rule; null for customers.")]


class PostingsView(View, frozen=True, kw_only=True):
    """Every cent of an order: the amounts sum to the total."""

    number: Number
    currency: str
    total: Money
    postings: list[OrderPostingView]


class OrderExplanationView(View, frozen=True, kw_only=True):
    """Why the order cost what it cost.

    Explained by the rules of then. For orders from before their texts were kept it is the rules of now, which is only
    right as long as they decide the same to the last byte: `explanation` is null when they do not, and the postings
    are what remains.
    """

    number: Number
    currency: str
    total: Money
    decision_id: UUID
    reproduced: bool
    rules_changed: Annotated[list[str], Meta(description="Kinds of ruleset that are others today.")]
    explanation: ExplanationView | None
