"""What do people of the shop see of mails before they are sent?"""

from __future__ import annotations

import pytest

from notifications.templates import TEMPLATES
from server.web.call import Shop
from storage.tenancy import Store
from tests.server.actors import install_actors
from tests.server.orders.placed import Wanted, place_order
from tests.shop import Client, expect, new_store


@pytest.fixture
def admin(shop: Shop, store: Store, client: Client) -> Client:
    """Who may do everything."""
    return client.signed_in(install_actors(shop).token(store, "user", ("admin",)))


async def test_every_text_is_listed_and_can_be_looked_at(admin: Client) -> None:
    listed = expect(await admin.get("/notifications/templates"))
    assert [each["name"] for each in listed["items"]] == list(TEMPLATES)
    for name in TEMPLATES:
        seen = expect(await admin.post("/notifications/preview", {"template": name, "locale": "en"}))
        assert seen["subject"]
        assert seen["html"].startswith("<!doctype html>")


async def test_the_language_is_that_of_the_store_unless_one_is_named(admin: Client) -> None:
    seen = expect(await admin.post("/notifications/preview", {"template": "activation"}))
    assert (seen["locale"], seen["subject"]) == ("pt-BR", "Confirme seu endereço para Test store")


async def test_an_order_is_told_of_as_it_is(shop: Shop, store: Store, admin: Client) -> None:
    number = await place_order(shop, store)
    asked = {"template": "order-confirmation", "locale": "en", "order": number}
    seen = expect(await admin.post("/notifications/preview", asked))
    assert f"Your order {number} at Test store" == seen["subject"]
    assert "Ana Souza" in seen["text"]


async def test_a_preview_speaks_as_the_mail_will_and_may_be_declined_where_that_may(admin: Client) -> None:
    async def seen(template: str) -> str:
        return str(expect(await admin.post("/notifications/preview", {"template": template, "locale": "en"}))["text"])

    reminder, of_order = await seen("abandoned-cart"), await seen("order-paid")
    assert "Unsubscribe from messages like this:\nhttp://127.0.0.1:8080/notifications/unsubscribe?token=" in reminder
    assert "Unsubscribe" not in of_order
    assert "because you sell at Test store" in await seen("order-of-seller")
    assert "because you work for Test store" in await seen("order-to-pack")
    assert "because this address was given at Test store" in await seen("activation")


async def test_a_text_for_sellers_shows_the_lines_of_one(shop: Shop, store: Store, admin: Client) -> None:
    goods = Wanted("HAT", seller="hats"), Wanted("SOCK", seller="socks"), Wanted("CAP")
    number = await place_order(shop, store, *goods)
    asked = {"template": "order-of-seller", "locale": "en", "order": number}
    text = expect(await admin.post("/notifications/preview", asked))["text"]
    assert [f"Product {sku}" in text for sku in ("HAT", "SOCK", "CAP")] == [True, False, False]
    without = await admin.post("/notifications/preview", {**asked, "order": await place_order(shop, store)})
    assert (without.status, without.code) == (422, "template_not_of_orders")


async def test_nothing_can_be_previewed_that_is_not_there(shop: Shop, store: Store, admin: Client) -> None:
    elsewhere = await place_order(shop, await new_store(shop))
    preview = "/notifications/preview"
    unknown = await admin.post(preview, {"template": "nothing"})
    assert (unknown.status, unknown.code) == (422, "template_unknown")
    other = await admin.post(preview, {"template": "activation", "order": 1001})
    assert (other.status, other.code) == (422, "template_not_of_orders")
    missing = await admin.post(preview, {"template": "order-paid", "order": elsewhere})
    assert (missing.status, missing.code) == (404, "order_unknown")


async def test_who_may_not_read_orders_sees_samples_only(shop: Shop, store: Store, client: Client) -> None:
    number = await place_order(shop, store)
    analyst = client.signed_in(install_actors(shop).token(store, "user", permissions=["rules.read"]))
    preview = "/notifications/preview"
    assert (await analyst.post(preview, {"template": "order-paid"})).status == 200
    refused = await analyst.post(preview, {"template": "order-paid", "order": number})
    assert (refused.status, refused.code) == (403, "not_allowed")
