"""Which parcels an order makes, and what is known of each."""

from __future__ import annotations

from engine.documents.model import ShippingDocument
from tests.engine.runtime.oracle.state import Checkout, Facts


def parcels_of(document: ShippingDocument, checkout: Checkout) -> list[tuple[str, Facts]]:
    """One for the order, or one per seller, by seller."""
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
