"""Guard, bind, call, render: in this order, for every endpoint."""

from __future__ import annotations

import pytest

from storage.tenancy import Store
from tests.server.actors import Actors
from tests.shop import Client, expect


async def test_who_may_come_in(client: Client, store: Store, actors: Actors) -> None:
    nobody, guest, user = client, *(client.signed_in(actors.token(store, kind=kind)) for kind in ("guest", "user"))
    statuses = {
        path: [(await caller.get(path)).status for caller in (nobody, guest, user)]
        for path in ("/store", "/for-guests", "/for-users")
    }
    assert statuses == {"/store": [200, 200, 200], "/for-guests": [401, 200, 200], "/for-users": [401, 401, 200]}


async def test_a_permission_is_needed_where_one_is_named(client: Client, store: Store, actors: Actors) -> None:
    without = client.signed_in(actors.token(store, roles=("customer",), permissions=["catalog.read"]))
    having = client.signed_in(actors.token(store, permissions=["catalog.write"]))
    refused = await without.post("/for-staff", {"name": "a"})
    assert (refused.status, refused.code) == (403, "not_allowed")
    assert refused.json["parameters"] == {"permission": "catalog.write"}
    assert "your role customer does not give" in refused.json["detail"]
    assert expect(await having.post("/for-staff", {"name": "a"})) == {"value": "user"}


@pytest.mark.parametrize("raw", [b"", b"{", b'{"nmae": 1}'])
async def test_who_may_not_come_in_does_not_learn_what_a_body_looks_like(client: Client, raw: bytes) -> None:
    answer = await client.call("POST", "/for-staff", headers={"Content-Type": "application/json"}, data=raw)
    assert (answer.status, answer.code) == (401, "sign_in_needed")
    assert answer.headers["WWW-Authenticate"] == "Bearer"


async def test_a_token_of_another_store_is_nobodys(client: Client, store: Store, actors: Actors) -> None:
    token = actors.token(Store(**{**_fields(store), "id": actors.actor(store, actors.token(store)).id}))
    assert (await client.signed_in(token).get("/for-users")).status == 401


def _fields(store: Store) -> dict[str, object]:
    return {name: getattr(store, name) for name in store.__struct_fields__}


async def test_head_is_get_without_its_body(client: Client) -> None:
    get, head = await client.get("/store"), await client.call("HEAD", "/store")
    assert (head.status, head.raw) == (200, b"")
    assert head.headers["Content-Length"] == str(len(get.raw))


async def test_what_is_no_json_has_its_own_media_type(client: Client) -> None:
    answer = await client.get("/file")
    assert (answer.status, answer.raw, answer.headers["Content-Type"]) == (200, b"a,b\n", "text/csv")


async def test_an_answer_has_its_status_and_headers(client: Client) -> None:
    answer = await client.post("/notes", {"name": "a"})
    assert (answer.status, answer.headers["Location"]) == (201, "/api/v1/notes/a")
    assert answer.headers["Content-Type"] == "application/json"
