"""What if the body is not what it should be? Each one that is sent is a refusal that says where; nothing changes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from io import BytesIO
from typing import Any, Final

import pytest
from yarl import URL

from server.web.binding import parse_body
from server.web.call import Shop
from server.web.endpoint import Endpoint
from storage.ids import new_id
from storage.tenancy import Store
from tests.contract.endpoints import ENDPOINTS, Encoded, address_of, name_of, variables_of
from tests.contract.examples import Spoiled, example, spoiled
from tests.contract.people import platform_token, sign_up
from tests.contract.state import Tables, Watched
from tests.shop import Answer, Client

TAKING_BODIES: Final = [endpoint for endpoint in ENDPOINTS if endpoint.body_type is not None]

# What no name, number or search of ours holds, as it stands in an address.
ODD: Final = {
    "NUL": "a%00b",
    "not UTF-8": "a%ff%feb",
    "a lone surrogate": "%ed%a0%80",
    "up the tree": "..%2f..%2fetc%2fpasswd",
    "a quote": "%27%22%3B--",
    "a format": "%25s%25n%7B0%7D",
    "long": "x" * 7_000,
    "a huge number": "9" * 400,
    "another script": "%F0%9F%92%A9%E2%80%AE",
}


@pytest.fixture
def shop(watched: Watched) -> Shop:
    """One whose changes are seen."""
    return watched.shop


@pytest.fixture
def address(watched: Watched) -> str:
    """Where it is served."""
    return watched.address


@pytest.mark.parametrize("endpoint", TAKING_BODIES, ids=name_of)
async def test_a_spoiled_body_is_refused_where_it_is_spoiled(
    endpoint: Endpoint, client: Client, shop: Shop, store: Store, tables: Tables
) -> None:
    assert endpoint.body_type is not None
    # Unspoiled it is taken, so that what follows is about the spoiling.
    parse_body(_fine_body(endpoint), "application/json", endpoint.body_type)
    client = await _who_may(endpoint, client, shop, store, tables)
    before = await tables.marks()
    wrong = []
    for body in spoiled(endpoint.body_type):
        answer = await _send(endpoint, client, body)
        if fault := _not_a_good_refusal(answer, body.pointer):
            wrong.append(f"{body.how}: {fault}")
    assert not wrong, "\n".join(wrong)
    assert await tables.marks() == before


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=name_of)
async def test_an_odd_address_changes_nothing(
    endpoint: Endpoint, client: Client, shop: Shop, store: Store, tables: Tables
) -> None:
    addresses = list(_odd_addresses(endpoint))
    if not addresses:
        return
    client = await _who_may(endpoint, client, shop, store, tables)
    before = await tables.marks()
    wrong = []
    for how, address in addresses:
        answer = await _send(endpoint, client, Spoiled(how, _fine_body(endpoint)), address)
        # What somebody looks for may well be odd; what they change exists.
        if not (endpoint.method == "GET" and answer.status < HTTPStatus.BAD_REQUEST):
            wrong += [f"{how}: {fault}" for fault in [_not_a_good_refusal(answer, None)] if fault]
    assert not wrong, "\n".join(wrong)
    assert await tables.marks() == before


def _odd_addresses(endpoint: Endpoint) -> Iterator[tuple[str, str]]:
    """(what is odd, address): in each variable part, and in each query parameter."""
    fine = _fine_path(endpoint)
    for name in variables_of(endpoint):
        for how, odd in ODD.items():
            yield f"{name} is {how}", address_of(endpoint, fine | {name: Encoded(odd)})
    if endpoint.query_type is None:
        return
    address = address_of(endpoint, fine)
    yield "an unknown parameter", f"{address}?no_such_parameter=1"
    for name in endpoint.query_type.__struct_encode_fields__:
        yield f"NUL in {name}", f"{address}?{name}=a%00b"
        if endpoint.method == "GET":
            yield from ((f"{name} is {how}", f"{address}?{name}={odd}") for how, odd in ODD.items())


async def _who_may(endpoint: Endpoint, client: Client, shop: Shop, store: Store, tables: Tables) -> Client:
    """Somebody whom the endpoint lets in."""
    if endpoint.needs.startswith("platform."):
        return client.signed_in(await platform_token(shop, tables.connection))
    return client.signed_in((await sign_up(shop, store, ["admin"])).token)


async def _send(endpoint: Endpoint, client: Client, body: Spoiled, address: str | None = None) -> Answer:
    headers = {"Idempotency-Key": new_id().hex, "Content-Type": body.content_type or ""}
    if body.content_type is None:
        del headers["Content-Type"]
    to = URL(client.base + (address or address_of(endpoint, _fine_path(endpoint)))[1:], encoded=True)
    sent = headers | {"X-Tenant-ID": client.store.slug, "Authorization": f"Bearer {client.token}"}
    data = None if endpoint.method == "GET" else BytesIO(body.body)
    async with client.session.request(
        endpoint.method, to, data=data, headers=sent, skip_auto_headers=["Content-Type"]
    ) as response:
        return Answer(response.status, response.headers.copy(), await response.read())


def _fine_path(endpoint: Endpoint) -> Mapping[str, Any]:
    return {} if endpoint.path_type is None else example(endpoint.path_type)


def _fine_body(endpoint: Endpoint) -> bytes:
    return b"" if endpoint.body_type is None else json.dumps(example(endpoint.body_type)).encode()


def _not_a_good_refusal(answer: Answer, pointer: str | None) -> str | None:
    """What is wrong with this answer to a spoiled request; None when all is well."""
    if not HTTPStatus.BAD_REQUEST <= answer.status < HTTPStatus.INTERNAL_SERVER_ERROR:
        return f"{answer.status} {answer.raw[:300]!r}"
    if answer.status == HTTPStatus.UNPROCESSABLE_ENTITY and pointer is not None:
        pointers = [fault["pointer"] for fault in answer.json.get("errors", [])]
        # A list that is too long may be found at its first wrong item, and a choice between shapes at the whole.
        if not any(found.startswith(pointer) or (found and pointer.startswith(found)) for found in pointers):
            return f"points at {pointers}, not at {pointer!r}"
    return None if answer.code else "has no code"
