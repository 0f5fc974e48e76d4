"""Shipping: every zone, method, band and row is tried in order, for every parcel."""

from __future__ import annotations

from dataclasses import dataclass

from engine.documents.effects import AmountOff, Effect, FixedPrice, PercentOff, TieredPercent, cap_of
from engine.documents.model import (
    Method,
    Promotion,
    PromotionsDocument,
    ShippingDocument,
)
from tests.engine.runtime.oracle.arithmetic import percent_of
from tests.engine.runtime.oracle.codes import LANE, OnShipping, is_on_shipping
from tests.engine.runtime.oracle.effects import tier_ratio
from tests.engine.runtime.oracle.lanes import budget_left, candidates
from tests.engine.runtime.oracle.parcels import parcels_of
from tests.engine.runtime.oracle.state import Applied, Checkout, Facts, holds, is_open, seen
from tests.engine.runtime.oracle.tariffs import price_of


@dataclass
class Quote:
    """One method with its price by parcel, and what is taken off it: kind of origin is a rule id."""

    method: Method
    zone: str
    parts: list[tuple[str, int]]
    discounts: list[tuple[str, int]]
    applied: list[Applied]

    @property
    def price(self) -> int:
        return sum(price for _, price in self.parts)

    @property
    def total(self) -> int:
        return self.price - sum(saving for _, saving in self.discounts)


def ship(
    document: ShippingDocument,
    checkout: Checkout,
    promotions: PromotionsDocument | None,
    coupons: list[OnShipping],
) -> None:
    """Quote every method, decide for one, post it. An empty cart is not shipped."""
    if not checkout.cart.lines:
        return
    facts = seen(document, checkout)
    parcels = parcels_of(document, checkout)
    views = [{**facts, **parcel} for _, parcel in parcels]
    zones = _zones(document, checkout, views)
    if zones:
        checkout.facts["shipping.zone"] = zones[0]
    refused = _refused(document, checkout, views)
    quotes = []
    for method in document.methods:
        quote = None if refused & {"", method.id} else _quote(document, method, checkout, zones, parcels, facts)
        if quote is not None:
            _discount(document, quote, checkout, promotions, coupons)
            quotes.append(quote)
        checkout.options[method.id] = None if quote is None else (quote.price, quote.total)
    _decide(document, quotes, checkout, refused)


# where it goes ------------------------------------------------------------------------------------------------


def _zones(document: ShippingDocument, checkout: Checkout, views: list[Facts]) -> list[str]:
    found = [
        zone.id
        for zone in document.zones
        if is_open(zone.window, checkout.cart.now) and all(holds(zone.where, view, checkout) for view in views)
    ]
    return found if document.policy == "all" else found[:1]


def _refused(document: ShippingDocument, checkout: Checkout, views: list[Facts]) -> set[str]:
    refused: set[str] = set()
    for refusal in document.refusals:
        if is_open(refusal.window, checkout.cart.now) and any(holds(refusal.when, view, checkout) for view in views):
            refused |= set(refusal.methods or [""])
            if not refusal.methods:
                checkout.refusals.append(refusal.code)
    return refused


# prices --------------------------------------------------------------------------------------------------------


def _quote(
    document: ShippingDocument,
    method: Method,
    checkout: Checkout,
    zones: list[str],
    parcels: list[tuple[str, Facts]],
    facts: Facts,
) -> Quote | None:
    zone = next((zone for zone in zones if zone in method.rates), "")
    rate = method.rates.get(zone)
    zone = zone or (zones[0] if zones else "")
    views = [(name, {**facts, **({"shipping.zone": zone} if zone else {}), **parcel}) for name, parcel in parcels]
    if rate is None or not is_open(method.window, checkout.cart.now):
        return None
    if not all(holds(method.when, view, checkout) for _, view in views):
        return None
    prices = [(name, price_of(rate, view, document.head.rounding, checkout)) for name, view in views]
    known = [(name, price) for name, price in prices if price is not None]
    return Quote(method, zone, known, [], []) if len(known) == len(prices) else None


# discounts -----------------------------------------------------------------------------------------------------


