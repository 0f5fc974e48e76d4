"""What do requests and answers about quotes look like?"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from msgspec import Meta

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


class CartExplanationView(View, frozen=True, kw_only=True):
    """Why the cart costs what it costs."""

    cart_id: UUID | None
    cart_version: int
    currency: str
    total: Money
    digest: str
    explanation: ExplanationView
