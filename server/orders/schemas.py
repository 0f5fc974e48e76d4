"""What does a request to this room have to look like?"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

from server.auth.schemas import PLAIN_TEXT
from server.decisions.schemas import Level, Locale
from server.web.binding import Body, Path, Query, View
from server.web.pages import PageQuery

OrderNumber = Annotated[int, Meta(ge=1, le=9_007_199_254_740_991)]
PartNumber = Annotated[int, Meta(ge=1, le=2_147_483_647)]
Name = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]{0,63}(?!\n)$")]
Remark = Annotated[str, Meta(min_length=1, max_length=1000, description="For the people of the shop only.")]
Carrier = Annotated[str, Meta(min_length=1, max_length=100, pattern=PLAIN_TEXT)]
TrackingNumber = Annotated[str, Meta(min_length=1, max_length=100, pattern=r"^[!-~]+(?: [!-~]+)*(?!\n)$")]
TrackingUrl = Annotated[
    str, Meta(min_length=9, max_length=2000, pattern=r"^https?://[!-~]+(?!\n)$", description="Where to follow it.")
]
Units = Annotated[int, Meta(ge=1, le=1_000_000)]
FewUnits = Annotated[int, Meta(ge=0, le=1_000_000)]
Instant = Annotated[datetime, Meta(tz=True)]
EmailBeginning = Annotated[str, Meta(min_length=1, max_length=254, description="How the customer's address begins.")]
SellerSlug = Annotated[str, Meta(min_length=1, max_length=200, description="Of a seller with a line in the order.")]
Sku = Annotated[str, Meta(min_length=1, max_length=100)]
SearchedText = Annotated[
    str,
    Meta(
        min_length=2,
        max_length=100,
        description="Part of the customer's name, of a product's name or SKU, or a whole tracking number.",
    ),
]
Reason = Literal["changed_mind", "defective", "damaged", "wrong_item", "not_as_described", "late", "other"]
SightingStatus = Literal[
    "accepted", "in_transit", "out_for_delivery", "delivery_attempted", "available_for_pickup", "delivered", "failed"
]


class OrderPath(Path, frozen=True, kw_only=True):
    """Names an order."""

    number: OrderNumber


class CodeBody(Body, frozen=True, kw_only=True):
    """The code that was sent."""

    code: Annotated[str, Meta(pattern=r"^[0-9]{6}(?!\n)$", description="Six digits.")]


class CodeSentView(View, frozen=True, kw_only=True):
    """A code is on its way."""

    expires_at: datetime


class EventPath(Path, frozen=True, kw_only=True):
    """Names an event of the lifecycle, for an order."""

    number: OrderNumber
    event: Name


class ShipmentPath(Path, frozen=True, kw_only=True):
    """Names a parcel of an order."""

    number: OrderNumber
    shipment: PartNumber


class ReturnPath(Path, frozen=True, kw_only=True):
    """Names a return of an order."""

    number: OrderNumber
    return_number: PartNumber


class LinkPath(Path, frozen=True, kw_only=True):
    """The token of a link."""

    token: Annotated[str, Meta(min_length=1, max_length=500, pattern=r"^[A-Za-z0-9_.-]+(?!\n)$")]


class LocaleQuery(Query, frozen=True, kw_only=True):
    """In which language to answer: by default the customer's."""

    locale: Locale | None = None


class ExplanationQuery(LocaleQuery, frozen=True, kw_only=True):
    """How far to explain: by default as far as the caller may see."""

    level: Level | None = None


class ReplayQuery(LocaleQuery, frozen=True, kw_only=True):
    """Under which other rulesets to decide it besides."""

    rulesets: (
        Annotated[
            str,
            Meta(
                min_length=1,
                max_length=1000,
                description="What if: `live`, `shipped`, or versions and drafts in place of what is live, with commas"
                " between: `promotions/default@4,draft:<id>`.",
            ),
        ]
        | None
    ) = None


class HistoryQuery(PageQuery, frozen=True, kw_only=True):
    """Which of your orders to list."""

    state: Name | None = None
    locale: Locale | None = None


