"""What can people do in a shop? Everything, in any order; whatever is not possible is refused, and never breaks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final

from storage.ids import new_id
from tests.server.cart.goods import SAO_PAULO, Shopper
from tests.server.fire.stores import Place
from tests.server.orders.buying import ADDRESS
from tests.shop import Answer, Client

LATER_SECONDS: Final = 7 * 24 * 3600
"""When the provider tells of payments by itself: so late that the test says when, and in which order."""

SIMPLE: Final = ("cancel", "hold", "release_hold", "process", "delivery_failed", "drop_rest")
"""Events that staff bring by their word alone."""

_REFUSALS: Final = (HTTPStatus.CONFLICT, HTTPStatus.UNPROCESSABLE_ENTITY)


@dataclass
class Order:
    """An order somebody placed. `charges` are what its attempts are called by the provider, the latest last."""

    number: str
    total: str
    owner: Client
    charges: list[str] = field(default_factory=list)


@dataclass
class People:
    """Customers and staff of one store. `met` counts what was done, and refused."""

    place: Place
    staff: Client
    regular: Shopper
    orders: list[Order] = field(default_factory=list)
    met: Counter[str] = field(default_factory=Counter)

    async def order(self, skus: Sequence[str], *, method: str, coupon: str | None, regular: bool) -> Order | None:
        """Somebody fills a cart and orders it; None when that is refused on the way."""
        buyer = self.regular if regular else self.place.guest()
        await self._say(buyer.client.delete("/cart"), "clear")
        for sku in skus:
            if not await self._say(_post(buyer.client, "/cart/items", {"sku": sku, "quantity": 1}), "add"):
                return None
        await self._say(buyer.client.put("/cart/contact", {"email": f"{buyer.owner.id.hex}@example.com"}), "contact")
        await self._say(buyer.client.put("/cart/destination", SAO_PAULO), "destination")
        await self._say(buyer.client.put("/cart/payment-method", {"method": method}), "method")
        if coupon is not None:
            await self._say(buyer.client.put("/cart/coupon", {"code": coupon}), "coupon")
        quote = await self._say(_post(buyer.client, "/checkout/quote"), "quote")
        return await self._place(buyer, quote["token"]) if quote else None

    async def start_payment(self, order: Order, *, by_staff: bool = False) -> bool:
        """Begin to pay, or go on with it."""
        client = self.staff if by_staff else order.owner
        payment = await self._say(_post(client, f"/orders/{order.number}/payments", {}), "start_payment")
        if payment and payment["client"]:
            charge = payment["client"]["checkout_url"].rpartition("/")[2]
            if charge not in order.charges:
                order.charges.append(charge)
        return payment is not None

    async def pay(self, order: Order, charge: int, **wish: Any) -> bool:
        """At the provider's: pay or decline one of the order's charges. The shop is told later."""
        if not order.charges:
            return False
        address = f"//test-provider/v1/charges/{order.charges[charge % len(order.charges)]}/pay"
        body = {"delay_seconds": LATER_SECONDS, **wish}
        return await self._say(_post(self.staff, address, body), f"pay {wish.get('outcome', '')}") is not None

    async def bring(self, order: Order, event: str, *, by_staff: bool) -> bool:
        """Events that need nothing but somebody's word."""
        if event in ("cancel", "back-to-cart"):
            path = f"/orders/{order.number}/{event}"
        elif event == "drop_rest":
            path = f"/orders/{order.number}/drop-rest"
        else:
            path = f"/staff/orders/{order.number}/events/{event}"
        # Whose cart it would be is nobody's business but theirs.
        is_theirs = event == "back-to-cart" or (event == "cancel" and not by_staff)
        client = order.owner if is_theirs else self.staff
        return await self._say(_post(client, path, {}), event) is not None

    async def bring_open(self, order: Order, choice: int) -> bool:
        """One of the events that the shop says staff can bring now; it has to be possible then."""
        ways = await self._say(self.staff.get(f"/orders/{order.number}/transitions"), "transitions")
        found = [each["event"] for each in ways["transitions"] if each["open"] and each["event"] in SIMPLE]
        if not found:
            return False
        event = found[choice % len(found)]
        assert await self.bring(order, event, by_staff=True), f"{event} was said to be open to staff"
        return True

    async def ship(self, order: Order, *, everything: bool) -> bool:
        """Send a parcel with all that is open, or with one unit."""
        body: dict[str, Any] = {}
        if not everything:
            line = next((each for each in (await self.read(order))["lines"] if each["units_open"]), None)
            if line is None:
                return False
            body = {"lines": [{"line_id": line["id"], "quantity": 1}]}
        return await self._say(_post(self.staff, f"/orders/{order.number}/shipments", body), "ship") is not None

    async def arrive(self, order: Order) -> bool:
        """The first parcel that has not arrived does."""
        shipments = (await self.read(order))["shipments"]
        parcel = next((each["number"] for each in shipments if each["status"] != "delivered"), None)
        if parcel is None:
            return False
        path = f"/orders/{order.number}/shipments/{parcel}/deliver"
        return await self._say(_post(self.staff, path, {}), "deliver") is not None

    async def ask_to_return(self, order: Order, line: int) -> bool:
        """The owner wants to send one unit back."""
        lines = [each for each in (await self.read(order))["lines"] if each["units_shipped"] > each["units_returned"]]
        if not lines:
            return False
        chosen = {"line_id": lines[line % len(lines)]["id"], "quantity": 1}
        body = {"lines": [chosen], "reason": "changed_mind"}
        return (
            await self._say(_post(order.owner, f"/orders/{order.number}/returns", body), "request_return") is not None
        )

    async def decide_return(self, order: Order, how: str) -> bool:
        """Approve, refuse, withdraw or receive the latest return."""
        number = max([each["number"] for each in (await self.read(order))["returns"]], default=None)
        if number is None:
            return False
        client = order.owner if how == "withdraw" else self.staff
        path = f"/orders/{order.number}/returns/{number}/{how}"
        return await self._say(_post(client, path, {}), f"{how} return") is not None

    async def refund(self, order: Order, what: str, *, approve: bool, restock: bool) -> bool:
        """Ask for a refund: of one unit, of what came back, or of a small amount."""
        body: dict[str, Any] = {"reason": "as agreed", "approve": approve, "restock": restock}
        seen = await self.read(order)
        if what == "unit":
            line = next((each for each in seen["lines"] if each["quantity"] > each["units_refunded"]), None)
            if line is None:
                return False
            body["lines"] = [{"line_id": line["id"], "units": 1}]
        elif what == "return":
            back = [each["id"] for each in seen["returns"] if each["status"] == "received"]
            if not back:
                return False
            body["return_id"] = back[-1]
        else:
            body["amount"] = "1.00"
        return await self._say(_post(self.staff, f"/orders/{order.number}/refunds", body), f"refund {what}") is not None

    async def decide_refund(self, order: Order, how: str) -> bool:
        """Approve, refuse or retry the first refund that this can be done with; settle one in cash."""
        fitting = {"approve": ("requested",), "refuse": ("requested",), "retry": ("failed",)}
        found = (await self._say(self.staff.get(f"/orders/{order.number}/refunds"), "refunds"))["items"]
        wanted = fitting.get(how, ("approved", "gateway_pending"))
        number = next((each["number"] for each in found if each["status"] in wanted), None)
        if number is None:
            return False
        path = f"/orders/{order.number}/refunds/{number}/{how}"
        return await self._say(_post(self.staff, path, {}), f"{how} refund") is not None

    async def read(self, order: Order) -> Any:
        """The order as staff see it."""
        return await self._say(self.staff.get(f"/orders/{order.number}"), "read")

    async def _place(self, buyer: Shopper, token: str) -> Order | None:
        sent = {"quote": token, "shipping_address": ADDRESS}
        placed = await self._say(_post(buyer.client, "/checkout/orders", sent), "place")
        if placed is None:
            return None
        order = Order(placed["number"], placed["total"], buyer.client)
        self.orders.append(order)
        return order

    async def _say(self, asking: Any, what: str) -> Any:
        """The JSON of an answer, None for a refusal; anything else is a fault of the shop's."""
        answer: Answer = await asking
        if answer.status < HTTPStatus.MULTIPLE_CHOICES:
            self.met[what] += 1
            return answer.json if answer.raw else {}
        assert answer.status in _REFUSALS, (what, answer.status, answer.raw[:2000])
        self.met[f"{what}: {answer.code}"] += 1
        return None


async def _post(client: Client, path: str, body: Any = None) -> Answer:
    """With a key of its own."""
    return await client.post(path, body, headers={"Idempotency-Key": new_id().hex})
