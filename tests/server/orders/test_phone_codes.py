"""Where the checkout ruleset asks for it, an order paid at the door goes on once the code it was sent is back."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import msgspec
import pytest
import pytest_asyncio
from aiohttp import ClientSession

from server.decisions.books import BOOKS
from server.decisions.own_repo import OwnRuleset
from server.orders import phone_codes
from server.orders.deadlines import due_deadlines
from server.web.call import Shop
from storage.database import Database
from storage.ids import new_id
from storage.tenancy import Store
from storage.transaction import Transaction
from tests.conftest import CHECKOUT
from tests.server.actors import install_actors
from tests.server.cart.goods import Goods, Shopper, Shoppers
from tests.server.orders.buying import placed, quoted, try_to_place
from tests.server.orders.people import people_of
from tests.shop import Answer, Client, expect, new_shop, new_store, serving

WAY = "  - id: cash_on_delivery\n"


@pytest.fixture
def asking(shop: Shop, store: Store) -> None:
    """The test's store does."""
    ask_for_codes(shop, store)


def ask_for_codes(shop: Shop, store: Store) -> None:
    """The store's checkout ruleset wants cash on delivery confirmed: the shipped one, with its comment taken up."""
    text = (CHECKOUT / "rules" / "checkout" / "v1.yaml").read_text("utf-8")
    changed = text.replace("version: 1\n", "version: 2\n").replace("    # confirm: sms\n", "    confirm: sms\n")
    assert "    confirm: sms\n" in changed
    books = shop.use(BOOKS)
    own = OwnRuleset(new_id(), "checkout", "default", 2, changed, {})
    books.replace(store.id, books.with_own(store, [own]))


@dataclass
class Codes:
    """The codes of one store, as they were asked for."""

    shop: Shop
    store: Store
    goods: Goods

    async def sent(self) -> list[str]:
        """All codes, the oldest first."""

        async def work(tx: Transaction) -> list[str]:
            rows = await tx.fetch(
                "SELECT convert_from(payload, 'UTF8') AS told FROM pgqueuer WHERE convert_from(payload, 'UTF8') LIKE $1"
                " ORDER BY id",
                f"%{self.store.id}%TextMessageRequested%",
            )
            return [row["told"] for row in rows]

        told = await self.shop.database.transaction(None, work)
        return [msgspec.json.decode(each)["payload"]["values"]["code"] for each in told]

    async def last(self) -> str:
        """The newest."""
        return (await self.sent())[-1]

    async def let_pass(self, interval: str) -> None:
        """So long ago was the last code sent."""
        await self.goods.execute(
            f"UPDATE order_codes SET sent_at = sent_at - interval '{interval}',"
            f" expires_at = expires_at - interval '{interval}'"
        )


@pytest.fixture
def codes(shop: Shop, store: Store, goods: Goods) -> Codes:
    return Codes(shop, store, goods)


@pytest_asyncio.fixture(loop_scope="session")
async def order(asking: None, goods: Goods, guest: Shopper) -> dict[str, Any]:
    await goods.put("SHIRT", 4_000, on_hand=3)
    return await placed(guest, "SHIRT", method="cash_on_delivery")


def another(code: str) -> str:
    """A code that is not this one."""
    return f"{(int(code) + 1) % 1_000_000:06}"


async def confirm(shopper: Shopper, order: dict[str, Any], code: str) -> Answer:
    return await shopper.client.post(f"/orders/{order['number']}/confirmation", {"code": code})


async def send(shopper: Shopper, order: dict[str, Any]) -> Answer:
    return await shopper.client.post(f"/orders/{order['number']}/confirmation/send")


async def test_the_order_waits_for_the_code_and_goes_on_with_it(
    order: dict[str, Any], guest: Shopper, codes: Codes, goods: Goods
) -> None:
    assert (order["state"], order["payment_needed"], order["confirmation_needed"]) == ("pending", False, True)
    (code,) = await codes.sent()
    assert re.fullmatch("[0-9]{6}", code)
    assert (await goods.value("SELECT phone FROM order_codes")) == "+5511912345678"
    assert code not in await goods.value("SELECT code FROM order_codes")
    confirmed = expect(await confirm(guest, order, code))
    assert confirmed["state"] == "processing"
    assert await goods.value("SELECT on_hand FROM stock_levels") == 2
    again = await confirm(guest, order, code)
    assert (again.status, again.code) == (409, "order_code_not_needed")


