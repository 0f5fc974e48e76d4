"""What do requests and answers about payments and refunds look like? Money is decimal strings in their currency."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta

from server.decisions.schemas import Amount
from server.decisions.shapes import Money
from server.payments.snapshot import PaymentStatus, ReceiptStatus, RefundKind, RefundStatus
from server.web.binding import Body, Path, View
from server.web.pages import PageQuery

OrderNumber = Annotated[int, Meta(ge=1, le=10**15, description="The number of the order.")]
RefundNumber = Annotated[int, Meta(ge=1, le=10**6, description="The number of the refund within its order.")]
Reason = Annotated[str, Meta(min_length=1, max_length=1000)]
ProviderName = Annotated[str, Meta(pattern=r"^[a-z0-9_-]{1,60}(?!\n)$", description="`stripe`, `test`, `cash`.")]


class OrderPath(Path, frozen=True, kw_only=True):
    """Names an order."""

    number: OrderNumber


class RefundPath(Path, frozen=True, kw_only=True):
    """Names a refund of an order."""

    number: OrderNumber
    refund_number: RefundNumber


class ProviderPath(Path, frozen=True, kw_only=True):
    """Names a payment provider."""

    provider: ProviderName


class PayBody(Body, frozen=True, kw_only=True):
    """How to pay. `return_url` is a page of the shop where the provider sends the customer afterwards."""

    return_url: Annotated[str, Meta(min_length=1, max_length=2000)] | None = None


class PaymentView(View, frozen=True, kw_only=True):
    """An attempt to pay. `created`: the provider is still being asked; `pending`: it waits for the customer."""

    id: UUID
    attempt: int
    provider: str
    method: str
    amount: Money
    currency: str
    status: PaymentStatus
    client: Annotated[
        dict[str, str] | None,
        Meta(
            description="What the storefront pays with, while it is pending: `checkout_url` to go to, or "
            "`client_secret` and `publishable_key` for the provider's form."
        ),
    ]
    failure: str | None
    captured: Money
    refunding: Annotated[str, Meta(description="On its way back.")]
    refunded: Annotated[str, Meta(description="Given back.")]
    counts: Annotated[bool, Meta(description="False for money that came too late or twice, and goes back in full.")]
    created_at: datetime


class PaymentsView(View, frozen=True, kw_only=True):
    """Every attempt to pay an order, the first one first."""

    items: list[PaymentView]


class WebhookView(View, frozen=True, kw_only=True):
    """What became of an event. `repeated`: it came before; `waiting`: it is kept, and tried again."""

    status: Literal["waiting", "applied", "ignored", "mistaken", "refused", "repeated"]


class ReceiptsQuery(PageQuery, frozen=True, kw_only=True):
    """Which receipts to list."""

    status: ReceiptStatus | None = None
    provider: ProviderName | None = None
    order: OrderNumber | None = None


class ReceiptView(View, frozen=True, kw_only=True):
    """What a provider sent, and what became of it.

    `applied` and `ignored` are done; `mistaken` is from the provider, but not about what we know; `refused` is not
    believed to be from the provider.
    """

    id: UUID
    provider: str
    event_id: str | None
    event_type: str | None
    status: ReceiptStatus
    detail: str | None
    order_number: int | None
    payment_id: UUID | None
    payload: Annotated[str, Meta(description="As it came, up to the first 4,000 bytes.")]
    remote_address: str | None
    tries: int
    received_at: datetime
    processed_at: datetime | None


class RefundLineBody(Body, frozen=True, kw_only=True):
    """So many units of a line of the order."""

    line_id: UUID
    units: Annotated[int, Meta(ge=1, le=1_000_000)]


class PlanBody(Body, frozen=True, kw_only=True):
    """What to give back: units of lines, or what came back with a return; an amount; shipping; or some of these.

    Without `amount` units give back what they cost. With units an `amount` says that less goes back, without them it
    stands for itself. `shipping` left out is as is due: all of it once everything has come back, else by the store's
    policy.
    """

    lines: Annotated[list[RefundLineBody], Meta(min_length=1, max_length=500)] | None = None
    return_id: UUID | None = None
    amount: Amount | None = None
    shipping: bool | None = None


class RefundBody(PlanBody, frozen=True, kw_only=True):
    """A refund to request. `approve` lets it go at once, where your limit allows that."""

    reason: Reason
    restock: Annotated[
        bool, Meta(description="Whether the units go back on the shelf once the money has; not for received returns.")
    ] = False
    approve: bool = False


class DecisionBody(Body, frozen=True, kw_only=True):
    """Why, for the record."""

    note: Reason | None = None


class PlanLineView(View, frozen=True, kw_only=True):
    """What goes back for some units of a line, of what they cost; `unit_shares` is what each of them cost."""

    line_id: UUID
    sku: str
    units: int
    unit_shares: list[str]
    amount: Money


class PlanView(View, frozen=True, kw_only=True):
    """What a refund would give back: the lines and shipping sum to the total, unless the amount is for neither."""

    currency: str
    lines: list[PlanLineView]
    shipping: Money
    withheld: Annotated[
        str,
        Meta(
            description="Kept of what the units cost, because what stays has lost a discount; below zero: given back."
        ),
    ]
    total: Money
    is_everything: Annotated[bool, Meta(description="Whether nothing but gifts is left with the customer then.")]
    left: Annotated[str, Meta(description="What can be refunded at most.")]


class RefundLineView(View, frozen=True, kw_only=True):
    """What goes back for units of a line."""

    line_id: UUID
    sku: str
    units: int
    amount: Money


class RefundView(View, frozen=True, kw_only=True):
    """Money on its way back: requested, approved, gateway_pending (at the provider), settled; or failed, refused."""

    number: int
    order_number: int
    kind: Annotated[
        RefundKind,
        Meta(
            description="Requested by staff; of a cancellation; of dropped units; or automatic: money that cannot stay."
        ),
    ]
    status: RefundStatus
    amount: Money
    shipping_amount: Money
    currency: str
    lines: list[RefundLineView]
    reason: Annotated[str | None, Meta(description="For staff.")]
    failure: Annotated[str | None, Meta(description="For staff.")]
    restock: bool
    return_id: UUID | None
    payment_id: UUID
    retry_of: Annotated[UUID | None, Meta(description="The failed refund that it repeats.")]
    requested_by: Annotated[UUID | None, Meta(description="For staff.")]
    approved_by: Annotated[UUID | None, Meta(description="For staff.")]
    created_at: datetime
    approved_at: datetime | None
    settled_at: datetime | None


class RefundsView(View, frozen=True, kw_only=True):
    """The refunds of an order by number."""

    items: list[RefundView]


class RefundsQuery(PageQuery, frozen=True, kw_only=True):
    """Which refunds to list."""

    status: RefundStatus | None = None
