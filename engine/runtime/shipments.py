"""Which parcels does an order make, and what do they weigh? One for the whole order, or one per seller."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from engine.facts.cart import Line
from engine.runtime.decision import Key, Reason
from engine.runtime.selection import aggregate
from engine.runtime.shipping_program import ShippingProgram
from engine.runtime.working import Working

_MEASURES_OF = {
    "shipment.weight_g": ("weight_g",),
    "shipment.volume_cm3": ("volume_cm3",),
    "shipment.chargeable_weight_g": ("weight_g", "volume_cm3"),
}
"""What every line must have for a sum over the shipment to be known."""


class Shipment(msgspec.Struct, frozen=True, gc=False):
    """One parcel to be priced: its id (a seller, or empty), the lines in it, and its facts."""

    id: str
    facts: dict[str, Key]


def shipments(program: ShippingProgram, work: Working) -> list[Shipment]:
    """The parcels of the order, by seller id; a sum is absent where one of its lines lacks the measure."""
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
