"""Which conditions does a document contain, and to what do they belong?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from engine.documents.conditions import ALWAYS, All, AnyOf, Condition, Not
from engine.documents.effects import Bundle, BuyXGetY, Effect, Gift
from engine.documents.model import (
    AnyDocument,
    CheckoutDocument,
    CouponsDocument,
    NotificationsDocument,
    OrdersDocument,
    PricingDocument,
    PromotionsDocument,
    ReferralsDocument,
    Refusal,
    ShippingDocument,
    SignalsDocument,
    Table,
    TaxDocument,
    Window,
)
from engine.documents.model.signals import Idle
from engine.text.source import Span

_OPEN = Window()


@dataclass(frozen=True, slots=True)
class Clause:
    """One condition: `owner` says whose it is (`promotion 'x'`), `span` where to point when it has no place itself.

    `generated` conditions were written as a table, where a test that always holds is no oversight.
    """

    owner: str
    condition: Condition
    span: Span
    window: Window = _OPEN
    generated: bool = False


def clauses_of(document: AnyDocument) -> Iterator[Clause]:
    """Every condition that says something, in document order; aggregates last."""
    for clause in every_clause(document):
        if clause.condition != ALWAYS:
            yield clause
    for aggregate in document.aggregates.values():
        if aggregate.where != ALWAYS:
            yield Clause(f"an aggregate ({aggregate.measure})", aggregate.where, aggregate.span)


def line_conditions(effect: Effect) -> tuple[Condition, ...]:
    """The conditions on lines inside an effect."""
    match effect:
        case BuyXGetY():
            return (effect.buy_where, effect.get_where)
        case Bundle():
            return tuple(part.where for part in effect.parts)
        case Gift():
            return ()
        case _:
            return (effect.where,)


def place_of(condition: Condition, otherwise: Span) -> Span:
    """Where the condition stands."""
    if condition.span is not None:
        return condition.span
    match condition:
        case Not(part):
            return place_of(part, otherwise)
        case All(parts) | AnyOf(parts) if parts:
            return place_of(parts[0], otherwise)
        case _:
            return otherwise


def every_clause(document: AnyDocument) -> Iterator[Clause]:
    """The same, with conditions that hold for every cart and without aggregates: so with every window there is."""
    match document:
        case PricingDocument():
            for price in document.rules:
                owner = f"price rule '{price.id}'"
                yield Clause(owner, price.when, price.span, price.window)
                yield Clause(owner, price.where, price.span, price.window)
        case PromotionsDocument():
            for rule in document.rules:
                owner = f"promotion '{rule.id}'"
                yield Clause(owner, rule.when, rule.when_span or rule.span, rule.window)
                yield from _of_effect(owner, rule.then, rule.then_span)
        case CouponsDocument():
            for coupon in document.coupons:
                owner = f"coupon '{coupon.id}'"
                yield Clause(owner, coupon.when, coupon.when_span or coupon.span, coupon.window)
                yield from _of_effect(owner, coupon.then, coupon.then_span)
        case ShippingDocument():
            yield from _shipping(document)
        case TaxDocument():
            yield from _refusals(document.exemptions, "exemption")
            for rate in document.rates:
                yield Clause(f"tax rate '{rate.id}'", rate.where, rate.span, rate.window)
        case CheckoutDocument():
            yield from _refusals(document.refusals, "refusal")
            for payment in document.payment_methods:
                yield Clause(f"payment method '{payment.id}'", payment.when, payment.when_span or payment.span)
        case OrdersDocument():
            for state in document.states:
                yield Clause(f"state '{state.id}'", state.final_when, state.span)
            for step in document.transitions:
                yield Clause(f"transition '{step.event}'", step.when, step.when_span or step.span)
        case ReferralsDocument():
            yield from _referrals(document)
        case NotificationsDocument():
            for notice in document.rules:
                yield Clause(f"rule '{notice.id}'", notice.when, notice.when_span or notice.span)
        case SignalsDocument():
            yield from _signals(document)


def _signals(document: SignalsDocument) -> Iterator[Clause]:
    for each in document.derivations:
        yield Clause(f"{each.fact} {each.value}", each.when, each.span)
    for tag in document.tags:
        yield Clause(f"tag '{tag.tag}'", tag.when, tag.span)
    for signal in document.signals:
        seen = signal.seen
        found = [(seen.when, seen.span)] if isinstance(seen, Idle) else [(step.where, step.span) for step in seen.steps]
        for condition, span in found:
            yield Clause(f"signal '{signal.id}'", condition, span, signal.window)


def _referrals(document: ReferralsDocument) -> Iterator[Clause]:
    if document.qualifies is not None:
        yield Clause("`qualifies`", document.qualifies.when, document.qualifies.span)
    if document.reverses is not None:
        yield Clause("`reversed`", document.reverses.when, document.reverses.span)
    for guard in document.guards:
        yield Clause(f"guard '{guard.id}'", guard.when, guard.span)
    for reward in document.rewards:
        yield Clause(f"reward '{reward.id}'", reward.when, reward.span)


def _shipping(document: ShippingDocument) -> Iterator[Clause]:
    for area in document.zones:
        yield Clause(f"zone '{area.id}'", area.where, area.span, area.window)
    tables: set[int] = set()
    for method in document.methods:
        yield Clause(f"method '{method.id}'", method.when, method.when_span or method.span, method.window)
        for rate in method.rates.values():
            if isinstance(rate, Table) and id(rate.rows) not in tables:  # one table may serve many zones
                tables.add(id(rate.rows))
                for row in rate.rows:
                    yield Clause(f"a row of table '{rate.path}'", row.where, row.span, generated=True)
    yield from _refusals(document.refusals, "refusal")


def _refusals(refusals: tuple[Refusal, ...], noun: str) -> Iterator[Clause]:
    for refusal in refusals:
        yield Clause(f"{noun} '{refusal.id}'", refusal.when, refusal.span, refusal.window)


def _of_effect(owner: str, effect: Effect, span: Span) -> Iterator[Clause]:
    for condition in line_conditions(effect):
        yield Clause(owner, condition, span)
