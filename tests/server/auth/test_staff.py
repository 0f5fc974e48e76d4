"""Looking after accounts: nobody reaches above themselves, everything is recorded, somebody always can."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import pytest

from server.web.call import Shop
from storage.ids import new_id
from storage.tenancy import Store
from storage.transaction import Transaction
from tests.server.actors import install_actors
from tests.server.auth.conftest import PASSWORD, NewPerson, Person
from tests.shop import Client, expect, new_store

ADMIN = ("customer", "admin")


async def audit(shop: Shop, store: Store) -> list[dict[str, Any]]:
    """The audit log of the store, oldest first."""

    async def work(tx: Transaction) -> list[dict[str, Any]]:
        rows = await tx.fetch(
            "SELECT actor_kind, actor_id, action, resource_id, before::text, after::text, request_id"
            " FROM audit_log ORDER BY id"
        )
        return [
            {**dict(row), "before": msgspec.json.decode(row["before"]), "after": msgspec.json.decode(row["after"])}
            for row in rows
        ]

    return await shop.database.transaction(store.id, work)


async def set_roles(by: Person, of: Person, *roles: str) -> Any:
    return await by.client.put(f"/users/{of.id}/roles", {"roles": list(roles)})


async def set_status(by: Person, of: Person, status: str) -> Any:
    return await by.client.put(f"/users/{of.id}/status", {"status": status})


async def test_an_admin_gives_and_takes_roles_and_it_is_recorded(
    shop: Shop, store: Store, new_person: NewPerson
) -> None:
    admin, eva = await new_person(ADMIN), await new_person()
    given = await set_roles(admin, eva, "warehouse", "support", "support")
    assert expect(given)["roles"] == ["customer", "warehouse", "support"]
    expect(await eva.client.get("/users"))
    assert expect(await set_roles(admin, eva))["roles"] == ["customer"]
    assert (await eva.client.get("/users")).code == "not_allowed"
    first, second = await audit(shop, store)
    assert (first["actor_kind"], first["actor_id"], first["action"]) == ("user", admin.id, "users.roles")
    assert (first["resource_id"], first["request_id"]) == (str(eva.id), given.headers["X-Request-ID"])
    assert first["before"] == {"roles": ["customer"]}
    assert first["after"] == second["before"] == {"roles": ["customer", "warehouse", "support"]}


async def test_a_blocked_user_is_out_at_once_and_back_when_unblocked(
    client: Client, shop: Shop, store: Store, new_person: NewPerson
) -> None:
    admin, eva = await new_person(ADMIN), await new_person()
    assert expect(await set_status(admin, eva, "suspended"))["status"] == "suspended"
    assert (await eva.client.get("/me")).code == "token_invalid"
    assert (await client.post("/auth/refresh", {"refresh_token": eva.refresh_token})).code == "refresh_invalid"
    expect(await set_status(admin, eva, "active"))
    # The old sessions stay ended.
    assert (await eva.client.get("/me")).code == "token_invalid"
    expect(await client.post("/auth/sign-in", {"email": eva.email, "password": PASSWORD}))
    assert [(entry["action"], entry["after"]) for entry in await audit(shop, store)] == [
        ("users.status", {"status": "suspended"}),
        ("users.status", {"status": "active"}),
    ]


@pytest.mark.parametrize("roles", [("customer",), ("customer", "staff"), ("customer", "moderator")])
async def test_who_may_not_manage_accounts_is_refused(new_person: NewPerson, roles: tuple[str, ...]) -> None:
    person, eva = await new_person(roles), await new_person()
    for answer in (await set_roles(person, eva, "admin"), await set_status(person, eva, "suspended")):
        assert (answer.status, answer.code) == (403, "not_allowed")


async def test_nobody_changes_their_own_account(shop: Shop, store: Store, new_person: NewPerson) -> None:
    admin = await new_person(ADMIN)
    await new_person(ADMIN)
    for answer in (await set_roles(admin, admin), await set_status(admin, admin, "closed")):
        assert (answer.status, answer.code) == (403, "own_account")
    assert await audit(shop, store) == []


@pytest.mark.parametrize("role", ["super_admin", "guest", "emperor"])
async def test_what_is_no_role_of_the_stores_users_is_refused(new_person: NewPerson, role: str) -> None:
    admin, eva = await new_person(ADMIN), await new_person()
    answer = await set_roles(admin, eva, "staff", role)
    assert (answer.status, answer.code) == (422, "role_unknown")
    assert [fault["pointer"] for fault in answer.json["errors"]] == ["/roles/1"]


async def test_nobody_reaches_above_themselves(client: Client, shop: Shop, store: Store, new_person: NewPerson) -> None:
    admin, eva = await new_person(ADMIN), await new_person()
    # Somebody who may assign roles and manage accounts, and is but a moderator otherwise.
    allowed = {"users.read", "users.manage", "users.assign_roles"}
    token = install_actors(shop).token(store, roles=("customer", "moderator"), permissions=allowed)
    moderator = Person(new_id(), "", client.signed_in(token), {})
    expect(await set_roles(moderator, eva, "moderator"))
    for answer in (
        await set_roles(moderator, eva, "admin"),
        await set_roles(moderator, admin),
        await set_status(moderator, admin, "suspended"),
    ):
        assert (answer.status, answer.code) == (403, "role_beyond")
    expect(await admin.client.get("/users"))


async def test_the_last_admin_stays(shop: Shop, store: Store, client: Client, new_person: NewPerson) -> None:
    admin = await new_person(ADMIN)
    blocked = await new_person(ADMIN)
    expect(await set_status(admin, blocked, "suspended"))
    token = install_actors(shop).token(store, kind="platform", roles=("super_admin",))
    platform = Person(new_id(), "", client.signed_in(token), {})
    for answer in (await set_roles(platform, admin, "staff"), await set_status(platform, admin, "suspended")):
        assert (answer.status, answer.code) == (409, "last_admin")
    expect(await set_roles(platform, blocked))
    expect(await set_roles(platform, await new_person(), "admin"))
    expect(await set_roles(platform, admin, "staff"))


@pytest.mark.parametrize("way", ["roles", "status", "both"])
async def test_admins_who_remove_each_other_at_once_leave_one(new_person: NewPerson, way: str) -> None:
    for _ in range(4):
        admins = [await new_person(ADMIN) for _ in range(3)]
        for old in expect(await admins[0].client.get("/users?role=admin&limit=100"))["items"]:
            if old["id"] not in {str(each.id) for each in admins}:
                expect(await admins[0].client.put(f"/users/{old['id']}/roles", {"roles": []}))
        pairs = [(by, of) for by in admins for of in admins if by is not of]
        answers = await asyncio.gather(
            *(
                set_roles(by, of) if way == "roles" or (way == "both" and number % 2) else set_status(by, of, "closed")
                for number, (by, of) in enumerate(pairs)
            )
        )
        assert {answer.status for answer in answers} <= {200, 401, 403, 409}
        left = [each for each in admins if (await each.client.get("/users")).status == 200]
        assert left


async def test_users_are_found_by_address_name_role_and_status(new_person: NewPerson) -> None:
    admin = await new_person(ADMIN, name="Zilda")
    ana, eva = await new_person(name="Ana_Maria 100%"), await new_person(("customer", "staff"), name="Eva Lima")
    expect(await set_status(admin, eva, "suspended"))

    async def found(query: str) -> list[str]:
        answer = await admin.client.get(f"/users?{query}")
        assert answer.statements == 4
        return [each["name"] for each in expect(answer)["items"]]

    assert await found("limit=10") == ["Eva Lima", "Ana_Maria 100%", "Zilda"]
    assert await found(f"q={ana.email[:20].upper()}") == ["Ana_Maria 100%"]
    assert await found("q=lima") == ["Eva Lima"]
    assert await found("q=a_m") == ["Ana_Maria 100%"]
    assert await found("q=_") == ["Ana_Maria 100%"]
    assert await found("q=%25") == ["Ana_Maria 100%"]
    assert await found("q=%5C") == []
    assert await found("role=staff") == ["Eva Lima"]
    assert await found("status=suspended&role=customer") == ["Eva Lima"]
    assert await found("status=closed") == []


async def test_pages_of_users_go_on_where_they_ended_and_back(new_person: NewPerson) -> None:
    admin = await new_person(ADMIN)
    for number in range(4):
        await new_person(name=f"Person {number}")
    first = expect(await admin.client.get("/users?limit=2"))
    second = expect(await admin.client.get(f"/users?limit=2&cursor={first['next']}"))
    third = expect(await admin.client.get(f"/users?limit=2&cursor={second['next']}"))
    names = [each["name"] for page in (first, second, third) for each in page["items"]]
    assert names == ["Person 3", "Person 2", "Person 1", "Person 0", "Ana Souza"]
    assert third["next"] is None
    assert expect(await admin.client.get(f"/users?limit=2&cursor={second['prev']}"))["items"] == first["items"]


async def test_one_user_is_read_without_anything_secret(new_person: NewPerson) -> None:
    admin, eva = await new_person(ADMIN), await new_person()
    answer = await admin.client.get(f"/users/{eva.id}")
    assert expect(answer)["email"] == eva.email
    assert b"argon2" not in answer.raw
    assert (await admin.client.get(f"/users/{new_id()}")).code == "user_unknown"
    assert (await admin.client.get("/users/me")).status == 400


async def test_a_user_of_another_store_is_not_there(client: Client, shop: Shop, new_person: NewPerson) -> None:
    eva, other = await new_person(), await new_store(shop)
    stranger = Client(client.session, client.base, other, install_actors(shop).token(other))
    for answer in (
        await stranger.get(f"/users/{eva.id}"),
        await stranger.put(f"/users/{eva.id}/roles", {"roles": ["staff"]}),
        await stranger.put(f"/users/{eva.id}/status", {"status": "closed"}),
    ):
        assert (answer.status, answer.code) == (404, "user_unknown")
    expect(await eva.client.get("/me"))
