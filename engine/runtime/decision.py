"""What a checkout decision is: totals, lines, postings, refusals, options, coupons, and what they were read from.

All money is in minor units of `currency`. The sum of all postings is the total; `evaluate` checks it every time.
"""

from __future__ import annotations

from typing import Literal

import msgspec

Key = int | str

PostingKind = Literal[
    "item",  # list price times quantity
    "pricing",  # what pricing rules changed about it
    "line_discount",
    "order_discount",
    "coupon",
    "shipping",
    "shipping_discount",
    "tax",  # only where tax is added to prices
    "cash_rounding",
]

CouponState = Literal["applied", "pending", "rejected"]


class Origin(msgspec.Struct, frozen=True, gc=False):
    """Where a posting comes from: a rule, its place, the ruleset's hash, and the facts the rule reads.

    `at` is `file:line:column`; it and `ruleset` are empty for the catalogue price itself.
    """

    kind: str  # ruleset kind, or "catalogue"
    rule: str
    at: str = ""
    ruleset: str = ""
    reads: tuple[str, ...] = ()  # facts of the cart
    line_reads: tuple[str, ...] = ()  # facts of the line


class Posting(msgspec.Struct, frozen=True, gc=False):
    """One amount with one reason. `line` is a line id, a shipment id for shipping, or empty for the whole cart."""

    kind: PostingKind
    amount: int
    line: str
    origin: Origin


class Reason(msgspec.Struct, frozen=True, gc=False):
    """Why something is not (yet) so: a stable code, its parameters, and for a failing test how far it is from true.

    Codes: `condition` (a test fails: params fact, operator, wanted, value), `fact_missing` (params fact), `window`,
    and the codes named at the places that make them. `distance` is in the unit of the fact, None where no order is.
    """

    code: str
    params: dict[str, str] = {}
    distance: int | None = None


class Refusal(msgspec.Struct, frozen=True, gc=False):
    """A rule says no to the checkout: stable code, parameters, the message by locale, and where it is written."""

    code: str
    origin: Origin
    params: dict[str, str] = {}
    message: dict[str, str] = {}


class LineResult(msgspec.Struct, frozen=True, gc=False):
    """One line, decided. `subtotal` = unit_price × quantity; `total` = subtotal − discount, as prices are entered.

    `net` + `tax` = `gross`; all three are None while tax is not decided.
    """

    id: str
    sku: str
    quantity: int
    list_price: int
    unit_price: int
    subtotal: int
    discount: int
    total: int
    on_sale: bool
    net: int | None
    tax: int | None
    gross: int | None
    facts: dict[str, Key] = {}  # of the request; JSON keeps those that some applied rule read

    @property
    def cost(self) -> int:
        """What the customer pays for the line: with tax, or as prices are while tax is not decided."""
        return self.total if self.gross is None else self.gross


class TaxAmount(msgspec.Struct, frozen=True, gc=False):
    """Tax of one rate: `base` is the net amount, `included` says whether it is contained in prices or added."""

    rate: str
    percent: tuple[int, int]  # exact ratio
    base: int
    amount: int
    included: bool
    origin: Origin


class ShippingOption(msgspec.Struct, frozen=True, gc=False):
    """One shipping method: `price` before and `total` after discounts, None when it is not offered, and then why."""

    method: str
    name: dict[str, str]
    price: int | None
    total: int | None
    zone: str
    days: tuple[int, int] | None
    reasons: tuple[Reason, ...]


class PaymentOption(msgspec.Struct, frozen=True, gc=False):
    """One payment method, and why it is not available where it is not."""

    method: str
    name: dict[str, str]
    available: bool
    reasons: tuple[Reason, ...]


class CouponResult(msgspec.Struct, frozen=True, gc=False):
    """A code and its state. Pending: nothing is wrong that the customer cannot still change; rejected: there is."""

    code: str
    rule: str
    state: CouponState
    amount: int
    reasons: tuple[Reason, ...]


class Gift(msgspec.Struct, frozen=True, gc=False):
    """Units the shop adds at price zero."""

    sku: str
    quantity: int
    origin: Origin


class Hint(msgspec.Struct, frozen=True, gc=False):
    """An exact counterfactual, evaluated before it is shown.

    kind: `discount`, `free_shipping`, `quantity`, `coupon`, `tier`. `add` is the amount to spend more (minor units), or
    None; `units`/`line` one concrete way: so many more units of that line (or of catalogue item `sku`). `saves` is what
    the rule itself then gives; `net` is what the customer is better off compared with paying for the addition alone
    (it can be negative: the trap); `side_effects` says what else changes (shipping band, lost coupon). `gives` are the
    gifts of the rule, units by SKU.
    """

    kind: str
    rule: str
    at: str
    add: int | None = None
    line: str = ""
    sku: str = ""
    units: int = 0
    saves: int = 0
    net: int = 0
    side_effects: tuple[str, ...] = ()
    reasons: tuple[Reason, ...] = ()
    gives: dict[str, int] = {}


class Skipped(msgspec.Struct, frozen=True, gc=False):
    """A rule whose condition held and that still gave nothing; only collected when a trace is asked for.

    Codes: `not_best`, `not_first`, `exclusive` (params rule), `limit_total`, `limit_customer`, `budget`,
    `nothing_left`, `no_line`.
    """

    rule: str
    code: str
    params: dict[str, str] = {}


class Totals(msgspec.Struct, frozen=True, gc=False):
    """items (after pricing) − discount + shipping (after discounts) + tax added + cash_rounding = total.

    `tax` is all tax, contained or added. Discounts are positive numbers.
    """

    items: int
    discount: int
    shipping: int
    shipping_discount: int
    tax: int
    tax_added: int
    cash_rounding: int
    total: int


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """The whole answer. `facts` are all cart facts with their values at the end; `rulesets` maps kind to hash."""

    currency: str
    now: int
    totals: Totals
    lines: tuple[LineResult, ...]
    postings: tuple[Posting, ...]
    taxes: tuple[TaxAmount, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    options: tuple[ShippingOption, ...] = ()
    shipping_method: str | None = None  # the one the total is computed with
    payments: tuple[PaymentOption, ...] = ()
    coupons: tuple[CouponResult, ...] = ()
    gifts: tuple[Gift, ...] = ()
    applied: tuple[str, ...] = ()  # ids of promotions and coupons that gave something, in order of application
    rulesets: dict[str, str] = {}
    facts: dict[str, Key] = {}
    sets: dict[str, frozenset[str]] = {}
    hints: tuple[Hint, ...] = ()
    skipped: tuple[Skipped, ...] = ()  # with a trace only


class UnbalancedPostings(Exception):
    """The postings do not sum to the total: a bug in the engine, never the fault of a ruleset or a cart."""


def check_balance(postings: list[Posting], total: int) -> None:
    """Raise UnbalancedPostings unless the amounts sum to `total`."""
    found = sum([posting.amount for posting in postings])
    if found != total:
        raise UnbalancedPostings(f"postings sum to {found}, total is {total}")
