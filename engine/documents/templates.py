"""Which texts come with the shop, and what must an event carry so that each can be written?

The words are written elsewhere; a ruleset only names them, and is refused where they could not be written.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final


@dataclass(frozen=True, slots=True)
class ShippedTemplate:
    """`needs` are facts that have to be known; `events`, where there are some, the only ones it can tell of."""

    needs: tuple[str, ...] = ()
    events: tuple[str, ...] = ()


_OF_AN_ORDER: Final = ShippedTemplate(needs=("order.id",))

TEMPLATES: Final[Mapping[str, ShippedTemplate]] = MappingProxyType(
    {
        "order-confirmation": _OF_AN_ORDER,
        "order-paid": _OF_AN_ORDER,
        "order-shipped": _OF_AN_ORDER,
        "parcel-shipped": _OF_AN_ORDER,
        "order-delivered": _OF_AN_ORDER,
        "order-cancelled": _OF_AN_ORDER,
        "payment-failed": _OF_AN_ORDER,
        "refund": _OF_AN_ORDER,
        "return-label": _OF_AN_ORDER,
        "return-refused": _OF_AN_ORDER,
        "refund-refused": _OF_AN_ORDER,
        "referral-progress": ShippedTemplate(needs=("customer.id", "invite.counted")),
        "reward": ShippedTemplate(needs=("reward.id",)),
        "abandoned-cart": ShippedTemplate(needs=("cart.id",)),
        "low-stock": ShippedTemplate(events=("StockRanLow", "VariantsSoldOut")),
        "review-needed": _OF_AN_ORDER,
        "order-stuck": _OF_AN_ORDER,
        "order-to-pack": _OF_AN_ORDER,
    }
)
"""Those a ruleset may name."""
