"""Somebody who buys: from an empty cart to an order, through the API."""

from __future__ import annotations

from typing import Any, Final

from storage.ids import new_id
from tests.server.cart.goods import Shopper
from tests.shop import Answer, expect

ADDRESS: Final = {
    "name": "Ana Souza",
    "line1": "Avenida Paulista 1000",
    "city": "São Paulo",
    "region": "SP",
    "postcode": "01310-100",
    "country": "BR",
}
"""Where the carts of `Shopper.ready` are sent to."""


async def quoted(shopper: Shopper, *skus: str, method: str = "pix", coupon: str | None = None) -> str:
    """Fill the cart with one of each SKU and get a quote; its token. The cart may hold something already."""
    await shopper.ready(*skus)
    if coupon is not None:
        expect(await shopper.client.put("/cart/coupon", {"code": coupon}))
    expect(await shopper.client.put("/cart/payment-method", {"method": method}))
    token: str = expect(await shopper.client.post("/checkout/quote"), 201)["token"]
    return token


async def try_to_place(shopper: Shopper, token: str, key: str | None = None, **body: Any) -> Answer:
    """Send the order, whatever comes of it."""
    sent = {"quote": token, "shipping_address": ADDRESS, **body}
    return await shopper.client.post("/checkout/orders", sent, headers={"Idempotency-Key": key or new_id().hex})


async def placed(shopper: Shopper, *skus: str, method: str = "pix", coupon: str | None = None) -> dict[str, Any]:
    """An order of one of each SKU."""
    order: dict[str, Any] = expect(
        await try_to_place(shopper, await quoted(shopper, *skus, method=method, coupon=coupon)), 201
    )
    return order