async def test_other_ways_to_pay_need_no_code(asking: None, goods: Goods, guest: Shopper, codes: Codes) -> None:
    await goods.put("SHIRT", 4_000)
    order = await placed(guest, "SHIRT", method="pix")
    assert (order["state"], order["payment_needed"], order["confirmation_needed"]) == ("pending", True, False)
    assert await codes.sent() == []
    assert (await confirm(guest, order, "000000")).code == "order_code_not_needed"
    assert (await send(guest, order)).code == "order_code_not_needed"


async def test_without_the_rule_cash_on_delivery_goes_straight_to_the_warehouse(
    goods: Goods, guest: Shopper, codes: Codes
) -> None:
    await goods.put("SHIRT", 4_000)
    order = await placed(guest, "SHIRT", method="cash_on_delivery")
    assert (order["state"], order["confirmation_needed"]) == ("processing", False)
    assert await codes.sent() == []


async def test_five_wrong_tries_end_a_code_and_another_one_works(
    order: dict[str, Any], guest: Shopper, codes: Codes
) -> None:
    code = await codes.last()
    for _ in range(5):
        assert (await confirm(guest, order, another(code))).code == "order_code_wrong"
    spent = await confirm(guest, order, code)
    assert (spent.status, spent.code) == (409, "order_code_spent")
    await codes.let_pass("31 seconds")
    expect(await send(guest, order), 202)
    assert expect(await confirm(guest, order, await codes.last()))["state"] == "processing"


async def test_wrong_tries_count_also_under_one_idempotency_key(
    order: dict[str, Any], guest: Shopper, codes: Codes, goods: Goods
) -> None:
    wrong = another(await codes.last())
    for _ in range(2):
        await guest.client.post(
            f"/orders/{order['number']}/confirmation", {"code": wrong}, headers={"Idempotency-Key": "same"}
        )
    assert await goods.value("SELECT tries FROM order_codes") == 2


@pytest.mark.parametrize(("passed", "status"), [("9 minutes 50 seconds", 200), ("10 minutes", 410)])
async def test_a_code_holds_for_ten_minutes(
    order: dict[str, Any], guest: Shopper, codes: Codes, passed: str, status: int
) -> None:
    await codes.let_pass(passed)
    assert (await confirm(guest, order, await codes.last())).status == status


async def test_the_code_before_is_worth_nothing(order: dict[str, Any], guest: Shopper, codes: Codes) -> None:
    await codes.let_pass("31 seconds")
    until = expect(await send(guest, order), 202)["expires_at"]
    assert until
    old, new = await codes.sent()
    if old != new:
        assert (await confirm(guest, order, old)).code == "order_code_wrong"
    assert (await confirm(guest, order, new)).status == 200


async def test_codes_are_sent_again_after_a_pause_and_five_times_at_most(
    order: dict[str, Any], guest: Shopper, codes: Codes
) -> None:
    soon = await send(guest, order)
    assert (soon.status, soon.code) == (429, "rate_limited")
    assert 1 <= int(soon.headers["Retry-After"]) <= 30
    for _ in range(4):
        await codes.let_pass("31 seconds")
        expect(await send(guest, order), 202)
    await codes.let_pass("31 seconds")
    assert (await send(guest, order)).code == "order_code_spent"
    assert len(await codes.sent()) == 5


async def test_a_number_gets_ten_codes_a_day_whatever_the_orders(
    order: dict[str, Any], guest: Shopper, codes: Codes, goods: Goods
) -> None:
    await goods.execute("UPDATE order_codes SET sent = 10")
    token = await quoted(guest, "SHIRT", method="cash_on_delivery")
    refused = await try_to_place(guest, token)
    assert (refused.status, refused.code) == (429, "rate_limited")
    assert await goods.value("SELECT count(*) FROM orders") == 1
    await codes.let_pass("1 day")
    expect(await try_to_place(guest, token), 201)


