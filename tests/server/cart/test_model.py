"""Whatever is done with a cart, in whatever order: it is what a few lines of Python say it must be."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest_asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.money import format_amount, parse_amount
from tests.server.cart.goods import Goods, Shopper, Shoppers, item
from tests.shop import Answer

SKUS = ("A", "B", "C")
PRICE = 1_000
WITH_POSTINGS = "?include=postings"

Step = tuple[str, str, int]

steps = st.lists(
    st.tuples(
        st.sampled_from(["add", "add", "add", "set", "remove", "clear", "price", "withdraw", "offer again", "accept"]),
        st.sampled_from(SKUS),
        st.one_of(st.integers(1, 9), st.integers(390, 1000)),
    ),
    max_size=14,
)


@dataclass
class Model:
    """A cart as it must be: units and seen prices by SKU; and the shop as far as it matters."""

    units: dict[str, int] = field(default_factory=dict)
    seen: dict[str, int] = field(default_factory=dict)
    prices: dict[str, int] = field(default_factory=lambda: dict.fromkeys(SKUS, PRICE))
    withdrawn: set[str] = field(default_factory=set)
    version: int = 0

    def expected(self, action: str, sku: str, number: int) -> str:
        """Do it, unless it must be refused; the code of the refusal, or nothing."""
        if action == "add" and sku in self.withdrawn:
            return "not_for_sale"
        if action == "add" and self.units.get(sku, 0) + number > 1000:
            return "quantity_too_large"
        if action in ("set", "remove") and sku not in self.units:
            return "item_unknown"
        self._do(action, sku, number)
        return ""

    def _do(self, action: str, sku: str, number: int) -> None:
        match action:
            case "add":
                self.units[sku] = self.units.get(sku, 0) + number
                self.seen.setdefault(sku, self.prices[sku])
            case "set":
                self.units[sku] = number
            case "remove":
                del self.units[sku], self.seen[sku]
            case "clear":
                self.units.clear()
                self.seen.clear()
            case "accept":
                if sku in self.units:
                    self.seen[sku] = self.prices[sku]
        # There is nothing to clear or to accept before there is a cart.
        self.version += 1 if action not in ("clear", "accept") or self.version else 0

    def of_shop(self, action: str, sku: str, number: int) -> tuple[str, int | str]:
        """What the shop does meanwhile; the column and its value."""
        if action == "price":
            self.prices[sku] = number
            return "list_price", number
        if action == "withdraw":
            self.withdrawn.add(sku)
            return "status", "inactive"
        self.withdrawn.discard(sku)
        return "status", "active"


@dataclass
class Run:
    """The real thing beside the model."""

    shopper: Shopper
    goods: Goods
    model: Model = field(default_factory=Model)
    item_ids: dict[str, str] = field(default_factory=dict)

    async def step(self, action: str, sku: str, number: int) -> None:
        """Do the same to both and compare."""
        if action in ("price", "withdraw", "offer again"):
            column, value = self.model.of_shop(action, sku, number)
            await self.goods.execute(f"UPDATE variants SET {column} = $2 WHERE sku = $1", sku, value)
            self.compare((await self.shopper.client.get(f"/cart{WITH_POSTINGS}")).json)
            return
        answer = await self._send(action, sku, number)
        refusal = self.model.expected(action, sku, number)
        assert ("" if answer.status == 200 else answer.code) == refusal
        self.compare(answer.json if not refusal else (await self.shopper.client.get(f"/cart{WITH_POSTINGS}")).json)

    async def _send(self, action: str, sku: str, number: int) -> Answer:
        client, path = self.shopper.client, f"/cart/items/{self.item_ids.get(sku, self.goods.store.id)}"
        match action:
            case "add":
                return await client.post(f"/cart/items{WITH_POSTINGS}", {"sku": sku, "quantity": number})
            case "set":
                return await client.patch(path + WITH_POSTINGS, {"quantity": number})
            case "remove":
                return await client.delete(path + WITH_POSTINGS)
            case "clear":
                return await client.delete(f"/cart{WITH_POSTINGS}")
        price = format_amount(self.model.prices[sku], "BRL")
        seen = {"item_id": path.rpartition("/")[2], "price": price}
        return await client.post(f"/cart/prices/accept{WITH_POSTINGS}", {"items": [seen]})

    def compare(self, cart: Any) -> None:
        """Everything that shows."""
        model = self.model
        self.item_ids = {each["sku"]: each["id"] for each in cart["items"]}
        assert {each["sku"]: each["quantity"] for each in cart["items"]} == model.units
        assert cart["version"] == model.version
        for sku in model.units:
            shown, gone = item(cart, sku), sku in model.withdrawn
            changed = not gone and model.seen[sku] != model.prices[sku]
            assert (shown["unavailable"] is not None) == gone
            assert shown["price_seen"] == (format_amount(model.seen[sku], "BRL") if changed else None)
        bought = {sku: units for sku, units in model.units.items() if sku not in model.withdrawn}
        items = sum(units * model.prices[sku] for sku, units in bought.items())
        decision = cart["decision"]
        assert {line["sku"]: line["quantity"] for line in decision["lines"]} == bought
        assert decision["totals"]["items"] == format_amount(items, "BRL")
        postings = sum(parse_amount(posting["amount"], "BRL") for posting in decision["postings"])
        assert format_amount(postings, "BRL") == decision["totals"]["total"]


@pytest_asyncio.fixture(loop_scope="session")
async def shelf(goods: Goods) -> Goods:
    """The goods of every example."""
    for sku in SKUS:
        await goods.put(sku, PRICE)
    return goods


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(steps=steps)
async def test_a_cart_is_what_the_model_says(steps: list[Step], shelf: Goods, shoppers: Shoppers) -> None:
    await shelf.execute("UPDATE variants SET list_price = $1, status = 'active'", PRICE)
    run = Run(shoppers.guest(), shelf)
    for step in steps:
        await run.step(*step)
