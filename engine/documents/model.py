"""The typed documents, one class per ruleset kind: what a ruleset says once it has been read.

Every value that can be blamed carries the span it came from. Lists keep document order; whether that order
means anything is said per kind. All classes are immutable (maps are never written to) and picklable.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from engine.documents.conditions import ALWAYS, Aggregate, Condition
from engine.documents.effects import Effect, Ratio, TaxMode
from engine.facts.vocabulary import Fact
from engine.money.rounding import Rounding
from engine.text.nodes import Mapping as MappingNode
from engine.text.source import Span

Kind = Literal["pricing", "promotions", "coupons", "shipping", "tax", "checkout", "orders"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The head every document starts with. `hash` is the sha256 (hex) of the canonical resolved document."""

    kind: Kind
    name: str
    version: int
    vocabulary: str  # "checkout/1"
    currency: str  # the currency this reading is for
    currencies: tuple[str, ...]  # all currencies the document has amounts in
    timezone: str = "UTC"
    rounding: Rounding = "half_up"
    summary: str = ""
    hash: str = ""
    span: Span


@dataclass(frozen=True, slots=True)
class Window:
    """Half-open validity `[start, end)` in microseconds since 1970 UTC; None is open."""

    start: int | None = None
    end: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How often and how much a rule may give. Money in minor units; None is unlimited.

    per_order: applications in one cart (groups for group effects, units for line effects, 1 for order
    effects); per_customer, total: orders that used it, counted by the shop; budget: money given away in
    all.
    """

    per_order: int | None = None
    per_customer: int | None = None
    total: int | None = None
    per_code: int | None = None  # coupons only
    budget: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """What all kinds share. `aggregates` maps axis name to aggregate, `attributes` the typed attributes of the
    store by full name; `cases` stay nodes until they are run.
    """

    head: Head
    attributes: Mapping[str, Fact] = field(default_factory=dict)
    aggregates: Mapping[str, Aggregate] = field(default_factory=dict)
    cases: tuple[MappingNode, ...] = ()
    allow: tuple[Allowance, ...] = ()


@dataclass(frozen=True, slots=True)
class Allowance:
    """A finding the author accepts: `allow: [{code: RS403, rule: x, because: "..."}]`; no rule means
    everywhere.
    """

    code: str
    because: str
    rule: str | None
    span: Span


# pricing -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PriceTier:
    """From `start` units of the line on: exactly one of `price` (minor units) and `percent` off."""

    start: int
    price: int | None
    percent: Ratio | None
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceRule:
    """One way a unit price can come about; exactly one of price, percent, amount, fact, tiers is set.

    `fact` names a money fact of the line (`line.sale_price`) that becomes the price when it is known.
    """

    id: str
    when: Condition = ALWAYS
    where: Condition = ALWAYS
    window: Window = Window()
    priority: int = 0
    price: int | None = None
    percent: Ratio | None = None
    amount: int | None = None
    fact: str | None = None
    tiers: tuple[PriceTier, ...] = ()
    marks_sale: bool = True  # sets line.on_sale when it lowers the list price
    message: Mapping[str, str] = field(default_factory=dict)
    span: Span
    then_span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardRails:
    """Bounds no pricing rule can pass: an absolute price, a margin over `line.cost`, a change from the list
    price.
    """

    never_below: int | None = None
    never_below_fact: str | None = None  # line.cost or line.floor_price
    never_below_plus: Ratio = (0, 1)
    max_change: Ratio | None = None
    span: Span | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PricingDocument(Document):
    """`pick: best` is the lowest price for the customer; `first` the highest priority, then id."""

    rules: tuple[PriceRule, ...]
    pick: Literal["best", "first"] = "best"
    guard: GuardRails = GuardRails()


# promotions and coupons ----------------------------------------------------------------------------------------

LaneStage = Literal["lines", "order", "shipping"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """Lanes run in document order within their stage; stages run lines, order, shipping."""

    id: str
    pick: Literal["best", "all", "first"]
    stage: LaneStage
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Promotion:
    """An automatic discount. Ties break by priority (greater first), then id, never by document order."""

    id: str
    lane: str
    then: Effect
    when: Condition = ALWAYS
    window: Window = Window()
    priority: int = 0
    limits: Limits = Limits()
    exclusive_with: tuple[str, ...] = ()  # rule or lane ids, or "all"
    message: Mapping[str, str] = field(default_factory=dict)
    span: Span
    when_span: Span | None = None
    then_span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class PromotionsDocument(Document):
    """Lanes in document order; rules in document order, which means nothing."""

    lanes: tuple[Lane, ...]
    rules: tuple[Promotion, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Coupon:
    """A code (or every code of a campaign the shop issued) and what it gives. Codes are stored folded."""

    id: str
    codes: tuple[str, ...]
    campaign: str | None
    then: Effect
    when: Condition = ALWAYS
    window: Window = Window()
    priority: int = 0
    limits: Limits = Limits()
    user_bound: bool = False
    first_order_only: bool = False
    exclusive_with: tuple[str, ...] = ()
    message: Mapping[str, str] = field(default_factory=dict)
    span: Span
    when_span: Span | None = None
    then_span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class CouponsDocument(Document):
    """`stacking: none` accepts one code a cart; `all` accepts several, applied by priority, then id."""

    coupons: tuple[Coupon, ...]
    stacking: Literal["none", "all"] = "none"


# shipping ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Zone:
    """Where a destination lies; a method's rates are keyed by zone id."""

    id: str
    where: Condition
    window: Window = Window()
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Flat:
    """One price, whatever is in the shipment."""

    price: int
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class PerItem:
    """`first` for the first unit of the shipment, `further` for each more."""

    first: int
    further: int
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """`price` plus `plus` for every started `per` of the measured value above `over`."""

    plus: int
    per: int
    over: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """Price for values in `[low, high)` of the measured fact; None is open. `step` adds by started unit."""

    low: int | None
    high: int | None
    price: int
    step: Step | None = None
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Bands:
    """The first band (document order) that contains the value of `by`. No band: the method is not offered."""

    by: str
    rows: tuple[Band, ...]
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class PercentRate:
    """A percentage of the money fact `of`, not below `minimum` nor above `maximum` (minor units)."""

    percent: Ratio
    of: str
    minimum: int | None = None
    maximum: int | None = None
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class BaseStep:
    """`base` plus `plus` per started `per` of `by`; not offered above `up_to` (included)."""

    base: int
    plus: int
    per: int
    by: str
    up_to: int | None = None
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class TableRow:
    """One row of a tariff table: its condition over facts, and the price."""

    where: Condition
    price: int
    step: Step | None
    days: tuple[int, int] | None
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows read from a CSV attachment. `first` takes the first match; `unique` makes an overlap an error.

    `by` is the ordered fact the steps measure, if any row has one.
    """

    path: str
    policy: Literal["first", "unique"]
    rows: tuple[TableRow, ...]
    by: str | None
    span: Span


Rate = Flat | PerItem | Bands | PercentRate | BaseStep | Table


@dataclass(frozen=True, slots=True, kw_only=True)
class FreeFrom:
    """Shipping is discounted to zero from `amount` of the money fact `of` on; `zones` empty means all zones.

    `of` already names the variant with or without tax (`subtotal.after_discounts.gross`).
    """

    amount: int
    of: str
    zones: tuple[str, ...] = ()
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """A shipping method. `rates` maps zone id to rate; the key "" is the rate of every other zone."""

    id: str
    rates: Mapping[str, Rate]
    when: Condition = ALWAYS
    window: Window = Window()
    free_from: FreeFrom | None = None
    days: Mapping[str, tuple[int, int]] = field(default_factory=dict)  # zone or "" -> days
    name: Mapping[str, str] = field(default_factory=dict)
    span: Span
    when_span: Span | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A stated reason to say no: of the whole document, or of the listed methods only."""

    id: str
    when: Condition
    code: str
    window: Window = Window()
    methods: tuple[str, ...] = ()
    message: Mapping[str, str] = field(default_factory=dict)
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class ShippingDocument(Document):
    """`policy` governs zones: `first` in document order, `unique` where overlap is an error, or `all` where
    a destination may lie in several zones and each method takes the first zone it has a rate for.

    `shipments: seller` prices one shipment per seller. `choose: cheapest` decides the total while the
    customer has not chosen; `none` leaves shipping out. `volumetric_divisor` is cm³ per kg; None means
    weight alone counts.
    """

    policy: Literal["first", "unique", "all"]
    zones: tuple[Zone, ...]
    methods: tuple[Method, ...]
    refusals: tuple[Refusal, ...] = ()
    shipments: Literal["order", "seller"] = "order"
    choose: Literal["cheapest", "none"] = "cheapest"
    volumetric_divisor: int | None = None


