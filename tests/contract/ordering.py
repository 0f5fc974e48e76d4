"""How does an order get as far as a test needs it? Bought, paid at the test provider, sent: all through the API."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from storage.ids import new_id
from tests.server.cart.goods import SAO_PAULO
from tests.server.fire.accidents import eventually
from tests.server.orders.buying import ADDRESS
from tests.shop import Client, expect

STAGES: Final = ("placed", "paid", "packed", "sent", "delivered")
"""How far an order gets, each further than the one before."""


async def fill_cart(buyer: Client, sku: str, quantity: int = 1) -> Any:
    """A cart of which there can be a quote; the cart."""
    expect(await buyer.post("/cart/items", {"sku": sku, "quantity": quantity}))
    expect(await buyer.put("/cart/contact", {"email": "ana@example.com", "phone": "+55 11 91234-5678"}))
    expect(await buyer.put("/cart/payment-method", {"method": "pix"}))
    return expect(await buyer.put("/cart/destination", SAO_PAULO))


async def quote(buyer: Client, sku: str) -> str:
    """A price for two pieces; its token."""
    await fill_cart(buyer, sku, 2)
    token: str = expect(await buyer.post("/checkout/quote"), 201)["token"]
    return token


async def order(buyer: Client, staff: Client, sku: str, stage: str = "delivered") -> Any:
    """Two pieces, ordered by the buyer and brought as far as that; the answer to placing it."""
    sent = {"quote": await quote(buyer, sku), "shipping_address": ADDRESS}
    placed = expect(await buyer.post("/checkout/orders", sent, headers=_fresh_key()), 201)
    for name in _until(stage):
        await _STEPS[name](buyer, staff, placed["number"])
    return placed


async def send_back(buyer: Client, number: str) -> Any:
    """The buyer wants to send one piece back; the order."""
    lines = [{"line_id": line["id"], "quantity": 1} for line in expect(await buyer.get(f"/orders/{number}"))["lines"]]
    return expect(await buyer.post(f"/orders/{number}/returns", {"lines": lines[:1], "reason": "damaged"}), 201)


async def request_refund(staff: Client, number: str) -> Any:
    """Somebody of the shop wants to give a little back; the refund, which nobody has let go yet."""
    asked = {"amount": "5.00", "reason": "late"}
    return expect(await staff.post(f"/orders/{number}/refunds", asked, headers=_fresh_key()), 201)


async def _pay(buyer: Client, _staff: Client, number: str) -> None:
    payment = expect(await buyer.post(f"/orders/{number}/payments", {}), 202)
    charge = payment["client"]["checkout_url"].rpartition("/")[2]
    expect(await buyer.post(f"//test-provider/v1/charges/{charge}/pay", {}))

    async def is_told() -> bool:
        told = expect(await buyer.get(f"//test-provider/v1/charges/{charge}"))["deliveries"]
        return all(each["due_at"] is None for each in told)

    await eventually(is_told)


async def _pack(_buyer: Client, staff: Client, number: str) -> None:
    expect(await staff.post(f"/staff/orders/{number}/events/process", {}))


async def _send(_buyer: Client, staff: Client, number: str) -> None:
    expect(await staff.post(f"/orders/{number}/shipments", {"carrier": "Correios"}), 201)


async def _deliver(_buyer: Client, staff: Client, number: str) -> None:
    expect(await staff.post(f"/orders/{number}/shipments/1/deliver", {}))


_STEPS: Final = {"paid": _pay, "packed": _pack, "sent": _send, "delivered": _deliver}


def _until(stage: str) -> Sequence[str]:
    return STAGES[1 : STAGES.index(stage) + 1]


def _fresh_key() -> dict[str, str]:
    return {"Idempotency-Key": new_id().hex}
