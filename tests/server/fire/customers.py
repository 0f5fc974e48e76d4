"""How does somebody buy from a shop that is killed all the time? By asking again with the same key until they know."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from aiohttp import ClientError

from tests.server.cart.goods import Shopper
from tests.server.fire.accidents import PATIENCE_SECONDS
from tests.server.orders.buying import try_to_place
from tests.shop import Answer


@dataclass
class Customer:
    """Somebody with a quote. `number` is of the order they were told of."""

    shopper: Shopper
    quote: str
    key: str
    declines: bool
    number: str | None = None

    async def buy(self) -> None:
        """Place the order, begin to pay it, and pay it or be declined."""
        placed = await insist(lambda: try_to_place(self.shopper, self.quote, self.key))
        assert placed.status == HTTPStatus.CREATED, (placed.status, placed.raw)
        self.number = placed.json["number"]
        charge = await self._charge()
        body = {"outcome": "declined" if self.declines else "succeeded"}
        paid = await insist(lambda: self.shopper.client.post(f"//test-provider/v1/charges/{charge}/pay", body))
        # Closed: an earlier call of ours had come through, and only its answer was lost.
        assert paid.status == HTTPStatus.OK or paid.code == "test_charge_closed", (paid.status, paid.raw)

    async def _charge(self) -> str:
        """What the provider calls the payment, once it could be asked."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                begun = await insist(lambda: self.shopper.client.post(f"/orders/{self.number}/payments", {}))
                assert begun.status == HTTPStatus.ACCEPTED, (begun.status, begun.raw)
                payment: dict[str, Any] = begun.json
                if payment["client"] is not None:
                    return str(payment["client"]["checkout_url"].rpartition("/")[2])
                await asyncio.sleep(0.05)


async def insist(ask: Callable[[], Awaitable[Answer]]) -> Answer:
    """Ask until there is an answer that says what happened."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            answer = await _answer(ask)
            if answer is not None and not _says_later(answer):
                return answer
            await asyncio.sleep(0.05)


async def _answer(ask: Callable[[], Awaitable[Answer]]) -> Answer | None:
    try:
        return await ask()
    except (ClientError, ConnectionError):
        return None


def _says_later(answer: Answer) -> bool:
    if answer.status == HTTPStatus.SERVICE_UNAVAILABLE:
        return True
    return answer.status == HTTPStatus.CONFLICT and answer.code == "idempotency_key_in_use"
