"""Shipping: zones, methods, prices per shipment, refusals, free-from thresholds and shipping discounts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from engine.boxes.truth import truth
from engine.documents.conditions import facts_read
from engine.runtime.decision import Key, Posting, Reason, Refusal, ShippingOption
from engine.runtime.index import iter_bits
from engine.runtime.promotion_program import Context
from engine.runtime.proposals import note_applied
from engine.runtime.rates import CompiledRate, TableRate
from engine.runtime.reasons import failing
from engine.runtime.shipments import Shipment, named, shipments
from engine.runtime.shipping_discounts import Discount, Discounting, discounts
from engine.runtime.shipping_program import CompiledMethod, ShippingProgram
from engine.runtime.working import Working


class Offer(msgspec.Struct, frozen=True, gc=False):
    """One method with a price: `parts` per shipment, `discounts` taken off it, `total` what is left."""

    method: CompiledMethod
    zone: str
    parts: tuple[tuple[str, int], ...]
    price: int
    discounts: tuple[Discount, ...]
    total: int
    days: tuple[int, int] | None


@dataclass(frozen=True, slots=True)
class _Asked:
    """What every method is asked with: zones of the destination, facts, parcels, refusals, possible discounts."""

    zones: list[str]
    values: Mapping[str, Key]
    parcels: list[Shipment]
    refused: dict[str, Reason]
    discounting: Discounting


def run_shipping(program: ShippingProgram, work: Working, context: Context, discounting: Discounting) -> None:
    """Offer every method, decide the one the total is computed with, post its price and discounts."""
    zones = _zones(program, context)
    parcels = shipments(program, work, context.values)
    if zones:
        work.values["shipping.zone"] = zones[0]
        for parcel in parcels:
            parcel.seen["shipping.zone"] = zones[0]  # rows of a table may name it
    refused = _refusals(program, work, context, parcels)
    asked = _Asked(zones, context.values, parcels, refused, discounting)
    offers: list[Offer] = []
    offered = _offered(program, context, parcels)
    for number, method in enumerate(program.methods):
        offer = _offer(program, method, bool(offered >> number & 1), asked, work)
        if isinstance(offer, Offer):
            offers.append(offer)
            option = ShippingOption(method.id, method.name, offer.price, offer.total, offer.zone, offer.days, ())
            work.options.append(option)
        else:
            work.options.append(ShippingOption(method.id, method.name, None, None, "", None, offer))
    _decide(program, work, offers, refused)


# where it goes -------------------------------------------------------------------------------------------------


def _zones(program: ShippingProgram, context: Context) -> list[str]:
    mask = program.zone_index.match(context.values, context.touched)
    if not mask:
        return []
    if program.several_zones:
        return [program.zones[bit] for bit in iter_bits(mask)]
    return [program.zones[(mask & -mask).bit_length() - 1]]


def _refusals(program: ShippingProgram, work: Working, context: Context, parcels: list[Shipment]) -> dict[str, Reason]:
    """Refusals of single methods by method id; a refusal of everything goes to the decision and to every method."""
    if not program.refusals:
        return {}
    refused: dict[str, Reason] = {}
    told = set()
    for parcel in parcels:
        for bit in iter_bits(program.refusal_index.match(parcel.seen, context.touched)):
            refusal = program.refusals[bit]
            reason = Reason(refusal.code, {"rule": refusal.id})
            if refusal.methods:
                for method in refusal.methods:
                    refused.setdefault(method, reason)
            elif bit not in told:
                told.add(bit)
                refused.setdefault("", reason)
                work.refusals.append(Refusal(refusal.code, refusal.origin, {"rule": refusal.id}, dict(refusal.message)))
    return refused


# what it costs -------------------------------------------------------------------------------------------------


def _offer(
    program: ShippingProgram, method: CompiledMethod, offered: bool, asked: _Asked, work: Working
) -> Offer | tuple[Reason, ...]:
    """The method with its price and discounts, or every reason why it is not offered."""
    reasons = []
    refusal = asked.refused.get("") or asked.refused.get(method.id)
    if refusal is not None:
        reasons.append(refusal)
    if not offered:
        reasons += _why_not_offered(method, asked, work)
    zone, rate = _rate(method, asked.zones)
    if rate is None:
        reasons += _why_no_zone(program, asked.zones, work)
    if reasons or rate is None:
        return tuple(reasons)
    parts: list[tuple[str, int]] = []
    own = {"shipping.zone": zone} if zone and zone != asked.zones[0] else None  # the zone a row of its table may name
    usual = method.days.get(zone, method.days.get(""))
    days = []
    for parcel in asked.parcels:
        seen = parcel.seen if own is None else {**parcel.seen, **own}
        part = rate.price_of(seen, program.rounder)
        if isinstance(part, Reason):
            return (named(part, parcel, work),)
        parts.append((parcel.id, part))
        if isinstance(rate, TableRate) and rate.days:
            days.append(rate.days_of(seen) or usual)
    price = sum([part for _, part in parts])
    taken = discounts(asked.discounting, method, zone, price, work)
    return Offer(
        method, zone, tuple(parts), price, taken, price - sum([each.amount for each in taken]), _slowest(days) or usual
    )


def _slowest(days: list[tuple[int, int] | None]) -> tuple[int, int] | None:
    """When the last of several parcels is there; None while nothing is said of any."""
    known = [span for span in days if span is not None]
    return (max(least for least, _ in known), max(most for _, most in known)) if known else None


def _offered(program: ShippingProgram, context: Context, shipments: list[Shipment]) -> int:
    """The methods whose condition holds for every shipment, as a mask."""
    offered = -1
    if not program.unconditional:
        for shipment in shipments:
            offered &= program.method_index.match(shipment.seen, context.touched)
    return offered


def _rate(method: CompiledMethod, zones: list[str]) -> tuple[str, CompiledRate | None]:
    for zone in zones:
        rate = method.rates.get(zone)
        if rate is not None:
            return zone, rate
    return (zones[0] if zones else ""), method.rates.get("")


def _why_not_offered(method: CompiledMethod, asked: _Asked, work: Working) -> list[Reason]:
    start, end = method.window
    if (start is not None and work.cart.now < start) or (end is not None and work.cart.now >= end):
        return [Reason("window")]
    for parcel in asked.parcels:
        if truth(method.when, parcel.seen, work.sets) is not True:
            return [named(reason, parcel, work) for reason in failing(method.when, parcel.seen, work.sets)]
    return []


def _why_no_zone(program: ShippingProgram, zones: list[str], work: Working) -> list[Reason]:
    if zones:
        return [Reason("zone_not_served", {"zone": ", ".join(zones)})]
    read = {fact for condition in program.zone_conditions for fact in facts_read(condition)}
    missing = sorted(fact for fact in read if fact not in work.values)
    # A country that is known and in no zone is not served, whatever finer facts zones of other countries read.
    if missing and ("destination.country" in missing or "destination.country" not in read):
        return [Reason("fact_missing", {"fact": fact}) for fact in missing]
    return [Reason("no_zone")]


# what the total is computed with -------------------------------------------------------------------------------


def _decide(program: ShippingProgram, work: Working, offers: list[Offer], refused: Mapping[str, Reason]) -> None:
    chosen = work.cart.shipping_method
    if chosen is not None:
        decided = next((offer for offer in offers if offer.method.id == chosen), None)
        if decided is None:
            work.refusals.append(Refusal("shipping_method_unavailable", program.origin, {"method": chosen}))
            return
    elif not offers:
        if "" not in refused:
            _refuse_undeliverable(program, work)
        return
    elif program.choose == "cheapest":
        decided = min(offers, key=lambda offer: (offer.total, offer.method.id))
    else:
        return
    _post(decided, work)


def _refuse_undeliverable(program: ShippingProgram, work: Working) -> None:
    """No method at all for a country that is known: without a refusal such an order would be delivered for nothing."""
    country = work.values.get("destination.country")
    if isinstance(country, str):
        work.refusals.append(Refusal("no_shipping_method", program.origin, {"destination.country": country}))


def _post(offer: Offer, work: Working) -> None:
    work.shipping_method = offer.method.id
    work.shipping_price = offer.price
    work.shipping_total = offer.total
    for shipment, price in offer.parts:
        work.postings.append(Posting("shipping", price, shipment, offer.method.origin))
    for discount in offer.discounts:
        work.postings.append(Posting("shipping_discount", -discount.amount, "", discount.origin))
        if discount.rule:
            note_applied(discount.rule, discount.lane, discount.excludes, work)
    values = work.values
    values["shipping.decided"] = offer.method.id
    values["shipping.price"] = offer.price
    values["shipping.after_discounts"] = offer.total
    if offer.zone:
        values["shipping.zone"] = offer.zone