def _discount(
    document: ShippingDocument,
    quote: Quote,
    checkout: Checkout,
    promotions: PromotionsDocument | None,
    coupons: list[OnShipping],
) -> None:
    free = quote.method.free_from
    if free is not None and (not free.zones or quote.zone in free.zones):
        value = checkout.facts.get(free.of)
        if isinstance(value, int) and value >= free.amount:
            quote.discounts.append((f"{quote.method.id}.free_from", quote.price))
            return
    if promotions is not None:
        _run_lanes(promotions, quote, checkout)
    for each in coupons:
        saving = _saving(each.coupon.then, quote, each.facts, each.mode, each.budget)
        shut = any(
            {each.coupon.id, LANE, "all"} & other.excludes
            or {other.id, other.lane, "all"} & set(each.coupon.exclusive_with)
            for other in quote.applied
            if other.id != each.coupon.id
        )
        if saving and not shut:
            quote.discounts.append((each.coupon.id, saving))


def _run_lanes(document: PromotionsDocument, quote: Quote, checkout: Checkout) -> None:
    facts = seen(document, checkout) | {"shipping.price": quote.price, "shipping.decided": quote.method.id}
    if quote.zone:
        facts["shipping.zone"] = quote.zone
    for lane in document.lanes:
        if lane.stage != "shipping":
            continue
        rules = candidates(document, lane, checkout, facts)
        if lane.pick == "best":
            savings = [(_rule_saving(rule, quote, facts, document, checkout), rule) for rule in rules]
            best = max((saving for saving, _ in savings), default=0)
            rules = [rule for saving, rule in savings if saving == best][:1]
        for rule in rules:
            saving = _rule_saving(rule, quote, facts, document, checkout)
            if saving:
                quote.discounts.append((rule.id, saving))
                quote.applied.append(Applied(rule.id, rule.lane, frozenset(rule.exclusive_with)))
                if lane.pick == "first":
                    break


def _rule_saving(rule: Promotion, quote: Quote, facts: Facts, document: PromotionsDocument, checkout: Checkout) -> int:
    others = [*checkout.applied, *quote.applied]
    mine = set(rule.exclusive_with)
    for other in others:
        if {rule.id, rule.lane, "all"} & other.excludes or {other.id, other.lane, "all"} & mine:
            return 0
    left = budget_left(rule.id, rule.limits, checkout.usage(rule.id).spent)
    return _saving(rule.then, quote, facts, document.head.rounding, left)


def _saving(effect: Effect, quote: Quote, facts: Facts, mode: str, budget: int | None) -> int:
    assert is_on_shipping(effect)
    left = quote.total
    methods = getattr(effect, "methods", ())
    if methods and quote.method.id not in methods:
        return 0
    match effect:
        case PercentOff() | TieredPercent():
            ratio = tier_ratio(effect, facts) if isinstance(effect, TieredPercent) else effect.percent
            base = quote.price if effect.basis == "initial" else left
            saving = 0 if ratio is None else percent_of(base, ratio, mode)
        case AmountOff():
            saving = effect.amount
        case FixedPrice():
            saving = left - effect.price
        case _:
            raise AssertionError(effect)
    bounds = [left, *(bound for bound in (cap_of(effect), budget) if bound is not None)]
    return max(0, min(saving, *bounds))


# the decision --------------------------------------------------------------------------------------------------


def _decide(document: ShippingDocument, quotes: list[Quote], checkout: Checkout, refused: set[str]) -> None:
    chosen = checkout.cart.shipping_method
    if chosen is not None:
        found = [quote for quote in quotes if quote.method.id == chosen]
        if not found:
            checkout.refusals.append("shipping_method_unavailable")
            return
    elif not quotes:
        if "destination.country" in checkout.facts and "" not in refused:
            checkout.refusals.append("no_shipping_method")
        return
    elif document.choose == "cheapest":
        found = sorted(quotes, key=lambda quote: (quote.total, quote.method.id))
    else:
        return
    quote = found[0]
    checkout.method, checkout.shipping = quote.method.id, quote.total
    for name, price in quote.parts:
        checkout.postings["shipping", quote.method.id, name] += price
    for rule, saving in quote.discounts:
        checkout.postings["shipping_discount", rule, ""] -= saving
    for each in quote.applied:
        checkout.note(each.id, each.lane, each.excludes)
    checkout.facts["shipping.decided"] = quote.method.id
    checkout.facts["shipping.price"] = quote.price
    checkout.facts["shipping.after_discounts"] = quote.total
    if quote.zone:
        checkout.facts["shipping.zone"] = quote.zone