class SalesQuery(HistoryQuery, frozen=True, kw_only=True):
    """Which of the orders with a line of yours to list."""


class StatesQuery(Query, frozen=True, kw_only=True):
    """What an order has to be like to be counted. Times are from `placed_from` on, and before `placed_before`."""

    email: EmailBeginning | None = None
    placed_from: Instant | None = None
    placed_before: Instant | None = None
    payment_method: Name | None = None
    held: bool | None = None
    seller: SellerSlug | None = None
    sku: Sku | None = None
    text: SearchedText | None = None


class OrdersQuery(PageQuery, frozen=True, kw_only=True):
    """What an order has to be like to be listed, and in which order. Times as for counting."""

    state: Annotated[list[Name], Meta(max_length=20)] = msgspec.field(default_factory=list)
    number: OrderNumber | None = None
    email: EmailBeginning | None = None
    placed_from: Instant | None = None
    placed_before: Instant | None = None
    payment_method: Name | None = None
    held: bool | None = None
    seller: SellerSlug | None = None
    sku: Sku | None = None
    text: SearchedText | None = None
    sort: Literal["newest", "oldest"] = "newest"


class EventBody(Body, frozen=True, kw_only=True):
    """What there is to say about it."""

    note: Remark | None = None


class ShippedLine(Body, frozen=True, kw_only=True):
    """Units of a line, in a parcel."""

    line_id: UUID
    quantity: Units


class ShipmentBody(Body, frozen=True, kw_only=True):
    """A parcel that leaves. Without `lines` it holds all units that are still open, of sellers only their own."""

    lines: Annotated[list[ShippedLine], Meta(min_length=1, max_length=200)] | None = None
    carrier: Carrier | None = None
    tracking_number: TrackingNumber | None = None
    tracking_url: TrackingUrl | None = None
    note: Remark | None = None


class TrackingBody(Body, frozen=True, kw_only=True):
    """What changes; what is left out stays, null takes it away."""

    carrier: Carrier | UnsetType | None = UNSET
    tracking_number: TrackingNumber | UnsetType | None = UNSET
    tracking_url: TrackingUrl | UnsetType | None = UNSET


class SightingBody(Body, frozen=True, kw_only=True):
    """Where the parcel was seen. `happened_at` is now when it is left out; the same sighting again is no second one."""

    status: SightingStatus
    location: Annotated[str, Meta(min_length=1, max_length=200, pattern=PLAIN_TEXT)] | None = None
    source: Annotated[str, Meta(min_length=1, max_length=100, pattern=PLAIN_TEXT)] = "shop"
    happened_at: Instant | None = None


class DeliveryBody(Body, frozen=True, kw_only=True):
    """When the parcel arrived; now when it is left out."""

    happened_at: Instant | None = None


class ReturnedLine(Body, frozen=True, kw_only=True):
    """Units of a line that are to come back."""

    line_id: UUID
    quantity: Units


class ReturnBody(Body, frozen=True, kw_only=True):
    """What is to come back, and why."""

    lines: Annotated[list[ReturnedLine], Meta(min_length=1, max_length=200)]
    reason: Reason
    comment: Annotated[str, Meta(min_length=1, max_length=2000)] | None = None


class ReceivedLine(Body, frozen=True, kw_only=True):
    """Units of a line that came back; `restock` of them go back on the shelf, all when it is left out."""

    line_id: UUID
    received: FewUnits
    restock: FewUnits | None = None


class ReceivedBody(Body, frozen=True, kw_only=True):
    """What came back. Without `lines` everything did, and all of it can be sold again; a line left out did not."""

    lines: Annotated[list[ReceivedLine], Meta(min_length=1, max_length=200)] | None = None
    note: Remark | None = None


class NoteBody(Body, frozen=True, kw_only=True):
    """A note about an order, for the people of the shop, or for the customer as well."""

    text: Annotated[str, Meta(min_length=1, max_length=5000)]
    is_for_customer: bool = False
