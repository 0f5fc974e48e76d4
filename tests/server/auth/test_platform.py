"""The people of the platform, and the stores they open."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import asyncpg
import pytest
import pytest_asyncio

from server.auth.emails import parse_email
from server.auth.passwords import PASSWORDS
from server.auth.platform import create_platform_user
from server.errors import AppError
from server.web.call import Shop
from server.web.middlewares import STORES
from storage.database import Database
from storage.ids import new_id
from storage.transaction import Transaction
from tests.database import SHARED, Cluster
from tests.server.auth.conftest import PASSWORD, NewPerson
from tests.server.auth.test_staff import audit
from tests.shop import Client, expect

NewStore = dict[str, Any]
Operator = Callable[[], Awaitable[str]]


@pytest_asyncio.fixture(loop_scope="session")
async def owner(cluster: Cluster) -> AsyncIterator[Database]:
    """The database with the rights of its owner, as the command line has them."""
    database = await Database.open(cluster.url(SHARED), role=None, pool_size=1)
    yield database
    await database.close()


@pytest.fixture
def new_operator(owner: Database, shop: Shop) -> Operator:
    """Makes someone of the platform; their address."""

    async def make() -> str:
        email = f"op-{new_id().hex}@example.com"
        password_hash = await shop.use(PASSWORDS).hash(PASSWORD)

        async def work(tx: Transaction) -> None:
            await create_platform_user(tx, email=parse_email(email), name="Olga", password_hash=password_hash)

        await owner.transaction(None, work)
        return email

    return make


async def signed_in(client: Client, email: str) -> Client:
    answer = await client.post("/platform/auth/sign-in", {"email": email, "password": PASSWORD})
    return client.signed_in(expect(answer)["access_token"])


def a_store(**changes: Any) -> NewStore:
    return {
        "slug": f"s-{new_id().hex}",
        "name": "Loja",
        "currency": "BRL",
        "timezone": "America/Sao_Paulo",
        "locale": "pt-BR",
        "country": "BR",
        **changes,
    }


async def test_someone_of_the_platform_opens_a_store_and_works_in_it(client: Client, new_operator: Operator) -> None:
    operator = await signed_in(client, await new_operator())
    wanted = a_store(domain=f"{new_id().hex}.example.com")
    # Asked for too early, so that nobody is found there.
    assert (await client.get("/me", headers={"X-Tenant-ID": wanted["slug"]})).code == "store_unknown"
    opened = expect(await operator.post("/platform/stores", wanted), 201)
    assert {name: opened[name] for name in wanted} == wanted
    there = {"X-Tenant-ID": opened["slug"]}
    assert expect(await operator.get("/users", headers=there))["items"] == []


async def test_a_new_store_begins_with_an_entry_in_its_audit_log(
    client: Client, shop: Shop, new_operator: Operator
) -> None:
    operator = await signed_in(client, await new_operator())
    wanted = a_store()
    expect(await operator.post("/platform/stores", wanted), 201)
    store = await shop.use(STORES).by_slug(wanted["slug"])
    assert store is not None

    async def work(tx: Transaction) -> list[tuple[str, str]]:
        return [tuple(row) for row in await tx.fetch("SELECT actor_kind, action FROM audit_log")]

    assert await shop.database.transaction(store.id, work) == [("platform", "platform.stores.open")]


async def test_what_the_platform_does_in_a_store_is_recorded_there(
    client: Client, shop: Shop, new_operator: Operator, new_person: NewPerson
) -> None:
    operator, eva = await signed_in(client, await new_operator()), await new_person()
    expect(await operator.put(f"/users/{eva.id}/roles", {"roles": ["admin"]}))
    (entry,) = await audit(shop, client.store)
    assert entry["actor_kind"] == "platform"


async def test_a_slug_and_a_domain_belong_to_one_store(client: Client, new_operator: Operator) -> None:
    operator = await signed_in(client, await new_operator())
    first = a_store(domain=f"{new_id().hex}.example.com")
    expect(await operator.post("/platform/stores", first), 201)
    for second in (a_store(slug=first["slug"]), a_store(domain=first["domain"])):
        answer = await operator.post("/platform/stores", second)
        assert (answer.status, answer.code) == (409, "store_taken")


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"currency": "XYZ"}, "/currency"),
        ({"timezone": "Mars/Olympus"}, "/timezone"),
        ({"timezone": "../../etc/passwd"}, "/timezone"),
        ({"country": "XX"}, "/country"),
        ({"slug": "Loja"}, "/slug"),
        ({"slug": "-loja"}, "/slug"),
        ({"domain": "Loja.example.com"}, "/domain"),
        ({"domain": "loja"}, "/domain"),
        ({"domain": "loja.example.com:8080"}, "/domain"),
    ],
)
async def test_a_store_the_world_has_no_place_for_is_refused(
    client: Client, new_operator: Operator, change: NewStore, pointer: str
) -> None:
    operator = await signed_in(client, await new_operator())
    answer = await operator.post("/platform/stores", a_store(**change))
    assert answer.status == 422
    assert {fault["pointer"] for fault in answer.json["errors"]} == {pointer}


async def test_stores_are_listed_by_slug_page_by_page(client: Client, new_operator: Operator) -> None:
    operator = await signed_in(client, await new_operator())
    for _ in range(3):
        expect(await operator.post("/platform/stores", a_store()), 201)
    first = expect(await operator.get("/platform/stores?limit=2"))
    second = expect(await operator.get(f"/platform/stores?limit=2&cursor={first['next']}"))
    slugs = [each["slug"] for each in (*first["items"], *second["items"])]
    assert slugs == sorted(slugs)
    assert len(set(slugs)) >= 3
    assert expect(await operator.get(f"/platform/stores?limit=2&cursor={second['prev']}"))["items"] == first["items"]


async def test_nobody_of_a_store_sees_the_platform(client: Client, new_person: NewPerson) -> None:
    admin = await new_person(("customer", "admin"))
    for caller in (client, admin.client):
        assert (await caller.get("/platform/stores")).status in (401, 403)
        assert (await caller.post("/platform/stores", a_store())).status in (401, 403)
    answer = await client.post("/platform/auth/sign-in", {"email": admin.email, "password": PASSWORD})
    assert (answer.status, answer.code) == (401, "sign_in_refused")


async def test_someone_of_the_platform_is_nobody_in_a_store(client: Client, new_operator: Operator) -> None:
    email = await new_operator()
    assert (await client.post("/auth/sign-in", {"email": email, "password": PASSWORD})).code == "sign_in_refused"
    operator = await signed_in(client, email)
    for answer in (
        await operator.get("/me"),
        await operator.get("/me/addresses"),
        await operator.get("/auth/sessions"),
        await operator.post("/auth/sign-out"),
        await operator.delete("/me/avatar"),
    ):
        assert (answer.status, answer.code) == (403, "not_a_user")


@pytest.mark.parametrize("sql", ["status = 'suspended'", "tokens_valid_after = now() + interval '2 seconds'"])
async def test_a_token_of_the_platform_ends_with_its_account(
    client: Client, owner: Database, new_operator: Operator, sql: str
) -> None:
    email = await new_operator()
    operator = await signed_in(client, email)
    known = await operator.get("/platform/stores?limit=1")
    assert known.status == 200
    assert known.statements == 4

    async def work(tx: Transaction) -> None:
        await tx.execute(f"UPDATE platform_users SET {sql} WHERE email = $1", email)

    await owner.transaction(None, work)
    assert (await operator.get("/platform/stores")).code == "token_invalid"


async def test_a_wrong_password_and_nobody_are_refused_alike(client: Client, new_operator: Operator) -> None:
    email = await new_operator()
    wrong = await client.post("/platform/auth/sign-in", {"email": email, "password": "wrong one"})
    nobody = await client.post("/platform/auth/sign-in", {"email": f"x{email}", "password": PASSWORD})
    assert (wrong.status, wrong.json["detail"]) == (nobody.status, nobody.json["detail"])
    assert wrong.code == "sign_in_refused"


async def test_an_address_has_one_account_of_the_platform(owner: Database, new_operator: Operator) -> None:
    email = await new_operator()

    async def work(tx: Transaction) -> None:
        await create_platform_user(tx, email=parse_email(email.upper()), name="Olga", password_hash="x")

    with pytest.raises(AppError) as caught:
        await owner.transaction(None, work)
    assert caught.value.error.code == "email_taken"


async def test_the_shop_itself_can_make_nobody_of_the_platform(shop: Shop) -> None:
    async def work(tx: Transaction) -> None:
        await create_platform_user(tx, email=parse_email("a@example.com"), name="Olga", password_hash="x")

    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await shop.database.transaction(None, work)
