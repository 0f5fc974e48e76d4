"""How does every order live through what happened to it?

Steps are taken in the order of their moments, across all orders, by so many clients at once; an order's next step waits
for the one before. Each order has a guest of its own; parcels leave seller by seller.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from aiohttp import ClientConnectionError

from examples.orders_replay.agreement import Judge, email_of
from examples.orders_replay.client import Problem, ShopClient, Staff
from examples.orders_replay.goods import sku_of
from examples.orders_replay.history import Action, PastOrder, Step

_MONEY_SECONDS: Final = 120.0
"""How long the money of a payment may take to arrive: the provider tells it by webhook."""


@dataclass
class Life:
    """What became of an order in the shop. `decided_at` is when its price was decided, or it was refused.

    `refused` has the reasons of an order that was not placed, `fault` what went wrong with one that was.
    """

    past: PastOrder
    left: deque[Step]
    token: str = ""
    number: str | None = None
    totals: Mapping[str, str] = field(default_factory=dict)
    digest: str = ""
    decided_at: datetime | None = None
    refused: tuple[str, ...] = ()
    fault: str = ""
    parcels: list[int] = field(default_factory=list)

    @property
    def is_paid(self) -> bool:
        """Whether its money came, some time."""
        return any(step.action == "pay" for step in self.past.steps)

    @property
    def keeps_goods(self) -> bool:
        """Whether its units have left the stock for good."""
        return self.is_paid and self.past.ends != "refunded"


class Replay:
    """Brings orders through their steps; `lives` are in the order of the table."""

    def __init__(self, shop: ShopClient, staff: Staff, judge: Judge, orders: tuple[PastOrder, ...]) -> None:
        self._shop = shop
        self._staff = staff
        self._judge = judge
        self.lives = [Life(order, deque(order.steps)) for order in orders]
        self._acts: Mapping[Action, Callable[[Life], Awaitable[None]]] = {
            "place": self._place, "pay": self._pay, "process": self._process, "ship": self._ship,
            "deliver": self._deliver, "cancel": self._cancel, "give_up": self._give_up, "come_back": self._come_back,
        }  # fmt: skip

    @property
    def steps(self) -> int:
        """How many there are."""
        return sum(len(life.past.steps) for life in self.lives)

    async def run(self, clients: int, advance: Callable[[int], None]) -> None:
        """Take every step; `advance` is told how many were taken, or left out since their order is not there."""
        waiting: asyncio.PriorityQueue[tuple[datetime, int]] = asyncio.PriorityQueue()
        for number, life in enumerate(self.lives):
            waiting.put_nowait((life.left[0].at, number))

        async def client() -> None:
            while True:
                _, number = await waiting.get()
                life = self.lives[number]
                advance(await self._take_step(life))
                if life.left:
                    waiting.put_nowait((life.left[0].at, number))
                waiting.task_done()

        async with asyncio.TaskGroup() as group:
            working = [group.create_task(client()) for _ in range(clients)]
            await waiting.join()
            for each in working:
                each.cancel()

    async def _take_step(self, life: Life) -> int:
        before = len(life.left)
        step = life.left.popleft()
        try:
            await self._acts[step.action](life)
        except Problem as problem:
            if step.action == "place":
                life.refused, life.decided_at = problem.reasons, problem.at
            else:
                life.fault = f"{step.action}: {problem}"
            life.left.clear()
        except (ClientConnectionError, TimeoutError) as silence:
            life.fault = f"{step.action}: {type(silence).__name__} {silence}"
            life.left.clear()
        return before - len(life.left)

    async def _place(self, life: Life) -> None:
        order = life.past
        life.token = (await self._shop.call("POST", "/auth/guest"))["access_token"]
        destination = {part: order.cart.facts.get(f"destination.{part}") for part in _PLACE}
        for line in order.cart.lines:
            sku = sku_of(line)
            goods = {"sku": sku, "quantity": line.quantity}
            await self._as_guest(life, "POST", "/cart/items?hints=false", goods, f"{order.id}-{sku}")
        await self._as_guest(life, "PUT", "/cart/contact?hints=false", {"email": email_of(order)})
        await self._as_guest(life, "PUT", "/cart/destination?hints=false", destination)
        method = {"method": self._judge.method_of(order)}
        await self._as_guest(life, "PUT", "/cart/payment-method?hints=false", method)
        quote = await self._as_guest(life, "POST", "/checkout/quote")
        address = {**destination, "name": f"Customer {email_of(order)[:8]}", "line1": "Rua do Pedido 1"}
        wanted = {"quote": quote["token"], "shipping_address": address}
        placed = await self._as_guest(life, "POST", "/checkout/orders", wanted, order.id)
        life.number = placed["number"]
        life.decided_at = datetime.fromisoformat(quote["issued_at"])
        life.totals = {**quote["decision"]["totals"], "total": placed["total"]}
        life.digest = quote["decision"]["digest"]

    async def _pay(self, life: Life) -> None:
        """Pay on the page of the test provider, and wait until its webhook has told the shop."""
        path = f"/orders/{life.number}/payments"
        payment = await self._as_guest(life, "POST", path, {})
        charge = payment["client"]["checkout_url"].rpartition("/")[2]
        await self._shop.call("POST", f"//test-provider/v1/charges/{charge}/pay", {})
        pause, waited = 0.02, 0.0
        while (await self._as_guest(life, "GET", path))["items"][-1]["status"] != "succeeded":
            if waited > _MONEY_SECONDS:
                raise TimeoutError(f"order {life.number} was paid {waited:.0f} seconds ago, and the shop has not heard")
            await asyncio.sleep(pause)
            waited += pause
            pause = min(2 * pause, 2.0)

    async def _process(self, life: Life) -> None:
        await self._as_staff(life, f"/staff/orders/{life.number}/events/process", {}, "process")

    async def _ship(self, life: Life) -> None:
        path = f"/orders/{life.number}/shipments"
        for seller, lines in (await self._lines_by_seller(life)).items():
            parcel = await self._as_staff(life, path, {"lines": lines}, f"ship-{seller}")
            life.parcels.append(parcel["shipment"]["number"])

    async def _lines_by_seller(self, life: Life) -> Mapping[str | None, list[Any]]:
        order = await self._as_guest(life, "GET", f"/orders/{life.number}")
        lines: dict[str | None, list[Any]] = defaultdict(list)
        for line in order["lines"]:
            lines[line["seller"]].append({"line_id": line["id"], "quantity": line["units_open"]})
        return lines

    async def _deliver(self, life: Life) -> None:
        for parcel in life.parcels:
            await self._as_staff(life, f"/orders/{life.number}/shipments/{parcel}/deliver", {}, f"deliver-{parcel}")

    async def _cancel(self, life: Life) -> None:
        await self._as_guest(life, "POST", f"/orders/{life.number}/cancel", {}, f"{life.past.id}-cancel")

    async def _give_up(self, life: Life) -> None:
        await self._as_staff(life, f"/orders/{life.number}/cancel", {"note": "unavailable"}, "give-up")

    async def _come_back(self, life: Life) -> None:
        note = {"note": "cancelled on its way"}
        await self._as_staff(life, f"/staff/orders/{life.number}/events/delivery_failed", note, "come-back")

    async def _as_guest(self, life: Life, method: str, path: str, body: object = None, key: str | None = None) -> Any:
        return await self._shop.call(method, path, body, token=life.token, key=key)

    async def _as_staff(self, life: Life, path: str, body: object, what: str) -> Any:
        return await self._staff.call("POST", path, body, key=f"{life.past.id}-{what}")


_PLACE: Final = ("country", "region", "postcode", "city")