# tax -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxRate:
    """`percent` on what `where` matches: facts of the cart, `tax.class`, and of the line."""

    id: str
    where: Condition
    percent: Ratio
    window: Window = Window()
    message: Mapping[str, str] = field(default_factory=dict)
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxDocument(Document):
    """`exemptions` are conditions under which nothing is taxed; `otherwise` is the answer when no rate
    matches.
    """

    prices: TaxMode
    level: Literal["line", "unit", "total"]
    target: Literal["net", "tax"]
    policy: Literal["first", "unique"]
    rates: tuple[TaxRate, ...]
    exemptions: tuple[Refusal, ...] = ()
    shipping: str = "standard"  # a tax class, or "pro_rata", or "none"
    otherwise: Literal["refuse", "zero"] = "refuse"


# checkout ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class MinimumOrder:
    """The least `of` (a money fact that already says with or without tax) an order must come to."""

    amount: int
    of: str
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentMethod:
    """A way to pay, offered when the condition holds."""

    id: str
    when: Condition = ALWAYS
    name: Mapping[str, str] = field(default_factory=dict)
    span: Span
    when_span: Span | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckoutDocument(Document):
    """May this cart become an order. `price_lock_seconds` is how long a quote holds.

    `cash_rounding` rounds the total to a multiple of that many minor units (half up) as the last posting,
    for the payment methods listed in `cash_rounding_methods` (empty: all).
    """

    required: tuple[tuple[str, Span], ...] = ()
    minimum_order: MinimumOrder | None = None
    refusals: tuple[Refusal, ...] = ()
    payment_methods: tuple[PaymentMethod, ...] = ()
    price_lock_seconds: int = 900
    cash_rounding: int | None = None
    cash_rounding_methods: tuple[str, ...] = ()
    cash_rounding_span: Span | None = None


