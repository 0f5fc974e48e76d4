"""One's own account: profile and addresses."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from server.auth.countries import countries
from storage.ids import new_id
from tests.server.auth.conftest import NewPerson
from tests.shop import Client, expect

HOME = {"name": "Ana Souza", "line1": "Rua das Flores 12", "city": "Curitiba", "postcode": "80020-090", "country": "BR"}


async def addresses(client: Client) -> list[dict[str, Any]]:
    """The own addresses."""
    found: list[dict[str, Any]] = expect(await client.get("/me/addresses"))["items"]
    return found


async def test_what_the_body_names_changes_and_the_rest_stays(new_person: NewPerson) -> None:
    person = await new_person()
    changed = expect(await person.client.patch("/me", {"phone": "+55 41 99999-0000", "locale": "pt-BR"}))
    assert (changed["name"], changed["phone"], changed["locale"]) == ("Ana Souza", "+55 41 99999-0000", "pt-BR")
    changed = expect(await person.client.patch("/me", {"name": " Ana Lima ", "phone": None}))
    assert (changed["name"], changed["phone"], changed["locale"]) == ("Ana Lima", None, "pt-BR")
    assert expect(await person.client.patch("/me", {})) == expect(await person.client.get("/me")) == changed


async def test_nothing_secret_is_shown(new_person: NewPerson) -> None:
    person = await new_person()
    raw = (await person.client.get("/me")).raw
    assert b"argon2" not in raw
    assert b"hash" not in raw


@pytest.mark.parametrize(
    "body",
    [
        {"name": None},
        {"name": " "},
        {"phone": "call me"},
        {"locale": "pt_BR"},
        {"roles": ["admin"]},
        {"email": "new@example.com"},
        {"name": "a\u0000b"},
    ],
)
async def test_what_may_not_be_changed_here_is_refused(new_person: NewPerson, body: dict[str, Any]) -> None:
    person = await new_person()
    assert (await person.client.patch("/me", body)).status == 422


async def test_guests_have_no_account(client: Client) -> None:
    guest = expect(await client.post("/auth/guest"), 201)["access_token"]
    for path in ("/me", "/me/addresses", "/auth/sessions"):
        assert (await client.signed_in(guest).get(path)).code == "sign_in_needed"
        assert (await client.get(path)).code == "sign_in_needed"


async def test_addresses_come_and_go_and_one_is_the_default(new_person: NewPerson) -> None:
    me = (await new_person()).client
    home = expect(await me.post("/me/addresses", HOME), 201)
    assert home["is_default"]
    work = expect(await me.post("/me/addresses", {**HOME, "label": "Work", "kind": "billing"}), 201)
    assert not work["is_default"]
    third = expect(await me.post("/me/addresses", {**HOME, "is_default": True}), 201)
    assert [each["id"] for each in await addresses(me)] == [third["id"], work["id"], home["id"]]
    assert [each["is_default"] for each in await addresses(me)] == [True, False, False]
    assert expect(await me.put(f"/me/addresses/{home['id']}/default"))["is_default"]
    changed = expect(await me.put(f"/me/addresses/{home['id']}", {**HOME, "city": "Recife"}))
    assert (changed["city"], changed["is_default"]) == ("Recife", True)
    assert expect(await me.get(f"/me/addresses/{home['id']}")) == changed
    assert (await me.delete(f"/me/addresses/{home['id']}")).status == 204
    assert [(each["id"], each["is_default"]) for each in await addresses(me)] == [
        (third["id"], True),
        (work["id"], False),
    ]
    assert (await me.delete(f"/me/addresses/{work['id']}")).status == 204
    assert [each["is_default"] for each in await addresses(me)] == [True]


async def test_changes_at_the_same_moment_leave_one_default(new_person: NewPerson) -> None:
    me = (await new_person()).client
    first = await asyncio.gather(*(me.post("/me/addresses", {**HOME, "is_default": True}) for _ in range(5)))
    ids = [expect(answer, 201)["id"] for answer in first]
    assert sum(each["is_default"] for each in await addresses(me)) == 1
    await asyncio.gather(
        *(me.put(f"/me/addresses/{each}/default") for each in ids[:3]), me.delete(f"/me/addresses/{ids[4]}")
    )
    assert sum(each["is_default"] for each in await addresses(me)) == 1


async def test_the_number_of_statements_does_not_grow_with_addresses(new_person: NewPerson) -> None:
    me = (await new_person()).client
    counts = []
    for _ in range(4):
        await me.post("/me/addresses", HOME)
        counts.append((await me.get("/me/addresses")).statements)
    assert counts == [4] * 4


async def test_there_are_at_most_fifty_addresses_even_when_two_are_added_at_once(new_person: NewPerson) -> None:
    me = (await new_person()).client
    for _ in range(49):
        expect(await me.post("/me/addresses", HOME), 201)
    answers = await asyncio.gather(*(me.post("/me/addresses", HOME) for _ in range(3)))
    assert sorted(answer.status for answer in answers) == [201, 409, 409]
    assert {answer.code for answer in answers if answer.status == 409} == {"addresses_full"}


async def test_somebody_elses_address_is_not_there(new_person: NewPerson) -> None:
    ana, eva = await new_person(), await new_person()
    path = f"/me/addresses/{expect(await ana.client.post('/me/addresses', HOME), 201)['id']}"
    for answer in (
        await eva.client.get(path),
        await eva.client.put(path, {**HOME, "city": "Recife"}),
        await eva.client.put(f"{path}/default"),
        await eva.client.delete(path),
        await eva.client.get(f"/me/addresses/{new_id()}"),
    ):
        assert (answer.status, answer.code) == (404, "address_unknown")
    assert [(each["city"], each["is_default"]) for each in await addresses(ana.client)] == [("Curitiba", True)]


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"country": "XX"}, "/country"),
        ({"country": "br"}, "/country"),
        ({"country": "BR\n"}, "/country"),
        ({"postcode": "1"}, "/postcode"),
        ({"postcode": "1" * 13}, "/postcode"),
        ({"postcode": "80020\n"}, "/postcode"),
        ({"line1": ""}, "/line1"),
        ({"line1": "a\nb"}, "/line1"),
        ({"city": None}, "/city"),
        ({"kind": "holiday"}, "/kind"),
    ],
)
async def test_a_bad_address_is_refused_where_it_is_bad(
    new_person: NewPerson, change: dict[str, Any], pointer: str
) -> None:
    answer = await (await new_person()).client.post("/me/addresses", {**HOME, **change})
    assert answer.status == 422
    assert {fault["pointer"] for fault in answer.json["errors"]} == {pointer}


async def test_an_address_is_added_once_for_one_key(new_person: NewPerson) -> None:
    me = (await new_person()).client
    for _ in range(3):
        expect(await me.post("/me/addresses", HOME, headers={"Idempotency-Key": "one"}), 201)
    assert len(await addresses(me)) == 1


def test_the_countries_are_those_of_iso_3166() -> None:
    assert {"BR", "DE", "GB", "US", "ZW", "AX"} < countries()
    assert "UK" not in countries()
    assert 240 < len(countries()) < 260