async def test_orders_of_one_network_share_their_messages_also_the_first_of_each(
    database: Database, tmp_path: Path, session: ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(phone_codes, "PER_NETWORK", replace(phone_codes.PER_NETWORK, times=2))
    shop = new_shop(database, tmp_path, rate_limits=True)
    store = await new_store(shop)
    ask_for_codes(shop, store)
    async with serving(shop) as address:
        shoppers = Shoppers(shop, Client(session, address, store), install_actors(shop))
        await Goods(shop, store).put("SHIRT", 4_000)
        for _ in range(2):
            await placed(shoppers.guest(), "SHIRT", method="cash_on_delivery")
        guest = shoppers.guest()
        refused = await try_to_place(guest, await quoted(guest, "SHIRT", method="cash_on_delivery"))
        assert (refused.status, refused.code) == (429, "rate_limited")
        await placed(guest, method="pix")


@pytest.mark.parametrize(("phone", "code"), [("+55 123", "phone_unusable"), (None, "phone_missing")])
async def test_an_order_without_a_usable_number_is_not_taken(
    asking: None, goods: Goods, guest: Shopper, phone: str | None, code: str
) -> None:
    await goods.put("SHIRT", 4_000)
    await guest.ready("SHIRT")
    await guest.choose("contact", {"email": "ana@example.com", "phone": phone})
    expect(await guest.client.put("/cart/payment-method", {"method": "cash_on_delivery"}))
    token = expect(await guest.client.post("/checkout/quote"), 201)["token"]
    refused = await try_to_place(guest, token)
    assert (refused.status, refused.code) == (422, "order_incomplete")
    (fault,) = refused.json["errors"]
    assert (fault["pointer"], fault["code"]) == ("/shipping_address/phone", code)
    assert await goods.value("SELECT count(*) FROM orders") == 0


async def test_nobody_else_confirms_an_order(order: dict[str, Any], shoppers: Shoppers, codes: Codes) -> None:
    stranger = shoppers.guest()
    assert (await confirm(stranger, order, await codes.last())).status == 404
    assert (await send(stranger, order)).status == 404


async def test_staff_confirm_an_order_without_its_code(
    order: dict[str, Any], shop: Shop, client: Client, guest: Shopper, codes: Codes
) -> None:
    staff = people_of(shop, client).who("staff")
    moved = expect(await staff.post(f"/staff/orders/{order['number']}/events/confirm", {}))
    assert moved["state"] == "processing"
    late = await confirm(guest, order, await codes.last())
    assert late.status == 200, "it changes nothing any more"
    assert late.json["state"] == "processing"


async def test_an_order_that_is_held_waits_though_it_is_confirmed(
    order: dict[str, Any], shop: Shop, client: Client, guest: Shopper, codes: Codes
) -> None:
    staff = people_of(shop, client).who("staff")
    expect(await staff.post(f"/staff/orders/{order['number']}/events/hold", {}))
    assert expect(await confirm(guest, order, await codes.last()))["state"] == "pending"
    expect(await staff.post(f"/staff/orders/{order['number']}/events/release_hold", {}))
    moved = expect(await staff.post(f"/staff/orders/{order['number']}/events/confirm", {}))
    assert moved["state"] == "processing"


async def test_an_order_that_is_never_confirmed_expires(
    order: dict[str, Any], shop: Shop, store: Store, guest: Shopper, goods: Goods, codes: Codes
) -> None:
    await goods.execute("UPDATE orders SET deadline_at = now() - interval '1 second'")
    await due_deadlines(shop, store)
    await codes.let_pass("31 seconds")
    over = await send(guest, order)
    assert (over.status, over.code) == (409, "order_code_not_needed")
    assert len(await codes.sent()) == 1
    assert await goods.value("SELECT reserved FROM stock_levels") == 0
    late = expect(await confirm(guest, order, await codes.last()))
    assert late["state"] == "cancelled"
