"""What does a request to this room have to look like?"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta

from server.decisions.shapes import RulesetView
from server.web.binding import Body, Path, Query, View
from server.web.pages import PageQuery

Amount = Annotated[
    str,
    Meta(
        pattern=r"^(?:0|[1-9][0-9]{0,12})(?:\.[0-9]{1,4})?(?!\n)$",
        max_length=18,
        description='In the currency of the store, with no more digits than it has: "19.90".',
    ),
]
Code = Annotated[str, Meta(min_length=1, max_length=100)]
Tags = Annotated[tuple[Code, ...], Meta(max_length=100)]
CategoryPath = Annotated[
    str,
    Meta(
        pattern=r"^[^/\s]+(?:/[^/\s]+)*(?!\n)$",
        max_length=500,
        description="From the root down: clothing/socks.",
    ),
]
Grams = Annotated[int, Meta(ge=0, le=1_000_000_000, description="Of one unit, in grams.")]
CubicCentimetres = Annotated[int, Meta(ge=0, le=1_000_000_000, description="Of one unit, in cm³.")]
Count = Annotated[int, Meta(ge=0, le=1_000_000_000)]
Country = Annotated[str, Meta(pattern=r"^[A-Z]{2}(?!\n)$", description="ISO 3166-1 alpha-2.")]
Locale = Annotated[str, Meta(pattern=r"^[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8}){0,4}(?!\n)$", description="BCP 47 tag.")]
Instant = Annotated[datetime, Meta(tz=True)]
Level = Annotated[
    Literal["shopper", "admin", "full"],
    Meta(description="shopper: a few sentences; admin: every rule; full: all data. The last two need explain_full."),
]


class GivenItem(Body, frozen=True, kw_only=True, omit_defaults=True):
    """A product as rules see it. What is left out is not known, which is not the same as none."""

    sku: Code
    price: Annotated[
        Amount,
        Meta(
            description="What one costs before any rule, in the currency of the store; nothing is looked up here, and "
            "GET /products/{slug} shows the list_price of each variant."
        ),
    ]
    product: Code | None = None
    category: CategoryPath | None = None
    brand: Code | None = None
    seller: Code | None = None
    tags: Tags | None = None
    tax_class: Code = "standard"
    sale_price: Amount | None = None
    cost: Amount | None = None
    floor_price: Amount | None = None
    weight_g: Grams | None = None
    volume_cm3: CubicCentimetres | None = None


class GivenLine(GivenItem, frozen=True, kw_only=True, omit_defaults=True):
    """A line. Its id is L1, L2 … by its place unless it is given."""

    quantity: Annotated[int, Meta(ge=1, le=1_000_000)]
    id: Code | None = None


class GivenCustomer(Body, frozen=True, kw_only=True, omit_defaults=True):
    """Who buys; with an `id` they are signed in."""

    id: Code | None = None
    group: Code | None = None
    email: Annotated[str, Meta(min_length=1, max_length=254)] | None = None
    phone: Code | None = None
    orders_paid: Count | None = None
    spent: Amount | None = None
    registered: Instant | None = None
    tags: Tags | None = None


class GivenDestination(Body, frozen=True, kw_only=True, omit_defaults=True):
    """Where it goes, as far as it is known."""

    country: Country | None = None
    region: Code | None = None
    postcode: Annotated[str, Meta(min_length=1, max_length=20)] | None = None
    city: Annotated[str, Meta(min_length=1, max_length=200)] | None = None


class DryRunBody(Body, frozen=True, kw_only=True, omit_defaults=True):
    """A basket nobody has filled. `at` is the instant to decide for, now when it is left out."""

    lines: Annotated[tuple[GivenLine, ...], Meta(max_length=500)]
    at: Instant | None = None
    channel: Code | None = None
    locale: Locale | None = None
    customer: GivenCustomer = GivenCustomer()
    destination: GivenDestination = GivenDestination()
    coupon_codes: Annotated[tuple[Code, ...], Meta(max_length=20)] = ()
    shipping_method: Code | None = None
    payment_method: Code | None = None
    cash_on_delivery_today: Count | None = None
    tags: Tags | None = None
    catalogue: Annotated[
        tuple[GivenItem, ...],
        Meta(max_length=50, description="What hints may suggest, besides more of what is there."),
    ] = ()
    explain: Level | None = None


RuleName = Annotated[
    str,
    Meta(
        pattern=r"^[a-z]{1,30}/[A-Za-z0-9][A-Za-z0-9_.-]{0,199}(?!\n)$",
        description="The kind and the id of a rule: promotions/summer.",
    ),
]


class LogQuery(PageQuery, frozen=True, kw_only=True):
    """Which decisions to list. Times are from `decided_from` on, and before `decided_before`.

    `rule` and `coupon_code` are looked up in what was noted of the log, in which the last half minute may be missing.
    """

    purpose: Literal["quote", "order", "dry_run"] | None = None
    cart_id: UUID | None = None
    rule: RuleName | None = None
    coupon_code: Code | None = None
    customer_id: Annotated[UUID, Meta(description="The account, or the guest, whose cart it was.")] | None = None
    order_number: Annotated[int, Meta(ge=1, le=9_007_199_254_740_991)] | None = None
    decided_from: Instant | None = None
    decided_before: Instant | None = None
    refused: bool | None = None


class DecisionPath(Path, frozen=True, kw_only=True):
    """Names a decision of the log."""

    decision_id: UUID


class ReviewQuery(Query, frozen=True, kw_only=True):
    """How to explain it; by default as far as the caller may see."""

    level: Level | None = None
    locale: Locale | None = None


class LiveRulesetsView(View, frozen=True, kw_only=True):
    """What decides for the store now. `timezone` is the clock days and hours are read on."""

    currency: str
    timezone: str
    rulesets: tuple[RulesetView, ...]