# orders --------------------------------------------------------------------------------------------------------

START = "start"
"""The source of a transition that creates an order; no state of a document has this name."""

SYSTEM = "system"
"""The role of timers, webhooks and reactions; every document knows it."""

PART = "part"

ACTIONS: Mapping[str, Literal["none", "part", "word"]] = {
    "reserve_stock": "none",
    "commit_stock": "none",
    "release_stock": "none",
    "restock": "part",
    "hold_coupon": "none",
    "consume_coupon": "none",
    "release_coupon": "none",
    "return_coupon": "none",
    "capture_payment": "none",
    "void_payment": "none",
    "refund_payment": "part",
    "credit_seller": "none",
    "debit_seller": "none",
    "notify": "word",
    "announce": "word",
}
"""What a transition may do, and the argument it takes: none, `part` or nothing, or a word (a template, an
event)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeout:
    """The system sends `event` to an order that has been in the state for `after_seconds`."""

    after_seconds: int
    event: str
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """`waiting` states wait for the outside world and must have a way out that needs nobody.

    An order may end in a `final` state as soon as `final_when` holds. `undone` says that an order which
    ends here was no sale, so that none of its money may be kept; None goes by the name of the state.
    """

    id: str
    initial: bool = False
    final: bool = False
    final_when: Condition = ALWAYS
    undone: bool | None = None
    waiting: bool = False
    timeout: Timeout | None = None
    name: Mapping[str, str] = field(default_factory=dict)
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One effect of a transition, e.g. `commit_stock`, or `announce: OrderPaid` (argument).

    `restock` and `refund_payment` take the argument `part`: only the units or the amount the event is about.
    """

    name: str
    argument: str | None = None
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition:
    """On `event` from any of `sources` to `target`, by the roles, when the guard holds; the first match
    decides.

    Written without `to`, an order stays where it is: that is read as one transition for each source.
    """

    event: str
    sources: tuple[str, ...]
    target: str
    roles: tuple[str, ...]
    when: Condition = ALWAYS
    actions: tuple[Action, ...] = ()
    span: Span
    when_span: Span | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrdersDocument(Document):
    """The life of an order. `roles` lists all roles but `system`; empty: whatever the transitions name."""

    states: tuple[State, ...]
    transitions: tuple[Transition, ...]
    roles: tuple[str, ...] = ()


AnyDocument = (
    PricingDocument
    | PromotionsDocument
    | CouponsDocument
    | ShippingDocument
    | TaxDocument
    | CheckoutDocument
    | OrdersDocument
)
