"""What do requests and answers about quotes look like?"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from msgspec import Meta

from server.auth.profile_schemas import Country, Line, Phone, Postcode
from server.auth.schemas import PersonName
from server.decisions.schemas import Level, Locale
from server.decisions.shapes import DecisionView, ExplanationView, Money
from server.web.binding import Body, Query, View

LONGEST_TOKEN: Final = 100_000
"""A quote of 200 lines with the longest SKUs stays far below."""


class ExplainQuery(Query, frozen=True, kw_only=True):
    """How far to explain, and in which language: by default the customer's, then the store's."""

    explain: Level = "shopper"
    locale: Locale | None = None


class QuoteBody(Body, frozen=True, kw_only=True):
    """A quote, as it was given."""

    token: Annotated[str, Meta(min_length=1, max_length=LONGEST_TOKEN)]


class PriceChangeView(View, frozen=True, kw_only=True, gc=False):
    """The price of one unit, as the customer saw it in the cart and as it is quoted."""

    item_id: UUID
    sku: str
    seen: Money
    price: Money


class QuoteView(View, frozen=True, kw_only=True):
    """A price that holds until `expires_at`. Send the `token` back as it is to order at this price."""

    id: UUID
    token: str
    cart_id: UUID
    cart_version: int
    issued_at: datetime
    expires_at: datetime
    decision_id: Annotated[UUID | None, Meta(description="In the decision log; null when it was not logged.")]
    price_changes: tuple[PriceChangeView, ...]
    decision: DecisionView
    explanation: ExplanationView


class QuoteCheckView(View, frozen=True, kw_only=True):
    """A quote that holds. `rules_changed` names the kinds of ruleset that have changed since; its price stays."""

    id: UUID
    cart_id: UUID
    currency: str
    total: Money
    issued_at: datetime
    expires_at: datetime
    rules_changed: tuple[str, ...]


class ShippingAddressBody(Body, frozen=True, kw_only=True):
    """Where the order goes. Country, and postcode and region where the cart has them, have to be those of the quote."""

    name: PersonName
    company: Line | None = None
    phone: Phone | None = None
    line1: Line
    line2: Line | None = None
    city: Line
    region: Line | None = None
    postcode: Postcode | None = None
    country: Country


class PlaceOrderBody(Body, frozen=True, kw_only=True):
    """Order the cart at the price of a quote. Without a billing address the shipping address is both."""

    quote: Annotated[str, Meta(min_length=1, max_length=LONGEST_TOKEN)]
    shipping_address: ShippingAddressBody
    billing_address: ShippingAddressBody | None = None
    note: Annotated[str, Meta(min_length=1, max_length=1000)] | None = None


class PlacedOrderView(View, frozen=True, kw_only=True):
    """An order that was placed. `payment_needed`: POST /orders/{number}/payments is next.

    `confirmation_needed`: a code was sent to the telephone; POST /orders/{number}/confirmation is next.
    `link` opens the order for whoever has it, also without signing in: for the customer's mail.
    """

    id: UUID
    number: str
    state: str
    currency: str
    total: Money
    payment_method: str
    payment_needed: bool
    confirmation_needed: bool
    placed_at: datetime
    link: str


class CartExplanationView(View, frozen=True, kw_only=True):
    """Why the cart costs what it costs."""

    cart_id: UUID | None
    cart_version: int
    currency: str
    total: Money
    digest: str
    explanation: ExplanationView
