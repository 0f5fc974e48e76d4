"""What do the question for offers and its answer look like?"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta

from server.catalog.parts import NamedView, Slug
from server.web.binding import View
from server.web.pages import PageQuery

OfferState = Literal["running", "upcoming"]


class OffersQuery(PageQuery, frozen=True, kw_only=True):
    """Which offers to list: those that run and those that begin within so many days, or one of the two."""

    state: OfferState | None = None
    within_days: Annotated[int, Meta(ge=0, le=365, description="How soon an upcoming offer has to begin.")] = 7
    seller: Slug | None = None


class ListedOfferView(View, frozen=True, kw_only=True):
    """An offer, and the variant it is for. `price` is what that costs from `starts_at` to before `ends_at`."""

    id: UUID
    name: str
    state: OfferState
    starts_at: datetime
    ends_at: datetime
    price: str
    list_price: str
    currency: str
    product: NamedView
    variant_id: UUID
    sku: str
    options: dict[str, str]
    in_stock: bool
    seller: str | None
    image_url: str | None
