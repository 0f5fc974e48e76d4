"""What surrounds every request: ids, problems, time, stores."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from uuid import UUID, uuid4

import pytest

from server.web import connections
from server.web.call import Shop
from server.web.middlewares import STORES
from storage.tenancy import Store
from tests.server.web.conftest import Serving
from tests.server.web.probe import STARTED
from tests.shop import Answer, Client, expect, new_store


async def test_an_unknown_address_is_a_problem_with_the_request_id(client: Client) -> None:
    answer = await client.get("/nothing-here", headers={"X-Request-ID": "my-own-id-1"})
    assert answer.status == 404
    assert answer.code == "no_such_route"
    assert answer.json["request_id"] == answer.headers["X-Request-ID"] == "my-own-id-1"


@pytest.mark.parametrize("given", ["short", "x" * 65, "with blanks in it", 'quote"quote"', "<script>alert"])
async def test_an_id_that_could_do_harm_in_a_log_is_replaced(client: Client, given: str) -> None:
    answer = await client.get("/store", headers={"X-Request-ID": given})
    assert UUID(answer.headers["X-Request-ID"]).version == 7


async def test_a_method_that_is_not_taken_is_a_problem_that_names_those_that_are(client: Client) -> None:
    answer = await client.delete("/store")
    assert (answer.status, answer.code, answer.headers["Allow"]) == (405, "method_not_allowed", "GET, HEAD")


@pytest.mark.parametrize("method", ["TRACE", "OPTIONS", "PROPFIND"])
async def test_so_is_one_that_no_address_takes(client: Client, method: str) -> None:
    answer = await client.call(method, "/store")
    assert (answer.status, answer.code) == (405, "method_not_allowed")


async def test_a_problem_says_what_happened_in_the_words_of_rfc_9457(client: Client) -> None:
    answer = await client.post("/notes", {"name": "a", "note": "refuse"})
    assert answer.status == 409
    assert answer.json == {
        "type": "/docs/problems#note_refused",
        "title": "The note is refused",
        "status": 409,
        "code": "note_refused",
        "detail": "told to refuse",
        "instance": "/api/v1/notes",
        "request_id": answer.headers["X-Request-ID"],
    }


async def test_of_a_bug_the_caller_learns_nothing_but_the_id(client: Client) -> None:
    answer = await client.get(f"/failing/{uuid4()}")
    assert (answer.status, answer.code) == (500, "internal_error")
    assert b"secret" not in answer.raw
    assert b"KeyError" not in answer.raw
    assert answer.json["request_id"] == answer.headers["X-Request-ID"]


async def test_while_the_database_is_away_the_caller_is_told_to_come_back(client: Client) -> None:
    answer = await client.get("/away")
    assert (answer.status, answer.code) == (503, "database_unavailable")
    assert int(answer.headers["Retry-After"]) > 0
    assert b"10.0.0.7" not in answer.raw


async def test_what_takes_too_long_is_ended(serve_with: Serving, client: Client) -> None:
    async with serve_with(request_timeout_seconds=0.05) as address:
        other = Client(client.session, address, client.store)
        read = await other.get("/waiting")
        wrote = await other.post("/notes", {"name": "never", "note": "wait"})
    listed = await client.get("/notes")  # of a server that has time
    for answer in (read, wrote):
        assert (answer.status, answer.code) == (503, "timed_out")
        assert int(answer.headers["Retry-After"]) > 0
    assert listed.json["items"] == [], "its transaction is rolled back"


async def test_a_body_that_does_not_come_is_not_waited_for_for_ever(serve_with: Serving, client: Client) -> None:
    async with serve_with(request_timeout_seconds=0.2) as address:
        said = await send_raw(
            address,
            b"POST /api/v1/orders HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
            + f"X-Tenant-ID: {client.store.slug}\r\nContent-Length: 100\r\n\r\n{{".encode(),
        )
    assert b" 503 " in said


async def send_raw(address: str, request: bytes) -> bytes:
    """The first line of what is answered to these bytes."""
    host, port = address.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    try:
        writer.write(request)
        return await reader.readline()
    finally:
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()


async def name_of(client: Client, **headers: str) -> Answer:
    async with client.session.get(f"{client.base}/api/v1/store", headers=headers) as response:
        return Answer(response.status, response.headers.copy(), await response.read())


async def test_the_header_names_the_store(client: Client, store: Store) -> None:
    assert expect(await name_of(client, **{"X-Tenant-ID": store.slug})) == {"value": store.slug}


@pytest.mark.parametrize("slug", ["nobody", "", " ", "UPPER", "a" * 64, "-a", "a/../b", "é", "' OR 1=1 --"])
async def test_an_unknown_store_is_not_found(client: Client, slug: str) -> None:
    answer = await name_of(client, **{"X-Tenant-ID": slug})
    assert (answer.status, answer.code) == (404, "store_unknown")


async def test_a_suspended_store_is_not_found(client: Client, shop: Shop) -> None:
    suspended = await new_store(shop)
    await shop.database.transaction(
        None, lambda tx: tx.execute("UPDATE stores SET status = 'suspended' WHERE id = $1", suspended.id)
    )
    shop.use(STORES).forget()
    assert (await name_of(client, **{"X-Tenant-ID": suspended.slug})).code == "store_unknown"


async def test_the_domain_names_the_store(client: Client, shop: Shop) -> None:
    domain = f"{uuid4().hex}.example"
    owner = await new_store(shop, domain=domain)
    for host in (domain, domain.upper(), f"{domain}:8080", f"{domain}."):
        assert expect(await name_of(client, Host=host)) == {"value": owner.slug}, host


async def test_the_subdomain_names_the_store(serve_with: Serving, client: Client, store: Store) -> None:
    async with serve_with(base_domain="shops.example") as address:
        other = Client(client.session, address, store)
        assert expect(await name_of(other, Host=f"{store.slug}.shops.example")) == {"value": store.slug}
        unknown = await name_of(other, Host="nobody.shops.example")
        deeper = await name_of(other, Host=f"x.{store.slug}.shops.example")
    assert (unknown.code, deeper.code) == ("store_unknown", "store_unknown")


async def test_the_header_counts_more_than_the_domain(client: Client, shop: Shop, store: Store) -> None:
    owner = await new_store(shop, domain=f"{uuid4().hex}.example")
    answer = await name_of(client, Host=str(owner.domain), **{"X-Tenant-ID": store.slug})
    assert expect(answer) == {"value": store.slug}


async def test_otherwise_the_default_store_is_meant(serve_with: Serving, client: Client, store: Store) -> None:
    async with serve_with(default_store=store.slug) as address:
        other = Client(client.session, address, store)
        for host in ("127.0.0.1", "localhost:1", "[::1]:80", "unknown.example", "a b", "é.example"):
            assert expect(await name_of(other, Host=host)) == {"value": store.slug}, host
    async with serve_with(default_store="nobody") as address:
        missing = await name_of(Client(client.session, address, store))
    assert (missing.status, missing.code) == (404, "store_unknown")
    assert "sostech serve --demo" in missing.json["detail"]


async def test_stores_do_not_see_each_others_rows(client: Client, shop: Shop) -> None:
    await client.post("/notes", {"name": "mine"})
    other = Client(client.session, client.base, await new_store(shop))
    assert expect(await other.get("/notes"))["items"] == []
    assert [item["name"] for item in expect(await client.get("/notes"))["items"]] == ["mine"]


async def test_a_caller_who_leaves_breaks_nothing(client: Client, shop: Shop, gate: asyncio.Event) -> None:
    leaving = asyncio.create_task(client.post("/notes", {"name": "left", "note": "wait"}))
    await shop.use(STARTED).wait()
    leaving.cancel()
    gate.set()
    with pytest.raises(asyncio.CancelledError):
        await leaving
    assert (await client.get("/notes")).status == 200


async def test_a_connection_on_which_no_request_comes_is_closed(
    monkeypatch: pytest.MonkeyPatch, serve_with: Serving
) -> None:
    monkeypatch.setitem(connections.LIMITS, "keepalive_timeout", 0.2)
    async with serve_with() as address:
        for sent in (b"", b"GET /ping HTTP/1.1\r\nHost: ", b"GET /ping HTTP/1.1\r\nHost: x\r\n\r\n"):
            host, port = address.removeprefix("http://").split(":")
            reader, writer = await asyncio.open_connection(host, int(port))
            writer.write(sent)
            assert (await asyncio.wait_for(reader.read(), timeout=60)).count(b"HTTP/1.1 200") == sent.endswith(
                b"x\r\n\r\n"
            )
            writer.close()
            await writer.wait_closed()
