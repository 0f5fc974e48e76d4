"""Which parcels does an order make, and what do they weigh? One for the whole order, or one per seller."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from engine.facts.cart import Line
from engine.runtime.decision import Key, Reason
from engine.runtime.shipping_program import ShippingProgram
from engine.runtime.working import Working, weight_of

_MEASURES_OF = {
    "shipment.weight_g": ("weight_g",),
    "shipment.volume_cm3": ("volume_cm3",),
    "shipment.chargeable_weight_g": ("weight_g", "volume_cm3"),
}
"""What every line must have for a sum over the shipment to be known."""


class Shipment(msgspec.Struct, frozen=True, gc=False):
    """One parcel to be priced: its id (a seller, or empty), and all facts a rate or condition sees for it."""

    id: str
    seen: dict[str, Key]


def shipments(program: ShippingProgram, work: Working, values: Mapping[str, Key]) -> list[Shipment]:
    """The parcels of the order, by seller id; a sum is absent where one of its lines lacks the measure."""
    if not program.by_seller:
        return [_whole_order(program, work, values)]
    by_seller: dict[str, list[int]] = {}
    for position, line in enumerate(work.lines):
        by_seller.setdefault(line.seller, []).append(position)
    return [_shipment(program, seller, by_seller[seller], work, values) for seller in sorted(by_seller)]


def _whole_order(program: ShippingProgram, work: Working, values: Mapping[str, Key]) -> Shipment:
    """One parcel for everything: the sums are those of the cart."""
    facts = dict(values)
    facts["shipment.item_count"] = values["cart.item_count"]
    facts["shipment.subtotal"] = values["subtotal.after_discounts"]
    weight = values.get("cart.weight_g")
    facts |= measures(weight if isinstance(weight, int) else None, volume_of(work.lines), program.volumetric_divisor)
    return Shipment("", facts)


def _shipment(
    program: ShippingProgram, seller: str, positions: list[int], work: Working, values: Mapping[str, Key]
) -> Shipment:
    facts = dict(values)
    facts["shipment.item_count"] = sum([work.quantity[position] for position in positions])
    facts["shipment.subtotal"] = sum([work.amount[position] for position in positions])
    if seller:
        facts["shipment.seller"] = seller
    lines = [work.lines[position] for position in positions]
    facts |= measures(weight_of(lines), volume_of(lines), program.volumetric_divisor)
    return Shipment(seller, facts)


def measures(weight: int | None, volume: int | None, divisor: int | None) -> dict[str, Key]:
    """The facts of a parcel of so many grams and cm³, None where a line lacks the measure.

    `divisor` is how many cm³ count as a kilogram; None: volume counts as no weight.
    """
    facts: dict[str, Key] = {}
    if volume is not None:
        facts["shipment.volume_cm3"] = volume
    if weight is None:
        return facts
    facts["shipment.weight_g"] = weight
    if divisor is None:
        facts["shipment.chargeable_weight_g"] = weight
    elif volume is not None:
        volumetric = -(-volume * 1000 // divisor)  # grams, started grams count
        facts["shipment.chargeable_weight_g"] = max(weight, volumetric)
    return facts


def volume_of(lines: Sequence[Line]) -> int | None:
    """The cm³ of all units; None when one of the lines has no volume."""
    volumes = [line.volume_cm3 for line in lines]
    if None in volumes:
        return None
    return sum([(line.volume_cm3 or 0) * line.quantity for line in lines])


def named(reason: Reason, shipment: Shipment, work: Working) -> Reason:
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
