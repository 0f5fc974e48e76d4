"""Which places of a book decide something, and what does each of them ask of a cart?"""

from __future__ import annotations

from collections.abc import Iterator

from engine.documents.conditions import ALWAYS
from engine.documents.effects import (
    AmountOff,
    Bundle,
    Effect,
    FixedPrice,
    PercentOff,
    TieredPercent,
    cap_of,
    units_of,
)
from engine.documents.model import (
    AnyDocument,
    CheckoutDocument,
    CouponsDocument,
    GuardRails,
    PriceRule,
    PricingDocument,
    PromotionsDocument,
    ShippingDocument,
    TaxDocument,
)
from engine.hunt.aim import PLAIN_PRICE, Aim, Need, Rung, aim_in
from engine.hunt.shipping_aims import aims_of_shipping


def aims_of(document: AnyDocument) -> Iterator[Aim]:
    """Every place of a document that decides something of a checkout, in document order."""
    match document:
        case PricingDocument():
            yield from _of_pricing(document)
        case PromotionsDocument():
            yield from _of_promotions(document)
        case CouponsDocument():
            yield from _of_coupons(document)
        case ShippingDocument():
            yield from aims_of_shipping(document)
        case TaxDocument():
            yield from _of_tax(document)
        case CheckoutDocument():
            yield from _of_checkout(document)
        case _:
            return


# prices --------------------------------------------------------------------------------------------------------


def _of_pricing(document: PricingDocument) -> Iterator[Aim]:
    guard = tuple(_guard_rungs(document.guard))
    for rule in document.rules:
        yield aim_in(
            document,
            rule.id,
            rule,
            document.pick,
            conditions=(rule.when,),
            window=rule.window,
            needs=(Need(rule.where, rule.tiers[0].start if rule.tiers else 1),),
            rungs=(*_price_rungs(rule), *guard),
        )
    if guard:
        yield aim_in(document, "guard", document.guard, needs=(Need(ALWAYS),), rungs=guard)


def _guard_rungs(guard: GuardRails) -> Iterator[Rung]:
    """Where a rail can hold a price: it bounds what other rules say, so their carts are tried there."""
    if guard.never_below is not None:
        yield "line.list_price", guard.never_below
    if guard.never_below_fact is not None:
        numerator, denominator = guard.never_below_plus
        yield guard.never_below_fact, PLAIN_PRICE
        yield guard.never_below_fact, PLAIN_PRICE * denominator // (denominator + numerator)


def _price_rungs(rule: PriceRule) -> Iterator[Rung]:
    for tier in rule.tiers:
        yield "line.quantity", tier.start
        if tier.price is not None:
            yield "line.list_price", tier.price
    for price in (rule.price, rule.amount):
        if price is not None:
            yield "line.list_price", price
    if rule.fact is not None:
        yield rule.fact, 1
        yield rule.fact, PLAIN_PRICE


# promotions and coupons ----------------------------------------------------------------------------------------


def _of_promotions(document: PromotionsDocument) -> Iterator[Aim]:
    lanes = {lane.id: lane for lane in document.lanes}
    for rule in document.rules:
        yield aim_in(
            document,
            rule.id,
            rule,
            lanes[rule.lane],
            conditions=(rule.when,),
            window=rule.window,
            needs=tuple(_needs(rule.then)),
            rungs=tuple(_effect_rungs(rule.then)),
            limits=rule.limits,
        )


def _of_coupons(document: CouponsDocument) -> Iterator[Aim]:
    for coupon in document.coupons:
        yield aim_in(
            document,
            coupon.id,
            coupon,
            document.stacking,
            conditions=(coupon.when,),
            window=coupon.window,
            needs=tuple(_needs(coupon.then)),
            rungs=tuple(_effect_rungs(coupon.then)),
            limits=coupon.limits,
            coupon=coupon,
        )


def _needs(effect: Effect) -> Iterator[Need]:
    return (Need(where, units) for where, units in units_of(effect))


def _effect_rungs(effect: Effect) -> Iterator[Rung]:
    """Sums at which the effect gives more, or no more: its tiers, its cap, all that is left."""
    if isinstance(effect, TieredPercent):
        for row in effect.rows:
            yield effect.by, row.start
            yield from _capped(cap_of(effect), row.percent)
    elif isinstance(effect, PercentOff):
        yield from _capped(effect.cap, effect.percent)
    elif isinstance(effect, AmountOff):
        yield "subtotal.items", effect.amount
    elif isinstance(effect, FixedPrice):
        yield "line.list_price", effect.price
    elif isinstance(effect, Bundle) and (effect.price or effect.amount):
        yield "subtotal.items", effect.price or effect.amount or 0


def _capped(cap: int | None, percent: tuple[int, int]) -> Iterator[Rung]:
    if cap is not None and percent[0]:
        yield "subtotal.items", cap * percent[1] // percent[0]


# tax and checkout ----------------------------------------------------------------------------------------------


def _of_tax(document: TaxDocument) -> Iterator[Aim]:
    for rate in document.rates:
        yield aim_in(
            document,
            rate.id,
            rate,
            document.prices,
            document.level,
            document.target,
            needs=(Need(rate.where),),
            window=rate.window,
        )
    for exemption in document.exemptions:
        yield aim_in(document, exemption.id, exemption, conditions=(exemption.when,), window=exemption.window)


def _of_checkout(document: CheckoutDocument) -> Iterator[Aim]:
    if document.minimum_order is not None:
        minimum = document.minimum_order
        yield aim_in(document, "minimum_order", minimum, rungs=((minimum.of, minimum.amount),))
    for refusal in document.refusals:
        yield aim_in(document, refusal.id, refusal, conditions=(refusal.when,), window=refusal.window)
    for method in document.payment_methods:
        yield aim_in(document, method.id, method, conditions=(method.when,))
