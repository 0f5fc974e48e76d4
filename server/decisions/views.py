"""How is a decision shown? Money as decimal strings, rules by what customers call them, in their language."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from typing import Final, get_args

from engine import Decision, digest
from engine.money import formatter
from engine.runtime.decision import Hint, LineResult, Origin, Posting, Reason, Refusal, ShippingOption
from server.decisions.books import LiveBook, RulesetRef
from server.decisions.facts import Basket
from server.decisions.instants import instant_of
from server.decisions.reasons import (
    coupon_message,
    missing_fact,
    reason_views,
    refusal_message,
    refusal_params,
)
from server.decisions.shapes import (
    CouponView,
    DecisionView,
    DiscountView,
    GiftView,
    HintView,
    LineDiscountView,
    LineView,
    Part,
    PaymentMethodView,
    PostingView,
    RefusalView,
    RulesetView,
    ShippingOptionView,
    TaxView,
    TotalsView,
)
from server.decisions.wording import in_language

__all__ = ["DecisionView", "ruleset_view", "view"]

_DISCOUNTS: Final = frozenset({"line_discount", "order_discount", "coupon", "shipping_discount"})


def view(
    live: LiveBook,
    basket: Basket,
    decision: Decision,
    hints: tuple[Hint, ...],
    locale: str,
    full: bool,
    include: Collection[Part] = get_args(Part),
) -> DecisionView:
    """The decision of this basket for a caller; `full` also shows where each rule is written."""
    shows = _Shows(live, formatter(decision.currency), locale, full)
    return DecisionView(
        currency=decision.currency,
        now=instant_of(decision.now),
        can_be_ordered=bool(decision.lines) and not decision.refusals,
        totals=shows.totals(decision),
        lines=shows.lines(decision),
        discounts=shows.discounts(decision),
        postings=tuple([shows.posting(each) for each in decision.postings]) if "postings" in include else None,
        taxes=shows.taxes(decision),
        coupons=shows.coupons(decision),
        shipping_options=tuple([shows.option(option, basket, decision) for option in decision.options]),
        payment_methods=shows.payments(decision, basket),
        gifts=tuple(
            [
                GiftView(sku=gift.sku, quantity=gift.quantity, rule=gift.origin.rule, label=shows.label(gift.origin))
                for gift in decision.gifts
            ]
        ),
        refusals=shows.refusals(decision),
        hints=tuple([shows.hint(hint) for hint in hints]),
        missing_facts=tuple(sorted(set(_missing(decision)))),
        digest=digest(decision) if "digest" in include else None,
        rulesets=tuple([ruleset_view(ruleset) for ruleset in live.checkout_rulesets]),
    )


def ruleset_view(ruleset: RulesetRef) -> RulesetView:
    """The version of a ruleset."""
    return RulesetView(kind=ruleset.kind, name=ruleset.name, version=ruleset.version, hash=ruleset.hash)


@dataclass(frozen=True, slots=True)
class _Shows:
    """Shows the parts of one decision to one caller."""

    live: LiveBook
    money: Callable[[int], str]
    locale: str
    full: bool
    labels: dict[tuple[str, str], str] = field(default_factory=dict)
    """Those found so far: a rule gives something to many lines, and the nearest language takes a while to find."""

    def totals(self, decision: Decision) -> TotalsView:
        money, totals = self.money, decision.totals
        return TotalsView(
            items=money(totals.items),
            discount=money(totals.discount),
            shipping=money(totals.shipping),
            shipping_discount=money(totals.shipping_discount),
            tax=money(totals.tax),
            tax_added=money(totals.tax_added),
            cash_rounding=money(totals.cash_rounding),
            total=money(totals.total),
        )

    def lines(self, decision: Decision) -> tuple[LineView, ...]:
        taken: dict[str, list[LineDiscountView]] = {}
        for posting in decision.postings:
            if posting.line and posting.kind in _DISCOUNTS:
                taken.setdefault(posting.line, []).append(
                    LineDiscountView(
                        rule=posting.origin.rule, label=self.label(posting.origin), saves=self.money(-posting.amount)
                    )
                )
        return tuple([self._line(line, tuple(taken.get(line.id, ()))) for line in decision.lines])

    def _line(self, line: LineResult, discounts: tuple[LineDiscountView, ...]) -> LineView:
        money = self.money
        return LineView(
            id=line.id,
            sku=line.sku,
            quantity=line.quantity,
            list_price=money(line.list_price),
            unit_price=money(line.unit_price),
            on_sale=line.on_sale,
            subtotal=money(line.subtotal),
            discount=money(line.discount),
            discounts=discounts,
            total=money(line.total),
            net=None if line.net is None else money(line.net),
            tax=None if line.tax is None else money(line.tax),
            gross=None if line.gross is None else money(line.gross),
        )

    def discounts(self, decision: Decision) -> tuple[DiscountView, ...]:
        """One for each rule, in the order in which they first gave something."""
        of_rules: dict[tuple[str, str], list[Posting]] = {}
        for posting in decision.postings:
            if posting.kind in _DISCOUNTS:
                of_rules.setdefault((posting.origin.kind, posting.origin.rule), []).append(posting)
        return tuple([self._discount(postings) for postings in of_rules.values()])

    def _discount(self, postings: list[Posting]) -> DiscountView:
        origin = postings[0].origin
        return DiscountView(
            ruleset=origin.kind,
            rule=origin.rule,
            label=self.label(origin),
            saves=self.money(-sum([posting.amount for posting in postings])),
            lines=tuple(dict.fromkeys([posting.line for posting in postings if posting.line])),
            at=self.place(origin.at),
        )

    def posting(self, posting: Posting) -> PostingView:
        origin = posting.origin
        return PostingView(
            kind=posting.kind,
            amount=self.money(posting.amount),
            line=posting.line,
            ruleset=origin.kind,
            rule=origin.rule,
            label=self.label(origin),
            at=self.place(origin.at),
        )

    def taxes(self, decision: Decision) -> tuple[TaxView, ...]:
        return tuple(
            [
                TaxView(
                    rate=tax.rate,
                    label=self.label(tax.origin),
                    percent=percent(*tax.percent),
                    base=self.money(tax.base),
                    amount=self.money(tax.amount),
                    included=tax.included,
                    at=self.place(tax.origin.at),
                )
                for tax in decision.taxes
            ]
        )

    def coupons(self, decision: Decision) -> tuple[CouponView, ...]:
        return tuple(
            [
                CouponView(
                    code=coupon.code.upper(),
                    rule=coupon.rule,
                    label=self.live.wording.label("coupons", coupon.rule, self.locale),
                    state=coupon.state,
                    saves=self.money(coupon.amount),
                    message=coupon_message(self.live, coupon, self.locale),
                    reasons=reason_views(self.live, "coupons", coupon.reasons, self.locale, self.full),
                )
                for coupon in decision.coupons
            ]
        )

    def option(self, option: ShippingOption, basket: Basket, decision: Decision) -> ShippingOptionView:
        least, most = option.days or (None, None)
        return ShippingOptionView(
            id=option.method,
            name=in_language(option.name, self.locale) or option.method,
            available=option.total is not None,
            price=None if option.price is None else self.money(option.price),
            total=None if option.total is None else self.money(option.total),
            days_least=least,
            days_most=most,
            chosen=option.method == basket.shipping_method,
            decided=option.method == decision.shipping_method,
            reasons=reason_views(self.live, "shipping", option.reasons, self.locale, self.full),
        )

    def payments(self, decision: Decision, basket: Basket) -> tuple[PaymentMethodView, ...]:
        return tuple(
            [
                PaymentMethodView(
                    id=payment.method,
                    name=in_language(payment.name, self.locale) or payment.method,
                    available=payment.available,
                    chosen=payment.method == basket.payment_method,
                    reasons=reason_views(self.live, "checkout", payment.reasons, self.locale, self.full),
                )
                for payment in decision.payments
            ]
        )

    def refusals(self, decision: Decision) -> tuple[RefusalView, ...]:
        return tuple(
            [
                RefusalView(
                    code=refusal.code,
                    message=refusal_message(self.live, refusal, self.locale),
                    params=refusal_params(self.live, refusal),
                    at=self.place(refusal.origin.at),
                )
                for refusal in decision.refusals
            ]
        )

    def hint(self, hint: Hint) -> HintView:
        return HintView(
            kind=hint.kind,
            rule=hint.rule,
            label=self.live.wording.label_of_any(hint.rule, self.locale) or hint.rule,
            add=None if hint.add is None else self.money(hint.add),
            line=hint.line,
            sku=hint.sku,
            units=hint.units,
            saves=self.money(hint.saves),
            net=self.money(hint.net),
            gives=hint.gives,
            side_effects=hint.side_effects,
            at=self.place(hint.at),
        )

    def label(self, origin: Origin) -> str:
        """What customers call the rule; its id when its author gave it no words."""
        rule = (origin.kind, origin.rule)
        if rule not in self.labels:
            self.labels[rule] = self.live.wording.label(*rule, self.locale) or origin.rule
        return self.labels[rule]

    def place(self, at: str) -> str | None:
        return at if self.full else None


@cache
def percent(numerator: int, denominator: int) -> str:
    """A ratio as the percentage it was written as: 1/8 is "12.5"."""
    written = format(Decimal(100 * numerator) / Decimal(denominator), "f")
    return written.rstrip("0").rstrip(".") if "." in written else written


def _missing(decision: Decision) -> Iterator[str]:
    """The facts that something waits for: a way of delivery or payment, a code that may still work, a refusal."""
    waiting: list[Reason | Refusal] = [*decision.refusals]
    waiting += [reason for option in decision.options for reason in option.reasons]
    waiting += [reason for payment in decision.payments for reason in payment.reasons]
    waiting += [reason for coupon in decision.coupons if coupon.state == "pending" for reason in coupon.reasons]
    for reason in waiting:
        fact = missing_fact(reason)
        if fact is not None:
            yield fact
