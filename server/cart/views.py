"""How is a cart shown? With its decision, for a caller who may see that much of it."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Final

from engine.money import formatter
from engine.runtime.decision import Hint
from server.cart.changes import DecidedCart
from server.cart.schemas import CartView, ContactView, DestinationView, ItemView, ProductRefView, StockView
from server.cart.snapshot import CartItem
from server.catalog.snapshot import VariantSnapshot
from server.catalog.views import image_url
from server.decisions.shapes import Part
from server.decisions.views import view

MOST_TOLD: Final = 10
"""How many pieces are left is told up to here; beyond, it is the shop's business."""


def cart_view(
    decided: DecidedCart, hints: tuple[Hint, ...], locale: str | None, full: bool, include: Collection[Part] = ()
) -> CartView:
    """The cart in the locale, the customer's own when None; `full` shows where rules are written."""
    cart, basket = decided.cart, decided.basket
    money = formatter(basket.currency)
    shown = view(decided.live, basket, decided.decision, hints, locale or decided.locale, full, include)
    return CartView(
        id=cart.id,
        version=cart.version,
        expires_at=cart.expires_at,
        currency=basket.currency,
        items=tuple([_item(item, money) for item in cart.items]),
        units=sum([item.quantity for item in cart.items]),
        has_changed_prices=any(item.price_changed for item in cart.items),
        has_unavailable_items=len(basket.lines) < len(cart.items),
        coupon_code=_as_written(cart.coupon_code),
        replaced_coupon=_as_written(decided.replaced_coupon),
        contact=ContactView(email=cart.email, phone=cart.phone),
        destination=DestinationView(country=cart.country, region=cart.region, postcode=cart.postcode, city=cart.city),
        shipping_method=cart.shipping_method,
        payment_method=cart.payment_method,
        decision=shown,
    )


def _item(item: CartItem, money: Callable[[int], str]) -> ItemView:
    variant = item.variant
    return ItemView(
        id=item.id,
        variant_id=variant.id,
        sku=variant.sku,
        quantity=item.quantity,
        product=ProductRefView(id=variant.product_id, slug=variant.product_slug, name=variant.product_name),
        variant_name=variant.name,
        options=_options(variant),
        image=image_url(variant.image_id),
        list_price=money(variant.list_price),
        price=None if item.unavailable else money(variant.price),
        price_seen=money(item.seen_price) if item.price_changed else None,
        stock=StockView(
            in_stock=variant.available > 0,
            enough=not item.short_by,
            left=variant.available if variant.available <= MOST_TOLD else None,
        ),
        unavailable=item.unavailable,
    )


def _options(variant: VariantSnapshot) -> dict[str, str]:
    parts = [pair.partition(":") for pair in variant.option_pairs]
    return {option: value for option, _, value in parts}


def _as_written(code: str | None) -> str | None:
    """Codes are kept folded and shown in capitals, as decisions show them."""
    return None if code is None else code.upper()
