"""Whose is it? What belongs to somebody else, or to another store, is not there: 404, and nothing changes."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

import pytest
import pytest_asyncio

from server.chat.access import ANY as TALKING
from server.orders.access import FULFIL_OWN, READ_SALES, SENDERS
from server.web.call import Shop
from server.web.endpoint import GUEST, Endpoint
from tests.contract.belongings import (
    BODIES,
    MAKING,
    OF_CUSTOMERS,
    OF_NO_STORE,
    PERSONAL,
    Belongings,
    ask,
    make_belongings,
    open_stall,
)
from tests.contract.endpoints import ENDPOINTS, name_of, variables_of
from tests.contract.people import guest_token, sign_up
from tests.contract.state import Tables, Watched
from tests.shop import Client, new_store

NAMING: Final = [
    endpoint
    for endpoint in ENDPOINTS
    if set(variables_of(endpoint)) - OF_NO_STORE and endpoint.operation_id not in MAKING
]
OF_SELLERS: Final = ("catalog.write or catalog.write_own", SENDERS, READ_SALES, FULFIL_OWN)


@pytest.fixture
def shop(watched: Watched) -> Shop:
    """One whose changes are seen."""
    return watched.shop


@pytest.fixture
def address(watched: Watched) -> str:
    """Where it is served."""
    return watched.address


@pytest_asyncio.fixture(loop_scope="session")
async def belongings(shop: Shop, client: Client) -> Belongings:
    """One of everything in the test's store."""
    return await make_belongings(shop, client)


@pytest.mark.parametrize("endpoint", NAMING, ids=name_of)
async def test_what_is_somebody_elses_is_not_there(
    endpoint: Endpoint, client: Client, shop: Shop, belongings: Belongings, tables: Tables
) -> None:
    strangers = await _strangers(endpoint, client, shop)
    before = await tables.marks()
    answers = {who: await ask(endpoint, stranger, belongings) for who, stranger in strangers.items()}
    assert {who: answer.status for who, answer in answers.items()} == dict.fromkeys(strangers, HTTPStatus.NOT_FOUND)
    assert await tables.marks() == before
    # For its owner it is there, so that the others were refused for who they are.
    own = await ask(endpoint, client.signed_in(belongings.owner.token), belongings)
    assert own.status not in (HTTPStatus.NOT_FOUND, HTTPStatus.BAD_REQUEST, HTTPStatus.UNSUPPORTED_MEDIA_TYPE), own


def test_everything_an_address_can_name_is_tried(belongings: Belongings) -> None:
    named = {name for endpoint in NAMING for name in variables_of(endpoint)}
    assert PERSONAL | OF_CUSTOMERS <= named <= belongings.ids.keys()
    assert BODIES.keys() <= {endpoint.operation_id for endpoint in NAMING}


async def test_a_quote_is_of_the_one_who_asked_for_it(client: Client, shop: Shop, belongings: Belongings) -> None:
    quote = {"token": belongings.ids["quote"]}
    other = client.signed_in((await sign_up(shop, client.store, ["admin"])).token)
    elsewhere = await new_store(shop)
    stranger = Client(client.session, client.base, elsewhere, (await sign_up(shop, elsewhere, ["admin"])).token)
    for who in (other, client.signed_in(guest_token(shop, client.store)), stranger):
        answer = await who.post("/checkout/quote/verify", quote)
        assert (answer.status, answer.code) == (HTTPStatus.UNPROCESSABLE_ENTITY, "quote_forged")
    assert (
        await client.signed_in(belongings.owner.token).post("/checkout/quote/verify", quote)
    ).status == HTTPStatus.OK


async def test_goods_of_another_store_cannot_be_put_into_a_cart(
    client: Client, shop: Shop, belongings: Belongings
) -> None:
    elsewhere = await new_store(shop)
    stranger = Client(client.session, client.base, elsewhere, guest_token(shop, elsewhere))
    for named in ("variant_id", "sku"):
        refused = await stranger.post("/cart/items", {named: belongings.ids[named], "quantity": 1})
        assert refused.code == "not_for_sale", named


async def _strangers(endpoint: Endpoint, client: Client, shop: Shop) -> Mapping[str, Client]:
    """Who must not find what the owner has, though they get past the guard."""
    elsewhere = await new_store(shop)
    admin = await open_stall(shop, elsewhere, "admin")
    found = {"an admin of another store": Client(client.session, client.base, elsewhere, admin.token)}
    if PERSONAL & set(variables_of(endpoint)):
        found["an admin"] = client.signed_in((await sign_up(shop, client.store, ["admin"])).token)
        if endpoint.needs == GUEST:
            found["a guest"] = client.signed_in(guest_token(shop, client.store))
    if endpoint.needs == GUEST and OF_CUSTOMERS & set(variables_of(endpoint)):
        found["another customer"] = client.signed_in((await sign_up(shop, client.store, ["customer"])).token)
        found["a guest"] = client.signed_in(guest_token(shop, client.store))
        found["a seller of other things"] = client.signed_in((await open_stall(shop, client.store)).token)
    if endpoint.needs == TALKING and "conversation_id" in variables_of(endpoint):
        found["another customer"] = client.signed_in((await sign_up(shop, client.store, ["customer"])).token)
        found["a seller of other things"] = client.signed_in((await open_stall(shop, client.store)).token)
    if endpoint.needs in OF_SELLERS:
        found["a seller of other things"] = client.signed_in((await open_stall(shop, client.store)).token)
    return found
