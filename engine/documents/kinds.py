"""Which kinds of ruleset are there? To add one, write its reader and its shape, and name both here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from engine.documents.access import read_access
from engine.documents.checkout import read_checkout
from engine.documents.coupons import PLACE as COUPON
from engine.documents.coupons import read_coupons
from engine.documents.inventory import read_inventory
from engine.documents.model import AnyDocument, Kind
from engine.documents.notifications import read_notifications
from engine.documents.orders import read_orders
from engine.documents.places import (
    CHECKOUT,
    EVENT,
    INVITE,
    NOWHERE,
    ORDER,
    SHIPMENT,
    STOCK,
    SUBJECT,
    TAXABLE,
    Place,
    line_at,
)
from engine.documents.pricing import CART, LINE, read_pricing
from engine.documents.promotions import PLACES, read_promotions
from engine.documents.reading import Reader
from engine.documents.referrals import read_referrals
from engine.documents.shapes import (
    access,
    checkout,
    coupons,
    inventory,
    notifications,
    orders,
    pricing,
    promotions,
    referrals,
    shipping,
    signals,
    tax,
)
from engine.documents.shapes.parts import Schema
from engine.documents.shipping import read_shipping
from engine.documents.signals import read_signals
from engine.documents.tax import EXEMPT, read_tax
from engine.text.nodes import Mapping as MappingNode


@dataclass(frozen=True, slots=True)
class KindOfRuleset:
    """A kind: its reader, the JSON Schema of its keys, and what its conditions may read at most."""

    read: Callable[[Reader, MappingNode], AnyDocument]
    shape: Callable[[], dict[str, Schema]]
    required: tuple[str, ...]
    when: Place
    where: Place
    vocabulary: str = "checkout"


KINDS: Final[Mapping[Kind, KindOfRuleset]] = MappingProxyType(
    {
        "pricing": KindOfRuleset(read_pricing, pricing.pricing_shape, pricing.REQUIRED, CART, LINE),
        "promotions": KindOfRuleset(
            read_promotions,
            promotions.promotions_shape,
            promotions.REQUIRED,
            PLACES["shipping"],
            line_at("pricing"),
        ),
        "coupons": KindOfRuleset(read_coupons, coupons.coupons_shape, coupons.REQUIRED, COUPON, line_at("pricing")),
        "shipping": KindOfRuleset(
            read_shipping, shipping.shipping_shape, shipping.REQUIRED, SHIPMENT, line_at("pricing")
        ),
        "tax": KindOfRuleset(read_tax, tax.tax_shape, tax.REQUIRED, EXEMPT, TAXABLE),
        "checkout": KindOfRuleset(
            read_checkout, checkout.checkout_shape, checkout.REQUIRED, CHECKOUT, line_at("pricing")
        ),
        "orders": KindOfRuleset(read_orders, orders.orders_shape, orders.REQUIRED, ORDER, ORDER, "order"),
        "access": KindOfRuleset(read_access, access.access_shape, access.REQUIRED, NOWHERE, NOWHERE, "access"),
        "inventory": KindOfRuleset(
            read_inventory, inventory.inventory_shape, inventory.REQUIRED, STOCK, STOCK, "stock"
        ),
        "referrals": KindOfRuleset(
            read_referrals, referrals.referrals_shape, referrals.REQUIRED, INVITE, EVENT, "event"
        ),
        "signals": KindOfRuleset(read_signals, signals.signals_shape, signals.REQUIRED, SUBJECT, EVENT, "event"),
        "notifications": KindOfRuleset(
            read_notifications, notifications.notifications_shape, notifications.REQUIRED, EVENT, EVENT, "event"
        ),
    }
)
"""In the order the pipeline runs them; orders, access and what watches over time stand apart."""

APART: Final[tuple[Kind, ...]] = tuple(kind for kind, spec in KINDS.items() if spec.vocabulary != "checkout")
"""The kinds that take no part in the decision of a checkout."""

ANY_CURRENCY: Final[tuple[Kind, ...]] = ("orders", "access")
"""The kinds whose amounts are of whatever currency a store has; every store has rulesets of these."""


def kind_named(name: str) -> Kind | None:
    """The kind of that name, or None."""
    return next((kind for kind in KINDS if kind == name), None)
