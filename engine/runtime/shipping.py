"""Shipping: zones, methods, prices per shipment, refusals, free-from thresholds and shipping discounts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import msgspec

from engine.boxes.truth import truth
from engine.documents.conditions import Condition, facts_read
from engine.facts.cart import Line
from engine.runtime.arithmetic import Rounder
from engine.runtime.coupons import CompiledCoupon
from engine.runtime.decision import Key, Origin, Posting, Reason, Refusal, ShippingOption
from engine.runtime.effects.delivery import GiftEffect, ShippingEffect
from engine.runtime.index import iter_bits
from engine.runtime.promotions import Context, PromotionsProgram, is_excluded, live_candidates, note_applied
from engine.runtime.rates import CompiledRate
from engine.runtime.reasons import failing
from engine.runtime.refusals import CompiledRefusal
from engine.runtime.rule_index import RuleIndex
from engine.runtime.selection import Selected, Selections, aggregate
from engine.runtime.working import Working

_MEASURES_OF = {
    "shipment.weight_g": ("weight_g",),
    "shipment.volume_cm3": ("volume_cm3",),
    "shipment.chargeable_weight_g": ("weight_g", "volume_cm3"),
}
"""What every line must have for a sum over the shipment to be known."""


@dataclass(frozen=True, slots=True)
class CompiledFreeFrom:
    """Shipping costs nothing from `amount` of the money fact `of` on, in the zones (empty: all)."""

    amount: int
    of: str
    zones: frozenset[str]
    origin: Origin


@dataclass(frozen=True, slots=True)
class CompiledMethod:
    """`rates` by zone id, "" for any other zone. `when` is kept to explain why the method is out."""

    id: str
    name: dict[str, str]
    rates: Mapping[str, CompiledRate]
    free_from: CompiledFreeFrom | None
    days: Mapping[str, tuple[int, int]]
    when: Condition
    window: tuple[int | None, int | None]
    origin: Origin


@dataclass(frozen=True, slots=True)
class ShippingProgram:
    """A shipping ruleset, compiled. Zones keep document order (lowest bit first); `several_zones` is policy `all`.

    `needs_tax` says that some threshold reads a sum with or without tax, which the tax stage must tell beforehand.
    """

    hash: str
    rounder: Rounder
    timezone: str
    reads_calendar: bool
    needs_tax: bool
    several_zones: bool
    zones: tuple[str, ...]
    zone_conditions: tuple[Condition, ...]
    zone_index: RuleIndex
    methods: tuple[CompiledMethod, ...]
    method_index: RuleIndex
    refusals: tuple[CompiledRefusal, ...]
    refusal_index: RuleIndex
    selections: Selections
    set_facts: Mapping[str, frozenset[str]]
    by_seller: bool
    choose: Literal["cheapest", "none"]
    volumetric_divisor: int | None
    unconditional: bool  # no method has a condition or window: all are offered
    origin: Origin


class Shipment(msgspec.Struct, frozen=True, gc=False):
    """One parcel to be priced: its id (a seller, or empty), the lines in it, and its facts."""

    id: str
    facts: dict[str, Key]


class Offer(msgspec.Struct, frozen=True, gc=False):
    """One method with a price: `parts` per shipment, `discounts` taken off it, `applied` rules that did."""

    method: CompiledMethod
    zone: str
    parts: tuple[tuple[str, int], ...]
    price: int
    discounts: tuple[tuple[int, Origin, str, str, frozenset[str]], ...]  # amount, origin, rule, lane, excludes
    total: int


def run_shipping(
    program: ShippingProgram,
    work: Working,
    context: Context,
    promotions: PromotionsProgram | None,
    promotion_context: Context | None,
    coupons: Sequence[tuple[CompiledCoupon, Selected]],
) -> None:
    """Offer every method, decide the one the total is computed with, post its price and discounts."""
    values = context.values
    zones = _zones(program, values, context)
    if zones:
        work.values["shipping.zone"] = zones[0]
    refused = _refusals(program, work, context)
    shipments = _shipments(program, work)
    offers: list[Offer] = []
    offered = _offered(program, context, shipments)
    for number, method in enumerate(program.methods):
        offer = _offer(program, method, bool(offered >> number & 1), zones, values, shipments, refused, work)
        if isinstance(offer, Offer):
            offer = _discounted(offer, program, work, promotions, promotion_context, coupons)
            offers.append(offer)
            days = method.days.get(offer.zone, method.days.get(""))
            work.options.append(ShippingOption(method.id, method.name, offer.price, offer.total, offer.zone, days, ()))
        else:
            work.options.append(ShippingOption(method.id, method.name, None, None, "", None, offer))
    _decide(program, work, offers)


# where it goes -------------------------------------------------------------------------------------------------


def _zones(program: ShippingProgram, values: Mapping[str, Key], context: Context) -> list[str]:
    mask = program.zone_index.match(values, context.touched)
    if not mask:
        return []
    if program.several_zones:
        return [program.zones[bit] for bit in iter_bits(mask)]
    return [program.zones[(mask & -mask).bit_length() - 1]]


def _refusals(program: ShippingProgram, work: Working, context: Context) -> dict[str, Reason]:
    """Refusals of single methods by method id; a refusal of everything goes to the decision and to every method."""
    if not program.refusals:
        return {}
    refused: dict[str, Reason] = {}
    for shipment in _shipments(program, work):
        values = {**context.values, **shipment.facts}
        for bit in iter_bits(program.refusal_index.match(values, context.touched)):
            refusal = program.refusals[bit]
            reason = Reason(refusal.code, {"rule": refusal.id})
            if refusal.methods:
                for method in refusal.methods:
                    refused.setdefault(method, reason)
            elif "" not in refused:
                refused[""] = reason
                work.refusals.append(Refusal(refusal.code, refusal.origin, {"rule": refusal.id}, dict(refusal.message)))
    return refused


# what goes into it ---------------------------------------------------------------------------------------------


def _shipments(program: ShippingProgram, work: Working) -> list[Shipment]:
    if not program.by_seller:
        return [_shipment(program, "", list(range(len(work.lines))), work)]
    by_seller: dict[str, list[int]] = {}
    for position, line in enumerate(work.lines):
        by_seller.setdefault(line.seller, []).append(position)
    return [_shipment(program, seller, by_seller[seller], work) for seller in sorted(by_seller)]


def _shipment(program: ShippingProgram, seller: str, positions: list[int], work: Working) -> Shipment:
    facts: dict[str, Key] = {
        "shipment.item_count": sum([work.quantity[position] for position in positions]),
        "shipment.subtotal": sum([work.amount[position] for position in positions]),
    }
    if seller:
        facts["shipment.seller"] = seller
    weight, volume = aggregate("weight_g", positions, work), _volume(work, positions)
    if volume is not None:
        facts["shipment.volume_cm3"] = volume
    if weight is None:
        return Shipment(seller, facts)
    facts["shipment.weight_g"] = weight
    if program.volumetric_divisor is None:
        facts["shipment.chargeable_weight_g"] = weight
    elif volume is not None:
        volumetric = -(-volume * 1000 // program.volumetric_divisor)  # grams, started grams count
        facts["shipment.chargeable_weight_g"] = max(weight, volumetric)
    return Shipment(seller, facts)


def _volume(work: Working, positions: list[int]) -> int | None:
    total = 0
    for position in positions:
        line = work.lines[position]
        if line.volume_cm3 is None:
            return None
        total += line.volume_cm3 * line.quantity
    return total


# what it costs -------------------------------------------------------------------------------------------------


def _offer(
    program: ShippingProgram,
    method: CompiledMethod,
    offered: bool,
    zones: list[str],
    values: Mapping[str, Key],
    shipments: list[Shipment],
    refused: dict[str, Reason],
    work: Working,
) -> Offer | tuple[Reason, ...]:
    reasons = []
    refusal = refused.get("") or refused.get(method.id)
    if refusal is not None:
        reasons.append(refusal)
    if not offered:
        reasons += _why_not_offered(method, values, shipments, work)
    zone, rate = _rate(method, zones)
    if rate is None:
        reasons += _why_no_zone(program, zones, work)
    if reasons or rate is None:
        return tuple(reasons)
    parts: list[tuple[str, int]] = []
    for shipment in shipments:
        price = rate.price_of({**values, **shipment.facts}, program.rounder)
        if isinstance(price, Reason):
            return (_named(price, shipment, work),)
        parts.append((shipment.id, price))
    price = sum([part for _, part in parts])
    return Offer(method, zone, tuple(parts), price, (), price)


def _rate(method: CompiledMethod, zones: list[str]) -> tuple[str, CompiledRate | None]:
    for zone in zones:
        rate = method.rates.get(zone)
        if rate is not None:
            return zone, rate
    return (zones[0] if zones else ""), method.rates.get("")


def _named(reason: Reason, shipment: Shipment, work: Working) -> Reason:
    """Name the line whose weight or volume is missing, not only the sum it is missing from."""
    params = dict(reason.params)
    if shipment.id:
        params["shipment"] = shipment.id
    if reason.code == "fact_missing":
        line = _line_without(_MEASURES_OF.get(params["fact"], ()), shipment, work)
        if line is not None:
            params["line"] = line.id
    return Reason(reason.code, params, reason.distance)


def _line_without(measures: Sequence[str], shipment: Shipment, work: Working) -> Line | None:
    """The first line of the shipment that lacks the first of the measures any line lacks."""
    lines = [line for line in work.lines if not shipment.id or line.seller == shipment.id]
    missing = (line for measure in measures for line in lines if getattr(line, measure) is None)
    return next(missing, None)


def _offered(program: ShippingProgram, context: Context, shipments: list[Shipment]) -> int:
    """The methods whose condition holds for every shipment, as a mask."""
    offered = -1
    if not program.unconditional:
        for shipment in shipments:
            offered &= program.method_index.match({**context.values, **shipment.facts}, context.touched)
    return offered


def _why_not_offered(
    method: CompiledMethod, values: Mapping[str, Key], shipments: list[Shipment], work: Working
) -> list[Reason]:
    start, end = method.window
    if (start is not None and work.cart.now < start) or (end is not None and work.cart.now >= end):
        return [Reason("window")]
    for shipment in shipments:
        seen = {**values, **shipment.facts}
        if truth(method.when, seen, work.sets) is not True:
            return [_named(reason, shipment, work) for reason in failing(method.when, seen, work.sets)]
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


# what is taken off ---------------------------------------------------------------------------------------------


def _discounted(
    offer: Offer,
    program: ShippingProgram,
    work: Working,
    promotions: PromotionsProgram | None,
    promotion_context: Context | None,
    coupons: Sequence[tuple[CompiledCoupon, Selected]],
) -> Offer:
    discounts: list[tuple[int, Origin, str, str, frozenset[str]]] = []
    left = offer.price
    free = offer.method.free_from
    if free is not None and left and _is_free(free, offer.zone, work):
        discounts.append((left, free.origin, "", "", frozenset()))
        left = 0
    if promotions is not None and promotion_context is not None and left and promotions.lanes.get("shipping"):
        left = _run_shipping_lanes(offer, left, discounts, work, promotions, promotion_context)
    for coupon, selected in coupons:
        effect = coupon.rule.effect
        if left and isinstance(effect, ShippingEffect):
            saving = effect.saving(work, selected, offer.method.id, offer.price, left, program.rounder)
            if coupon.rule.cap is not None:
                saving = min(saving, coupon.rule.cap)
            if saving:
                discounts.append((saving, coupon.rule.origin, coupon.rule.id, coupon.rule.lane, frozenset()))
                left -= saving
    if not discounts:
        return offer
    return Offer(offer.method, offer.zone, offer.parts, offer.price, tuple(discounts), left)


def _is_free(free: CompiledFreeFrom, zone: str, work: Working) -> bool:
    if free.zones and zone not in free.zones:
        return False
    value = work.values.get(free.of)
    return isinstance(value, int) and value >= free.amount


def _run_shipping_lanes(
    offer: Offer,
    left: int,
    discounts: list[tuple[int, Origin, str, str, frozenset[str]]],
    work: Working,
    promotions: PromotionsProgram,
    context: Context,
) -> int:
    values = {**context.values, "shipping.price": offer.price, "shipping.decided": offer.method.id}
    if offer.zone:
        values["shipping.zone"] = offer.zone
    seen = Context(values, context.touched, context.selected)
    for lane in promotions.lanes["shipping"]:
        best = 0
        chosen = None
        for rule in live_candidates(lane, work, seen):
            if isinstance(rule.effect, GiftEffect) or not isinstance(rule.effect, ShippingEffect):
                continue
            if is_excluded(rule, work):
                continue
            saving = rule.effect.saving(work, context.selected, offer.method.id, offer.price, left, promotions.rounder)
            if rule.cap is not None:
                saving = min(saving, rule.cap)
            if rule.limits.budget is not None:
                saving = min(saving, max(0, rule.limits.budget - work.usage(rule.id).spent))
            if lane.pick == "all":
                if saving:
                    discounts.append((saving, rule.origin, rule.id, rule.lane, rule.exclusive_with))
                    left -= saving
            elif saving > best:
                best, chosen = saving, rule
                if lane.pick == "first":
                    break
        if chosen is not None:
            discounts.append((best, chosen.origin, chosen.id, chosen.lane, chosen.exclusive_with))
            left -= best
    return left


# what the total is computed with -------------------------------------------------------------------------------


def _decide(program: ShippingProgram, work: Working, offers: list[Offer]) -> None:
    chosen = work.cart.shipping_method
    if chosen is not None:
        decided = next((offer for offer in offers if offer.method.id == chosen), None)
        if decided is None:
            work.refusals.append(Refusal("shipping_method_unavailable", program.origin, {"method": chosen}))
            return
    elif program.choose == "cheapest" and offers:
        decided = min(offers, key=lambda offer: (offer.total, offer.method.id))
    else:
        return
    _post(decided, work)


def _post(offer: Offer, work: Working) -> None:
    work.shipping_method = offer.method.id
    work.shipping_price = offer.price
    work.shipping_total = offer.total
    for shipment, price in offer.parts:
        work.postings.append(Posting("shipping", price, shipment, offer.method.origin))
    for saving, origin, rule, lane, excludes in offer.discounts:
        work.postings.append(Posting("shipping_discount", -saving, "", origin))
        if rule:
            note_applied(rule, lane, excludes, work)
    values = work.values
    values["shipping.decided"] = offer.method.id
    values["shipping.price"] = offer.price
    values["shipping.after_discounts"] = offer.total
    if offer.zone:
        values["shipping.zone"] = offer.zone
