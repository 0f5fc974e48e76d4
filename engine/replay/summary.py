"""What came out of pricing many orders: money, discounts, refusals, rules that fired, the slowest?

A summary is filled order by order and can be pickled and merged, so that each worker process keeps its own.
Merging in any order gives the same result.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from heapq import nlargest

from engine.money import Rounding, round_ratio
from engine.replay.items import Accounting, ReplayItem
from engine.runtime.decision import Decision, Refusal

SLOWEST = 10

_TAX = "tax"
_NOT_A_RULE = frozenset({"item", _TAX})  # catalogue prices; taxes are counted from the decision's own list
_HALF_UP: Rounding = "half_up"


@dataclass(slots=True)
class CurrencyTotals:
    """Sums over the orders priced in one currency, minor units, and the values behind the distributions.

    `discounted` counts orders with a discount (unit prices of the pricing stage are none), `free_delivery` those
    delivered at no cost, `undelivered` those without a shipping method. `discount_shares` are hundredths of a percent
    of the items, rounded half up; orders of worth 0 have none.
    """

    orders: int = 0
    items: int = 0
    discount: int = 0
    shipping: int = 0
    shipping_discount: int = 0
    tax: int = 0
    total: int = 0
    discounted: int = 0
    free_delivery: int = 0
    undelivered: int = 0
    discount_shares: list[int] = field(default_factory=list)
    shippings: list[int] = field(default_factory=list)
    order_totals: list[int] = field(default_factory=list)

    def add(self, decision: Decision) -> None:
        """Count one priced order."""
        totals = decision.totals
        self.orders += 1
        self.items += totals.items
        self.discount += totals.discount
        self.shipping += totals.shipping
        self.shipping_discount += totals.shipping_discount
        self.tax += totals.tax
        self.total += totals.total
        if totals.items > 0:
            self.discount_shares.append(round_ratio(totals.discount * 10_000, totals.items, _HALF_UP))
        self.shippings.append(totals.shipping)
        self.order_totals.append(totals.total)
        self.discounted += totals.discount > 0
        self.undelivered += decision.shipping_method is None
        self.free_delivery += decision.shipping_method is not None and totals.shipping == 0

    def merge(self, other: CurrencyTotals) -> None:
        """Add what was counted elsewhere."""
        self.orders += other.orders
        self.items += other.items
        self.discount += other.discount
        self.shipping += other.shipping
        self.shipping_discount += other.shipping_discount
        self.tax += other.tax
        self.total += other.total
        self.discount_shares += other.discount_shares
        self.shippings += other.shippings
        self.order_totals += other.order_totals
        self.discounted += other.discounted
        self.free_delivery += other.free_delivery
        self.undelivered += other.undelivered


@dataclass(frozen=True, slots=True, order=True)
class RuleKey:
    """A rule of a ruleset kind, and the currency its money is in."""

    kind: str
    rule: str
    currency: str


@dataclass(slots=True)
class Fired:
    """Orders a rule changed or refused something to, and the sum of its postings (or of its tax) in minor units."""

    orders: int = 0
    amount: int = 0


@dataclass(frozen=True, slots=True, order=True)
class RefusedFor:
    """The code of a refusal, and the fact or method it is about: the code alone does not tell which fact is missing."""

    code: str
    about: str = ""


@dataclass(frozen=True, slots=True, order=True)
class Witness:
    """An order that shows something: the one with fewest lines is the smallest, then the cheapest, then by
    id.
    """

    lines: int
    total: int
    order: str
    currency: str


@dataclass(slots=True)
class ReplaySummary:
    """Everything counted so far. Durations are nanoseconds and come in with each decision."""

    accounting: Accounting = field(default_factory=Accounting)
    currencies: dict[str, CurrencyTotals] = field(default_factory=dict)
    fired: dict[RuleKey, Fired] = field(default_factory=dict)
    refusals: Counter[RefusedFor] = field(default_factory=Counter)
    witnesses: dict[RefusedFor, Witness] = field(default_factory=dict)
    methods: Counter[str] = field(default_factory=Counter)
    coupons: Counter[str] = field(default_factory=Counter)
    notes: Counter[str] = field(default_factory=Counter)
    slowest: list[tuple[int, str]] = field(default_factory=list)
    nanoseconds: int = 0

    def add(self, item: ReplayItem, decision: Decision | None, nanoseconds: int = 0) -> None:
        """Count one order: with its decision, or None when it has no cart. Refused orders add to no money."""
        if decision is None:
            self.accounting.skipped(item)
            return
        self.notes.update(item.notes)
        self.coupons.update(coupon.state for coupon in decision.coupons)
        self._took(nanoseconds, item.id)
        for key in {RuleKey(kind, rule, decision.currency) for kind, rule in _refusing(decision)}:
            self.fired.setdefault(key, Fired()).orders += 1
        if decision.refusals:
            self.accounting.refused(item)
            self._refused(item.id, decision)
        else:
            self.accounting.priced(item)
            self._priced(decision)

    def merge(self, other: ReplaySummary) -> None:
        """Add what was counted elsewhere."""
        self.accounting.merge(other.accounting)
        for currency, totals in other.currencies.items():
            self.currencies.setdefault(currency, CurrencyTotals()).merge(totals)
        for key, fired in other.fired.items():
            mine = self.fired.setdefault(key, Fired())
            mine.orders += fired.orders
            mine.amount += fired.amount
        for reason, witness in other.witnesses.items():
            self._witnessed(reason, witness)
        self.refusals += other.refusals
        self.methods += other.methods
        self.coupons += other.coupons
        self.notes += other.notes
        self.slowest = nlargest(SLOWEST, [*self.slowest, *other.slowest])
        self.nanoseconds += other.nanoseconds

    def _priced(self, decision: Decision) -> None:
        self.currencies.setdefault(decision.currency, CurrencyTotals()).add(decision)
        self.methods[decision.shipping_method or "none"] += 1
        amounts: Counter[RuleKey] = Counter()
        for key, amount in _amounts_by_rule(decision):
            amounts[key] += amount
        for key, amount in amounts.items():
            fired = self.fired.setdefault(key, Fired())
            fired.orders += 1
            fired.amount += amount

    def _refused(self, order: str, decision: Decision) -> None:
        witness = Witness(len(decision.lines), decision.totals.total, order, decision.currency)
        for reason in sorted({_reason(refusal) for refusal in decision.refusals}):
            self.refusals[reason] += 1
            self._witnessed(reason, witness)

    def _witnessed(self, reason: RefusedFor, witness: Witness) -> None:
        self.witnesses[reason] = min(self.witnesses.get(reason, witness), witness)

    def _took(self, nanoseconds: int, order: str) -> None:
        self.nanoseconds += nanoseconds
        if len(self.slowest) < SLOWEST or nanoseconds > self.slowest[-1][0]:
            self.slowest = nlargest(SLOWEST, [*self.slowest, (nanoseconds, order)])


def _amounts_by_rule(decision: Decision) -> Iterable[tuple[RuleKey, int]]:
    for posting in decision.postings:
        if posting.kind not in _NOT_A_RULE and posting.origin.rule:
            yield RuleKey(posting.origin.kind, posting.origin.rule, decision.currency), posting.amount
    for tax in decision.taxes:
        yield RuleKey(_TAX, tax.rate, decision.currency), tax.amount
    for gift in decision.gifts:
        yield RuleKey(gift.origin.kind, gift.origin.rule, decision.currency), 0


def _refusing(decision: Decision) -> Iterable[tuple[str, str]]:
    """Kind and id of the rules that refused the order, or a shipping method to it."""
    for refusal in decision.refusals:
        if "rule" in refusal.params:
            yield refusal.origin.kind, refusal.params["rule"]
    for option in decision.options:
        for reason in option.reasons:
            if "rule" in reason.params:
                yield "shipping", reason.params["rule"]


def _reason(refusal: Refusal) -> RefusedFor:
    about = "method" if "method" in refusal.params else "fact" if refusal.code == "fact_missing" else ""
    return RefusedFor(refusal.code, refusal.params.get(about, ""))
