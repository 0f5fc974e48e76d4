"""What does a decided basket look like in an answer? Money is decimal strings with the digits of `currency`."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from msgspec import Meta

from engine.runtime.decision import CouponState, PostingKind
from server.web.binding import View

Money = Annotated[str, Meta(description='An amount in the currency of the answer, with all its digits: "19.90".')]
Label = Annotated[str, Meta(description="What customers call it, in their language.")]
Part = Literal["postings", "digest"]
"""What of a decision is only shown where somebody wants it: both take as long as all the rest."""
Place = Annotated[
    str | None, Meta(description="file:line:column of the rule; null without the permission decisions.explain_full.")
]


class ReasonView(View, frozen=True, kw_only=True, gc=False):
    """Why something is not, or not yet, so."""

    code: str
    message: Annotated[str, Meta(description="In the customer's language.")]
    fact: Annotated[str | None, Meta(description="The fact it hangs on, by its name in the vocabulary.")]
    short_by: Annotated[str | None, Meta(description="How much is missing, in the unit of the fact.")]
    over_by: Annotated[str | None, Meta(description="How much is too much, in the unit of the fact.")]
    detail: Annotated[str | None, Meta(description="In the words of rule authors; with decisions.explain_full.")]


class TotalsView(View, frozen=True, kw_only=True, gc=False):
    """items − discount + shipping + tax_added + cash_rounding = total; `tax` is all tax, contained or added."""

    items: Money
    discount: Money
    shipping: Annotated[str, Meta(description="After shipping discounts.")]
    shipping_discount: Money
    tax: Money
    tax_added: Money
    cash_rounding: Money
    total: Money


class LineDiscountView(View, frozen=True, kw_only=True, gc=False):
    """What one rule takes off a line."""

    rule: str
    label: Label
    saves: Money


class LineView(View, frozen=True, kw_only=True, gc=False):
    """A line, decided: subtotal = unit price × quantity, total = subtotal − discount; tax parts null until known."""

    id: str
    sku: str
    quantity: int
    list_price: Money
    unit_price: Money
    on_sale: bool
    subtotal: Money
    discount: Money
    discounts: tuple[LineDiscountView, ...]
    total: Money
    net: Money | None
    tax: Money | None
    gross: Money | None


class DiscountView(View, frozen=True, kw_only=True, gc=False):
    """What one rule saves in all; `lines` are those it takes something off, empty for delivery."""

    ruleset: Annotated[str, Meta(description="promotions, coupons or shipping.")]
    rule: str
    label: Label
    saves: Money
    lines: tuple[str, ...]
    at: Place


class PostingView(View, frozen=True, kw_only=True, gc=False):
    """One amount with one reason; all of them sum to the total."""

    kind: PostingKind
    amount: Money
    line: Annotated[str, Meta(description="A line, for shipping a shipment; empty for the whole cart.")]
    ruleset: Annotated[str, Meta(description="Kind of the ruleset; catalogue for the list price.")]
    rule: str
    label: Label
    at: Place


class TaxView(View, frozen=True, kw_only=True, gc=False):
    """The tax of one rate on its net base."""

    rate: str
    label: Label
    percent: Annotated[str, Meta(description='Exact, without sign: "17.5".')]
    base: Money
    amount: Money
    included: bool
    at: Place


class CouponView(View, frozen=True, kw_only=True, gc=False):
    """A code on the cart. Pending: the customer can still make it work; rejected: they cannot."""

    code: str
    rule: str
    label: Label
    state: CouponState
    saves: Money
    message: Annotated[str, Meta(description="Why it does not save anything, in the customer's language.")]
    reasons: tuple[ReasonView, ...]


class ShippingOptionView(View, frozen=True, kw_only=True, gc=False):
    """A way of delivery: `price` before and `total` after discounts, null where it is not offered."""

    id: str
    name: Label
    available: bool
    price: Money | None
    total: Money | None
    days_least: int | None
    days_most: int | None
    chosen: Annotated[bool, Meta(description="The customer has chosen it.")]
    decided: Annotated[bool, Meta(description="The total is computed with it.")]
    reasons: tuple[ReasonView, ...]


class PaymentMethodView(View, frozen=True, kw_only=True, gc=False):
    """A way to pay."""

    id: str
    name: Label
    available: bool
    chosen: bool
    reasons: tuple[ReasonView, ...]


class GiftView(View, frozen=True, kw_only=True, gc=False):
    """Units added at price zero."""

    sku: str
    quantity: int
    rule: str
    label: Label


class RefusalView(View, frozen=True, kw_only=True, gc=False):
    """Why the cart cannot become an order as it is."""

    code: str
    message: Annotated[str, Meta(description="In the customer's language.")]
    params: dict[str, str]
    at: Place


class HintView(View, frozen=True, kw_only=True, gc=False):
    """What to add, and what that really brings: it was decided before it is shown."""

    kind: Annotated[str, Meta(description="discount, free_shipping, quantity, coupon, tier or minimum_order.")]
    rule: str
    label: Label
    add: Annotated[str | None, Meta(description="Spend this much more; null where only units count.")]
    line: Annotated[str, Meta(description="Add units of this line; empty for a product that is not in the cart.")]
    sku: str
    units: int
    saves: Annotated[str, Meta(description="What the rule then gives.")]
    net: Annotated[str, Meta(description="How much better off the customer is in all; negative is possible.")]
    gives: Annotated[dict[str, int], Meta(description="Gifts, units by SKU.")]
    side_effects: tuple[str, ...]
    at: Place


class RulesetView(View, frozen=True, kw_only=True, gc=False):
    """The version of a ruleset; `hash` is the sha256 of its content."""

    kind: str
    name: str
    version: int
    hash: str


class DecisionView(View, frozen=True, kw_only=True):
    """A basket, fully decided."""

    currency: Annotated[str, Meta(description="ISO 4217 code of every amount of the answer.")]
    now: Annotated[datetime, Meta(description="The instant it was decided for.")]
    can_be_ordered: bool
    totals: TotalsView
    lines: tuple[LineView, ...]
    discounts: tuple[DiscountView, ...]
    postings: Annotated[tuple[PostingView, ...] | None, Meta(description="Null in a cart that does not include them.")]
    taxes: tuple[TaxView, ...]
    coupons: tuple[CouponView, ...]
    shipping_options: tuple[ShippingOptionView, ...]
    payment_methods: tuple[PaymentMethodView, ...]
    gifts: tuple[GiftView, ...]
    refusals: tuple[RefusalView, ...]
    hints: tuple[HintView, ...]
    missing_facts: Annotated[tuple[str, ...], Meta(description="What the shop has to know to decide more.")]
    digest: Annotated[
        str | None,
        Meta(description="sha256 of the whole decision; a cent or a rule changes it. Null like the postings."),
    ]
    rulesets: tuple[RulesetView, ...]


class RuleOutcomeView(View, frozen=True, kw_only=True):
    """What one rule did, or every reason why it did nothing."""

    kind: str
    rule: str
    at: str
    applied: bool
    amount: Annotated[str, Meta(description="What it changes the total by; negative is a saving.")]
    lines: tuple[str, ...]
    reasons: tuple[ReasonView, ...]


class ExplanationView(View, frozen=True, kw_only=True):
    """Why. `rules` from the level admin on; `data`, with level full, is the whole decision as plain values."""

    level: Literal["shopper", "admin", "full"]
    sentences: tuple[str, ...]
    rules: tuple[RuleOutcomeView, ...]
    data: dict[str, Any] | None


class DryRunView(View, frozen=True, kw_only=True):
    """A basket nobody has filled, decided; `explanation` is null when none was asked for."""

    decision: DecisionView
    explanation: ExplanationView | None


class LoggedLineView(View, frozen=True, kw_only=True):
    """A decision in the log."""

    id: UUID
    purpose: Literal["quote", "order", "dry_run"]
    cart_id: UUID | None
    actor_kind: str
    actor_id: UUID | None
    total: Money
    currency: str
    digest: str
    created_at: datetime


class ReviewView(View, frozen=True, kw_only=True):
    """A logged decision as it was, and the same facts decided by the rules of now."""

    entry: LoggedLineView
    rulesets: tuple[RulesetView, ...]
    facts: Annotated[dict[str, Any], Meta(description="The basket: money in minor units, weights in grams.")]
    result: Annotated[dict[str, Any], Meta(description="The decision as it was written, with every posting.")]
    reproduced: Annotated[bool, Meta(description="Whether today's rules give the same to the last byte.")]
    rules_changed: Annotated[tuple[str, ...], Meta(description="Kinds of ruleset that are others today.")]
    decision: Annotated[DecisionView | None, Meta(description="As of now; null when the store's currency changed.")]
    explanation: ExplanationView | None
