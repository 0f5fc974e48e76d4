"""What do rules see of a cart? The basket of everything in it that can be bought."""

from __future__ import annotations

from typing import Final

from server.cart.snapshot import CartItem, CartSnapshot
from server.decisions.facts import Basket, CustomerFacts, Destination, LineFacts
from storage.tenancy import Store

CHANNEL: Final = "web"
"""Whatever comes in over HTTP."""


def basket_of(store: Store, cart: CartSnapshot) -> Basket:
    """The basket to decide. Lines are named by SKU, so that the odd cent never depends on what was added first."""
    return Basket(
        currency=store.currency,
        now=cart.now,
        lines=tuple(sorted([_line(item) for item in cart.for_sale], key=lambda line: line.sku)),
        channel=CHANNEL,
        locale=(cart.customer.locale if cart.customer else None) or store.locale,
        customer=_customer(cart),
        destination=Destination(country=cart.country, region=cart.region, postcode=cart.postcode, city=cart.city),
        coupon_codes=() if cart.coupon_code is None else (cart.coupon_code,),
        coupons=cart.uses.coupons,
        usage=cart.uses.usage,
        shipping_method=cart.shipping_method,
        payment_method=cart.payment_method,
        cash_on_delivery_today=cart.cash_on_delivery_today,
    )


def _customer(cart: CartSnapshot) -> CustomerFacts:
    known = cart.customer
    if known is None:
        return CustomerFacts(email=cart.email, phone=cart.phone)
    return CustomerFacts(
        id=str(cart.owner.id),
        group=known.group,
        email=cart.email or known.email,
        phone=cart.phone or known.phone,
        signed_in=True,
        orders_paid=known.orders_paid,
        spent=known.spent,
        registered=known.registered,
        tags=known.tags,
    )


def _line(item: CartItem) -> LineFacts:
    variant = item.variant
    return LineFacts(
        id=variant.sku,
        sku=variant.sku,
        quantity=item.quantity,
        list_price=variant.list_price,
        product=variant.product_slug,
        category=variant.category_path,
        brand=variant.brand_slug,
        seller=variant.seller_slug,
        tags=variant.tags,
        tax_class=variant.tax_class,
        sale_price=variant.sale_price,
        cost=variant.cost,
        floor_price=variant.floor_price,
        weight_g=variant.weight_g,
        volume_cm3=variant.volume_cm3,
    )
