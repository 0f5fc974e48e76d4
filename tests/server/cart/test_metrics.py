"""Are decisions counted where operators look?"""

from __future__ import annotations

from tests.server.cart.goods import Shopper


async def test_a_decided_cart_and_a_quote_are_counted(guest: Shopper) -> None:
    before = await _counts(guest)
    await guest.cart()
    await guest.client.post("/checkout/quote")
    after = await _counts(guest)
    assert after["cart"] == before.get("cart", 0) + 1
    assert after["quote"] == before.get("quote", 0) + 1


async def _counts(shopper: Shopper) -> dict[str, float]:
    page = (await shopper.client.get("//metrics")).raw.decode()
    lines = [line for line in page.splitlines() if line.startswith("sostech_decision_seconds_count")]
    return {line.split('purpose="')[1].split('"')[0]: float(line.rsplit(" ", 1)[1]) for line in lines}
