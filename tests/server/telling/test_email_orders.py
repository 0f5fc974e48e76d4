"""Does a mail of an order tell of what its event was about, and to each reader what is theirs alone?"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email.message import EmailMessage
from typing import Any

import pytest

from server.telling.channels import CHANNELS, Refused
from server.web.call import Shop
from storage.ids import new_id
from storage.tenancy import Store
from tests.server.cart.goods import Goods
from tests.server.orders.people import People, people_of, send
from tests.server.orders.placed import Placed, Wanted, bring, pack, place
from tests.server.telling.mail_servers import MailServerOfTheTest, mail_server
from tests.server.telling.mails import channel_to, mailed, message, text_of
from tests.server.telling.people import NOON, Telling, order_event
from tests.shop import Client, expect


@pytest.fixture
def people(shop: Shop, client: Client) -> People:
    return people_of(shop, client)


@pytest.fixture
def goods(shop: Shop, store: Store) -> Goods:
    return Goods(shop, store)


async def of_step(goods: Goods, order: Placed, event: str, nth: int = 0) -> dict[str, Any]:
    """The facts of what the step announced; of several, the nth."""
    seq = await goods.value(
        "SELECT seq FROM order_transitions WHERE order_id = $1 AND event = $2 ORDER BY seq OFFSET $3 LIMIT 1",
        order.id, event, nth,
    )  # fmt: skip
    assert seq is not None
    return {"order.id": str(order.id), "order.number": order.number, "order.seq": seq}


# parcels, returns, refunds -------------------------------------------------------------------------------------------


async def test_each_parcel_is_told_of_by_its_own_mail_however_late_that_is(
    shop: Shop, store: Store, people: People, goods: Goods
) -> None:
    order = await pack(shop, store, await place(shop, store, Wanted("SHIRT", 2), Wanted("CAP"), Wanted("SOCK")))
    warehouse = people.who("warehouse")
    await send(warehouse, order.number, (order.lines["SHIRT"], 1), tracking_number="FIRST")
    await send(warehouse, order.number, (order.lines["CAP"], 1), tracking_number="SECOND")
    told = [
        text_of(await mailed(shop, store, message("parcel-shipped", await of_step(goods, order, "ship", nth))))
        for nth in (0, 1)
    ]
    assert ["FIRST" in text for text in told] == [True, False]
    assert ["SECOND" in text for text in told] == [False, True]
    assert ["Product CAP" in text for text in told] == [False, True]
    await send(warehouse, order.number, tracking_number="THIRD")
    whole = text_of(await mailed(shop, store, message("order-shipped", await of_step(goods, order, "ship", 2))))
    assert all(number in whole for number in ("FIRST", "SECOND", "THIRD"))


async def test_what_will_not_come_is_told_with_what_it_is(
    shop: Shop, store: Store, people: People, goods: Goods
) -> None:
    order = await pack(shop, store, await place(shop, store, Wanted("SHIRT", 3), Wanted("CAP")))
    await send(people.who("warehouse"), order.number, (order.lines["SHIRT"], 1), (order.lines["CAP"], 1))
    expect(await people.who("staff").post(f"/orders/{order.number}/drop-rest", {}))
    mail = await mailed(shop, store, message("rest-dropped", await of_step(goods, order, "drop_rest")))
    text = " ".join(text_of(mail).split())
    assert mail["Subject"] == f"We cannot send the rest of order {order.number}"
    assert "2 × Product SHIRT" in text
    assert "CAP" not in text
    assert "You get back what you paid for them" in text


async def test_a_return_that_has_come_is_told_with_what_came(
    shop: Shop, store: Store, people: People, goods: Goods
) -> None:
    order = await pack(shop, store, await place(shop, store, Wanted("SHIRT", 2), Wanted("CAP")))
    await send(people.who("warehouse"), order.number)
    await bring(shop, store, order, "deliver")
    lines = [{"line_id": str(order.lines["SHIRT"]), "quantity": 2}]
    returns = f"/orders/{order.number}/returns"
    expect(await people.owner(order.owner).post(returns, {"lines": lines, "reason": "defective"}), 201)
    expect(await people.who("support").post(f"{returns}/1/approve", {}))
    label = text_of(await mailed(shop, store, message("return-label", await of_step(goods, order, "approve_return"))))
    expect(
        await people.who("warehouse").post(
            f"{returns}/1/receive", {"lines": [{"line_id": lines[0]["line_id"], "received": 1}]}
        )
    )
    come = text_of(await mailed(shop, store, message("return-received", await of_step(goods, order, "receive_return"))))
    assert "2 × Product SHIRT" in label
    assert "1 × Product SHIRT" in come
    assert "CAP" not in label + come
    assert "will write to you about the refund" in " ".join(come.split())


async def test_each_refund_is_told_with_its_own_amount(shop: Shop, store: Store) -> None:
    order = await place(shop, store)
    said = []
    for amount in (500, 700, 0):
        asked = message("refund", {"order.id": str(order.id), "refund.amount": amount})
        mail = await mailed(shop, store, asked)
        said.append(" ".join(text_of(mail).split()))
    assert f"R$5.00 for order {order.number} goes back" in said[0]
    assert f"R$7.00 for order {order.number} goes back" in said[1]
    assert f"Money for order {order.number} goes back" in said[2], "an event that says nothing, and no refund"


# what is told is of then ---------------------------------------------------------------------------------------------


async def test_an_order_that_goes_on_at_night_is_not_told_of_as_it_is_in_the_morning(
    shop: Shop, store: Store, goods: Goods
) -> None:
    order = await pack(shop, store, await place(shop, store))
    paid_at = await goods.value(
        "SELECT created_at FROM order_transitions WHERE order_id = $1 AND event = 'payment_succeeded'", order.id
    )
    facts = {"order.id": str(order.id)}
    stuck = message("order-stuck", facts, category="staff", created_at=paid_at)
    assert "State: Paid\n" in text_of(await mailed(shop, store, stuck))
    now = message("order-stuck", facts, category="staff", created_at=NOON)
    assert "State: In preparation\n" in text_of(await mailed(shop, store, now))


# whose is what -------------------------------------------------------------------------------------------------------


@asynccontextmanager
async def mailing(telling: Telling, **settings: Any) -> AsyncIterator[MailServerOfTheTest]:
    """What the store sends goes to this mail server."""
    async with mail_server() as server, channel_to(telling.shop, server, **settings) as channel:
        known = dict(telling.shop.use(CHANNELS))
        telling.shop.provide(CHANNELS, {**known, "email": channel})
        yield server


async def seller(telling: Telling, slug: str) -> None:
    user_id = await telling.person(email=f"{slug}@example.com", roles=("seller",))
    await telling.execute(
        "INSERT INTO sellers (id, store_id, slug, name, user_id, status) VALUES ($1, $2, $3, $3, $4, 'active')",
        new_id(), telling.store.id, slug, user_id,
    )  # fmt: skip


async def test_sellers_are_told_of_their_own_lines_and_of_nothing_else(telling: Telling) -> None:
    for slug in ("hats", "socks"):
        await seller(telling, slug)
    order = await place(
        telling.shop, telling.store, Wanted("SOCK", 2, 1000, seller="socks"), Wanted("HAT", 1, 3000, seller="hats"),
        Wanted("CAP"), shipping=500,
    )  # fmt: skip
    await telling.happened(order_event("OrderPaid", order_id=str(order.id), order_number=order.number))
    await telling.execute("UPDATE messages SET next_try_at = now(), locale = 'en' WHERE rule = 'order-of-seller'")
    async with mailing(telling) as server:
        await telling.send()
        mails = dict(server.taken)
    for slug, own, others in (("hats", "HAT", ("SOCK", "CAP")), ("socks", "SOCK", ("HAT", "CAP"))):
        mail = mails[f"{slug}@example.com"]
        text = text_of(mail)
        assert mail["Subject"] == f"You have sold something: order {order.number}"
        assert f"Product {own}" in text
        assert "Rua Augusta 1\n01310-100 São Paulo SP\n" in text
        assert "because you sell at Test store" in text
        whole = mail.as_string() + text
        for foreign in (*(f"Product {sku}" for sku in others), "R$", "Payment", "ana@example.com", "#token"):
            assert foreign not in whole, foreign
    in_the_shop = [each for each in await telling.messages() if each["rule"] == "order-of-seller" and each["title"]]
    assert {each["body"] for each in in_the_shop} == {"1 line"}
    assert {each["link"] for each in in_the_shop} == {f"http://127.0.0.1:8080/orders/{order.number}"}


async def test_a_seller_who_is_none_any_more_is_told_nothing(telling: Telling) -> None:
    order = await place(telling.shop, telling.store, Wanted("HAT", seller="hats"))
    stranger = await telling.person()
    asked = message("order-of-seller", {"order.id": str(order.id)}, category="staff", user_id=stranger)
    async with mail_server() as server, channel_to(telling.shop, server) as channel:
        outcome = await channel.send(telling.shop, telling.store, asked)
    assert outcome == Refused(f"order {order.number} has no lines of this seller")
    assert server.taken == []


async def test_the_sum_of_an_order_is_in_no_digest_of_a_seller(telling: Telling) -> None:
    items = [
        {"order.number": n, "order.total": 1_990, "order.currency": "BRL", "order.id": str(new_id())} for n in (1, 2)
    ]
    asked = message("order-of-seller", {"items": items}, category="staff")
    text = text_of(await mailed(telling.shop, telling.store, asked))
    assert "* You have sold something: order 2\n" in text
    assert "R$" not in text


async def test_staff_get_a_link_to_the_order_and_never_the_one_that_opens_it_to_a_guest(
    shop: Shop, store: Store
) -> None:
    order = await place(shop, store)
    for template in ("review-needed", "order-stuck", "order-to-pack"):
        text = text_of(await mailed(shop, store, message(template, {"order.id": str(order.id)}, category="staff")))
        assert f"To the order:\nhttp://127.0.0.1:8080/orders/{order.number}\n" in text
        assert "token" not in text
    assert "Rua Augusta 1\n01310-100 São Paulo SP\n" in text, "the warehouse knows where it goes"


@pytest.mark.parametrize(("locale", "country"), [("en", "Germany"), ("pt-BR", "Alemanha")])
async def test_the_country_is_told_where_it_is_another(
    shop: Shop, store: Store, goods: Goods, locale: str, country: str
) -> None:
    order = await place(shop, store)
    asked = message("order-confirmation", {"order.id": str(order.id)}, locale=locale)
    at_home = text_of(await mailed(shop, store, asked))
    await goods.execute('UPDATE orders SET shipping_address = shipping_address || \'{"country": "DE"}\'')
    abroad = text_of(await mailed(shop, store, asked))
    assert "01310-100 São Paulo SP\n\n" in at_home
    assert f"01310-100 São Paulo SP\n{country}\n\n" in abroad


# as whom -------------------------------------------------------------------------------------------------------------


def footer(mail: EmailMessage) -> str:
    return text_of(mail).rpartition("-- \n")[2].split("\n")[0]


async def test_a_digest_speaks_to_its_reader_as_what_they_are(shop: Shop, store: Store) -> None:
    items = [{"order.number": n, "order.id": str(new_id())} for n in (1, 2)]
    of_customer = message("order-shipped", {"items": items}, category="reminders", rule="gone-meanwhile")
    assert footer(await mailed(shop, store, of_customer)) == (
        "You get this message because you are a customer of Test store."
    )
    of_staff = message("order-to-pack", {"items": items}, category="staff")
    assert footer(await mailed(shop, store, of_staff)) == "You get this message because you work for Test store."


async def test_whom_a_live_rule_tells_is_told_as_that(shop: Shop, store: Store) -> None:
    own = {"subject": "Hi", "heading": "Hi", "body": "Hello."}
    to_seller = message("own", own, category="staff", rule="order-of-seller")
    assert footer(await mailed(shop, store, to_seller)) == "You get this message because you sell at Test store."
    owed = message("password_changed", {"name": "Ana"}, category="account")
    assert footer(await mailed(shop, store, owed)) == (
        "You get this message because this address was given at Test store."
    )
