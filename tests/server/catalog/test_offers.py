"""The offers of a store: those that run and those to come, each with what it is for, and nothing that is over."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import pytest

from server.web.call import Shop
from storage.ids import new_id
from tests.server.catalog.conftest import Catalogue
from tests.shop import Client, expect, new_store

# name → (days until it begins, days until it ends, price in cents)
OFFERS: Final[Mapping[str, tuple[float, float, int]]] = {
    "over": (-3, -0.01, 500),
    "long": (-2, 30, 500),
    "short": (-1, 0.5, 500),
    "soon": (2, 3, 500),
    "next-month": (30, 31, 500),
    "no-cheaper": (-1, 1, 1000),
}


async def put_offer(catalogue: Catalogue, sku: str, name: str, begin: float, end: float, price: int) -> None:
    await catalogue.sql(
        "INSERT INTO offers (id, store_id, variant_id, name, price, starts_at, ends_at)"
        " SELECT $1, store_id, id, $3, $4, now() + $5 * interval '1 day', now() + $6 * interval '1 day'"
        "   FROM variants WHERE sku = $2",
        new_id(), sku, name, price, begin, end,
    )  # fmt: skip


@pytest.fixture
async def offers(catalogue: Catalogue) -> Client:
    """Anybody, in a store with one product for each of OFFERS."""
    for name, (begin, end, price) in OFFERS.items():
        sku = name.upper()
        await catalogue.product(name, None, variants=[{"sku": sku, "list_price": "10.00"}])
        await put_offer(catalogue, sku, name, begin, end, price)
    return catalogue.client.signed_in(None)


async def names(client: Client, query: str = "") -> list[str]:
    return [item["name"] for item in expect(await client.get(f"/offers{query}"))["items"]]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["long", "short", "soon"]),
        ("?state=running", ["long", "short"]),
        ("?state=upcoming", ["soon"]),
        ("?within_days=60", ["long", "short", "soon", "next-month"]),
        ("?within_days=0", ["long", "short"]),
    ],
)
async def test_offers_are_listed_by_when_they_begin(offers: Client, query: str, found: list[str]) -> None:
    assert await names(offers, query) == found


async def test_an_offer_says_what_it_is_for(catalogue: Catalogue) -> None:
    await catalogue.attribute("colour", "red")
    await catalogue.client.post("/sellers", {"name": "Ana"})
    made = await catalogue.product(
        "Warm socks", None, seller="ana", options=["colour"],
        variants=[{"sku": "S-R", "list_price": "19.90", "sale_price": "15.00", "options": {"colour": "red"}}],
    )  # fmt: skip
    await put_offer(catalogue, "S-R", "Winter", -1, 1, 1250)
    await catalogue.stock("S-R", 5, reserved=4)
    (offer,) = expect(await catalogue.client.signed_in(None).get("/offers?seller=ana"))["items"]
    assert {key: offer[key] for key in offer if key not in ("id", "starts_at", "ends_at")} == {
        "name": "Winter",
        "state": "running",
        "price": "12.50",
        "list_price": "19.90",
        "currency": "BRL",
        "product": {"code": "warm-socks", "name": "Warm socks"},
        "variant_id": made["variants"][0]["id"],
        "sku": "S-R",
        "options": {"colour": "red"},
        "in_stock": True,
        "seller": "ana",
        "image_url": None,
    }
    shown = expect(await catalogue.client.get("/products/warm-socks"))
    assert shown["price"] == offer["price"]
    await catalogue.stock("S-R", 5, reserved=5)
    assert not expect(await catalogue.client.get("/offers"))["items"][0]["in_stock"]
    assert await names(catalogue.client, "?seller=nobody") == []


async def test_what_is_not_for_sale_is_not_offered(catalogue: Catalogue, offers: Client, shop: Shop) -> None:
    expect(await catalogue.client.patch("/products/long", {"status": "archived"}, headers={"If-Match": "*"}))
    await catalogue.sql("UPDATE variants SET status = 'inactive' WHERE sku = 'SHORT'")
    assert await names(offers) == ["soon"]
    elsewhere = Client(offers.session, offers.base, await new_store(shop))
    assert await names(elsewhere) == []


@pytest.mark.parametrize("limit", [1, 2, 3])
async def test_pages_together_are_the_list_and_lead_back(offers: Client, limit: int) -> None:
    seen: list[str] = []
    page: Any = expect(await offers.get(f"/offers?within_days=60&limit={limit}"))
    seen += [item["name"] for item in page["items"]]
    while page["next"] is not None:
        before = page
        page = expect(await offers.get(f"/offers?within_days=60&limit={limit}&cursor={page['next']}"))
        seen += [item["name"] for item in page["items"]]
        back = expect(await offers.get(f"/offers?within_days=60&limit={limit}&cursor={page['prev']}"))
        assert back["items"] == before["items"]
    assert seen == ["long", "short", "soon", "next-month"]


async def test_any_number_of_offers_takes_three_statements_and_caches_may_keep_them(offers: Client) -> None:
    for limit in (1, 3):
        answer = await offers.get(f"/offers?limit={limit}")
        assert answer.statements == 3
    again = await offers.get("/offers?limit=3", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status == 304


@pytest.mark.parametrize("query", ["?state=over", "?within_days=-1", "?within_days=366", "?seller=A b", "?soon=1"])
async def test_a_senseless_question_is_refused(client: Client, query: str) -> None:
    answer = await client.get(f"/offers{query}")
    assert (answer.status, answer.code) == (400, "parameters_malformed")
