"""Shipping: every zone, method, band and row is tried in order, for every parcel."""

from __future__ import annotations

from dataclasses import dataclass

from engine.boxes.truth import truth
from engine.documents.effects import AmountOff, Effect, FixedPrice, PercentOff, TieredPercent, cap_of
from engine.documents.model import (
    Band,
    Bands,
    BaseStep,
    Flat,
    Method,
    PercentRate,
    PerItem,
    PromotionsDocument,
    Rate,
    ShippingDocument,
    Table,
)
from tests.engine.runtime.oracle.arithmetic import percent_of
from tests.engine.runtime.oracle.codes import LANE, OnShipping, is_on_shipping
from tests.engine.runtime.oracle.effects import tier_ratio
from tests.engine.runtime.oracle.lanes import budget_left, candidates
from tests.engine.runtime.oracle.state import Applied, Checkout, Facts, holds, is_open, seen


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
    parcels = _parcels(document, checkout)
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


# parcels -------------------------------------------------------------------------------------------------------


def _parcels(document: ShippingDocument, checkout: Checkout) -> list[tuple[str, Facts]]:
    if document.shipments == "order":
        return [("", _parcel(document, checkout, list(range(len(checkout.cart.lines))), ""))]
    sellers = sorted({line.seller for line in checkout.cart.lines})
    return [
        (
            seller,
            _parcel(
                document, checkout, [n for n, line in enumerate(checkout.cart.lines) if line.seller == seller], seller
            ),
        )
        for seller in sellers
    ]


def _parcel(document: ShippingDocument, checkout: Checkout, numbers: list[int], seller: str) -> Facts:
    lines = [checkout.cart.lines[number] for number in numbers]
    facts: Facts = {
        "shipment.item_count": sum(line.quantity for line in lines),
        "shipment.subtotal": sum(checkout.left[number] for number in numbers),
    }
    if seller:
        facts["shipment.seller"] = seller
    weights = [line.weight_g for line in lines]
    volumes = [line.volume_cm3 for line in lines]
    weight = None if None in weights else sum((line.weight_g or 0) * line.quantity for line in lines)
    volume = None if None in volumes else sum((line.volume_cm3 or 0) * line.quantity for line in lines)
    if weight is not None:
        facts["shipment.weight_g"] = weight
    if volume is not None:
        facts["shipment.volume_cm3"] = volume
    if weight is not None and document.volumetric_divisor is None:
        facts["shipment.chargeable_weight_g"] = weight
    elif weight is not None and volume is not None:
        grams = 0
        while grams * (document.volumetric_divisor or 1) < volume * 1000:  # every started gram counts
            grams += max(
                1, (volume * 1000 - grams * (document.volumetric_divisor or 1)) // (document.volumetric_divisor or 1)
            )
        facts["shipment.chargeable_weight_g"] = max(weight, grams)
    return facts


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
    prices = [(name, _price(rate, view, document.head.rounding, checkout)) for name, view in views]
    known = [(name, price) for name, price in prices if price is not None]
    return Quote(method, zone, known, [], []) if len(known) == len(prices) else None


def _price(rate: Rate, facts: Facts, mode: str, checkout: Checkout) -> int | None:
    match rate:
        case Flat():
            return rate.price
        case PerItem():
            units = facts["shipment.item_count"]
            assert isinstance(units, int)
            return sum(rate.first if number == 0 else rate.further for number in range(units))
        case Bands():
            value = facts.get(rate.by)
            return None if not isinstance(value, int) else _in_bands(rate.rows, value)
        case PercentRate():
            value = facts.get(rate.of)
            if not isinstance(value, int):
                return None
            price = percent_of(value, rate.percent, mode)
            price = price if rate.maximum is None else min(price, rate.maximum)
            return price if rate.minimum is None else max(price, rate.minimum)
        case BaseStep():
            value = facts.get(rate.by)
            if not isinstance(value, int) or (rate.up_to is not None and value > rate.up_to):
                return None
            return rate.base + _steps(rate.plus, rate.per, 0, value)
        case Table():
            return _in_table(rate, facts, checkout)


def _in_bands(rows: tuple[Band, ...], value: int) -> int | None:
    for row in rows:
        if (row.low is None or row.low <= value) and (row.high is None or value < row.high):
            return row.price + (0 if row.step is None else _steps(row.step.plus, row.step.per, row.step.over, value))
    return None


def _in_table(table: Table, facts: Facts, checkout: Checkout) -> int | None:
    for row in table.rows:
        if truth(row.where, facts, checkout.cart.sets) is True:
            value = facts.get(table.by or "")
            if row.step is None:
                return row.price
            return (
                row.price + _steps(row.step.plus, row.step.per, row.step.over, value)
                if isinstance(value, int)
                else None
            )
    return None


def _steps(plus: int, per: int, over: int, value: int) -> int:
    """Every started step above the start costs once more."""
    price = 0
    while over < value:
        price, over = price + plus, over + per
    return price


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


def _rule_saving(rule, quote, facts, document, checkout) -> int:
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
