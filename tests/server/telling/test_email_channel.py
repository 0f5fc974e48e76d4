"""Does a message become the right mail, with what it tells of read from the shop?"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest

from notifications.rendering import TextFault
from server.decisions.books import BOOKS
from server.orders import history_repo
from server.orders.detail import OrderDetail
from server.settings import SettingsError
from server.telling.channels import Overtaken, Refused, TryAgain
from server.telling.email_channel import EmailChannel
from server.telling.rendering_orders import order_values
from server.telling.rendering_values import Asked, values_for
from server.telling.unsubscribing import unsubscribe_link
from server.web.call import Shop
from storage.counting import counted_statements
from storage.ids import new_id
from storage.tenancy import Store
from storage.transaction import Transaction
from tests.server.actors import install_actors
from tests.server.cart.goods import Goods, Shopper, Shoppers
from tests.server.orders.buying import placed
from tests.server.orders.placed import Wanted, place
from tests.server.telling.mail_servers import mail_server
from tests.server.telling.mails import channel_to, mailed, message, text_of
from tests.shop import Client, test_settings


async def read_order(shop: Shop, store: Store, number: int) -> OrderDetail:
    async def work(tx: Transaction) -> OrderDetail | None:
        return await history_repo.read(tx, number)

    found = await shop.database.transaction(store.id, work)
    assert found is not None
    return found


async def test_a_confirmation_tells_lines_totals_and_why(
    shop: Shop, store: Store, goods: Goods, guest: Shopper
) -> None:
    await goods.put("SHIRT", 19_990, options=("colour:blue",))
    await goods.put("SOCK", 990)
    order = await placed(guest, "SHIRT", "SOCK")
    asked = message("order-confirmation", {"order.id": order["id"], "order.number": 1001})
    mail = await mailed(shop, store, asked)
    text = text_of(mail)
    assert mail["Subject"] == "Your order 1001 at Test store"
    assert mail["Message-ID"] == f"<{asked.id}@127.0.0.1>"
    assert "1 × Product SHIRT: R$199.90\n    blue" in text
    assert "1 × Product SOCK: R$9.90\n    Variant SOCK\n    10% off from R$ 150: -R$0.99" in text
    assert "Subtotal: R$209.80\n10% off from R$ 150: -R$20.98\nDelivery (Standard): R$14.90\nTotal: R$203.72\n" in text
    assert order["total"] == "203.72"
    assert "/order#token=" in text
    token = re.search(r"#token=(\S+)", text)
    assert token is not None
    assert (await guest.client.get(f"/orders/by-link/{token[1]}")).status == 200, "a guest gets to the order by it"


@pytest.mark.parametrize(("method", "coupon"), [("pix", None), ("pix", "WELCOME10"), ("cash_on_delivery", None)])
async def test_the_rows_of_a_confirmation_sum_to_its_total(
    shop: Shop, store: Store, goods: Goods, guest: Shopper, method: str, coupon: str | None
) -> None:
    await goods.put("SHIRT", 19_993)
    await goods.put("SOCK", 991)
    order = await placed(guest, "SHIRT", "SOCK", method=method, coupon=coupon)
    found = await read_order(shop, store, int(order["number"]))
    told = order_values(found, shop.use(BOOKS).live(store), "en", home="BR")
    reductions = [*told["discounts"], *told["shipping_discounts"]]
    rows = told["goods"] + (told["shipping"] or 0) + told["tax_added"] + told["rounding"]
    assert rows + sum(each["amount"] for each in reductions) == told["total"] == found.head.total
    assert told["goods"] == sum(line["amount"] for line in told["lines"])


async def test_parcels_tell_what_is_in_them_and_where_they_are(shop: Shop, store: Store, goods: Goods) -> None:
    order = await place(shop, store, Wanted("SHIRT", 2), Wanted("SOCK", 1))
    parcel = new_id()
    await goods.execute(
        "INSERT INTO shipments (id, store_id, order_id, number, carrier, tracking_number, tracking_url, status)"
        " VALUES ($1, $2, $3, 1, 'Correios', 'AA1BR', 'javascript:alert(1)', 'shipped')",
        parcel, store.id, order.id,
    )  # fmt: skip
    await goods.execute(
        "INSERT INTO shipment_lines (store_id, shipment_id, order_line_id, quantity) VALUES ($1, $2, $3, 2)",
        store.id, parcel, order.lines["SHIRT"],
    )  # fmt: skip
    mail = await mailed(shop, store, message("parcel-shipped", {"order.id": str(order.id)}, locale="pt-BR"))
    text = text_of(mail)
    assert "Código de rastreio: AA1BR" in text
    assert "2 × Product SHIRT" in text
    assert "SOCK" not in text
    assert "javascript:" not in mail.as_string()


async def test_customers_with_an_account_see_the_order_there(shop: Shop, store: Store, client: Client) -> None:
    shopper = await Shoppers(shop, client, install_actors(shop)).user()
    order = await place(shop, store, owner=shopper.owner)
    mail = await mailed(shop, store, message("order-delivered", {"order.id": str(order.id)}))
    assert f"/orders/{order.number}\n" in text_of(mail)
    assert "token" not in text_of(mail)


async def test_a_reward_tells_its_code_and_until_when(shop: Shop, store: Store, goods: Goods, client: Client) -> None:
    ana = (await Shoppers(shop, client, install_actors(shop)).user()).owner.id
    code_id, reward_id = new_id(), new_id()
    await goods.execute(
        "INSERT INTO coupon_codes (id, store_id, campaign, code, skeleton, batch_id, owner_id, expires_at)"
        " VALUES ($1, $2, 'referral-30', 'friends-30-x', 'friends-30-x', $1, $3, '2026-07-01 02:59Z')",
        code_id, store.id, ana,
    )  # fmt: skip
    await goods.execute(
        "INSERT INTO rewards (id, store_id, user_id, key, reason, campaign, code_id, ruleset)"
        " VALUES ($1, $2, $3, 'five-friends', 'five-friends', 'referral-30', $4, '')",
        reward_id, store.id, ana, code_id,
    )  # fmt: skip
    text = text_of(await mailed(shop, store, message("reward", {"reward.id": str(reward_id)})))
    assert "Hello Ana," in text
    assert "a code for your next order: 30% off one order." in " ".join(text.split())
    assert "FRIENDS-30-X" in text
    assert "It works until June 30, 2026 at 23:59." in text


@pytest.mark.parametrize(
    ("counted", "said"),
    [
        (1, "That makes 1 friend so far. 4 more, and you get 30% off one order."),
        (5, "That makes 5 friends so far. 5 more, and you get 35% off one order."),
        (10, "That makes 10 friends so far."),
    ],
)
async def test_whoever_invites_learns_how_far_the_next_reward_is(
    shop: Shop, store: Store, client: Client, counted: int, said: str
) -> None:
    ana = (await Shoppers(shop, client, install_actors(shop)).user()).owner.id
    facts = {"customer.id": str(ana), "invite.counted": counted}
    text = text_of(await mailed(shop, store, message("referral-progress", facts, user_id=ana)))
    assert f"{said} Invite" in " ".join(text.split())


async def test_a_cart_tells_what_is_in_it_now(shop: Shop, store: Store, goods: Goods, guest: Shopper) -> None:
    await goods.put("SHIRT", 19_990)
    await guest.ready("SHIRT")
    cart = await goods.value("SELECT id FROM carts")
    text = text_of(await mailed(shop, store, message("abandoned-cart", {"cart.id": str(cart)})))
    assert "1 × Product SHIRT: R$199.90\n    Variant SHIRT" in text


async def test_a_cart_that_was_ordered_meanwhile_is_not_told_of(
    shop: Shop, store: Store, goods: Goods, guest: Shopper
) -> None:
    await goods.put("SHIRT", 19_990)
    await placed(guest, "SHIRT")
    cart = await goods.value("SELECT id FROM carts WHERE status = 'ordered'")
    async with mail_server() as server, channel_to(shop, server) as channel:
        outcome = await channel.send(shop, store, message("abandoned-cart", {"cart.id": str(cart)}))
    assert outcome == Overtaken("there is nothing in the cart any more")
    assert not server.taken


async def test_what_may_be_declined_has_a_link_that_ends_it(
    shop: Shop, store: Store, guest: Shopper, goods: Goods
) -> None:
    await goods.put("SHIRT", 19_990)
    await guest.ready("SHIRT")
    cart = str(await goods.value("SELECT id FROM carts"))
    asked = message("abandoned-cart", {"cart.id": cart}, category="reminders", rule="left-behind")
    mail = await mailed(shop, store, asked)
    link = unsubscribe_link(shop, store, asked)
    assert link is not None
    assert mail["List-Unsubscribe"] == f"<{link}>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert link in text_of(mail)
    needed = await mailed(shop, store, message("abandoned-cart", {"cart.id": cart}, rule="left-behind"))
    assert needed["List-Unsubscribe"] is None


async def test_events_of_one_rule_that_waited_go_as_one(shop: Shop, store: Store) -> None:
    items = [
        {"order.number": number, "order.total": 1_990, "order.currency": "BRL", "order.id": str(new_id())}
        for number in (1001, 1002, 1003)
    ]
    mail = await mailed(shop, store, message("order-to-pack", {"items": items}, category="staff"))
    assert mail["Subject"] == "3 messages from Test store"
    assert "* Order 1002 is to be packed: R$19.90" in text_of(mail)


@pytest.mark.parametrize(
    ("template", "values", "reason"),
    [
        ("nothing", {}, "there is no text 'nothing'"),
        ("order-paid", {}, "the text 'order-paid' needs order.id"),
        ("order-paid", {"order.id": "018f6f3c-0000-7000-8000-000000000001"}, "there is no order 018f6f3c"),
        ("order-paid", {"order.id": "x"}, "order.id is 'x', which identifies nothing"),
        ("low-stock", {}, "the event says nothing of stock"),
    ],
)
async def test_a_text_that_cannot_be_written_is_refused_and_says_why(
    shop: Shop, store: Store, template: str, values: dict[str, Any], reason: str
) -> None:
    async with mail_server() as server, channel_to(shop, server) as channel:
        outcome = await channel.send(shop, store, message(template, values))
    assert isinstance(outcome, Refused)
    assert outcome.reason.startswith(reason)
    assert not server.taken


async def test_nothing_of_another_store_is_told(shop: Shop, store: Store, client: Client) -> None:
    from tests.shop import new_store

    order = await place(shop, await new_store(shop))

    async def work(tx: Transaction) -> dict[str, Any]:
        return await values_for(tx, Asked(shop, store, "order-paid", "en", {"order.id": str(order.id)}))

    with pytest.raises(TextFault, match="there is no order"):
        await shop.database.transaction(store.id, work)


async def test_an_address_that_is_none_is_refused_as_such(shop: Shop, store: Store) -> None:
    asked = message("password_changed", {}, address="not an address")
    async with mail_server() as server, channel_to(shop, server) as channel:
        assert await channel.send(shop, store, asked) == Refused("'not an address' is no address", bounced=True)


async def test_without_a_mail_server_mails_wait(shop: Shop, store: Store) -> None:
    channel = EmailChannel(shop.settings)
    outcome = await channel.send(shop, store, message("password_changed", {}))
    assert outcome == TryAgain("no mail server is set up: SOSTECH_SMTP_URL", outage=True)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"smtp_url": "mail.example"}, "SOSTECH_SMTP_URL: it has to begin with smtp://"),
        ({"mail_from": "shop"}, "SOSTECH_MAIL_FROM: 'shop' is no address"),
        ({"mail_reply_to": "@x"}, "SOSTECH_MAIL_REPLY_TO: '@x' is no address"),
    ],
)
def test_settings_that_cannot_work_are_refused(settings: dict[str, str], said: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=re.escape(said)):
        EmailChannel(test_settings(tmp_path, **settings))


async def happened(goods: Goods, store: Store, lines: list[dict[str, Any]]) -> UUID:
    """The event that stock ran low, as it is kept."""
    event_id = new_id()
    await goods.execute(
        "INSERT INTO events (id, store_id, position, kind, name, version, payload, occurred_at)"
        " VALUES ($1, $2, 1, 'StockRanLow', 'StockRanLow', 1, $3::jsonb, now())",
        event_id, store.id, msgspec.json.encode({"lines": lines}).decode(),
    )  # fmt: skip
    return event_id


async def test_stock_that_ran_low_is_told_with_what_is_left(shop: Shop, store: Store, goods: Goods) -> None:
    lines = [{"sku": "SHIRT", "available": 2}, {"sku": "SOCK", "available": 0}]
    event_id = await happened(goods, store, lines)
    mail = await mailed(shop, store, message("low-stock", {}, event_id=event_id, category="staff"))
    assert mail["Subject"] == "Stock is running low: 2 variants"
    assert "* SHIRT: 2 left\n* SOCK: sold out\n" in text_of(mail)
    assert "because you work for Test store" in text_of(mail)
    items = [{"event.id": str(event_id)}, {"event.id": str(event_id)}]
    digest = await mailed(shop, store, message("low-stock", {"items": items}, category="staff"))
    assert text_of(digest).count("* Stock is running low: 2 variants: SHIRT: 2, SOCK: 0") == 2


async def test_a_stores_own_words_are_mailed_as_they_are(shop: Shop, store: Store) -> None:
    own = {"subject": "Hi <Ana>", "heading": "Spring", "body": "One.\n\nTwo & three."}
    own |= {"button": "Look", "link": "https://x.example/y"}
    mail = await mailed(shop, store, message("own", own, locale="pt-PT"))
    assert mail["Subject"] == "Hi <Ana>"
    assert "One.\n\nTwo & three.\n\nLook:\nhttps://x.example/y\n" in text_of(mail)
    assert mail["Content-Language"] == "pt-BR"


async def test_a_mail_of_many_lines_costs_as_many_statements_as_one_of_few(shop: Shop, store: Store) -> None:
    counts = []
    for wanted in ([Wanted("A")], [Wanted(sku) for sku in "BCDEFGH"]):
        order = await place(shop, store, *wanted)
        async with mail_server() as server, channel_to(shop, server) as channel:
            with counted_statements() as statements:
                await channel.send(shop, store, message("order-confirmation", {"order.id": str(order.id)}))
        counts.append(statements.count)
    assert counts == [3, 3]
