"""The audit log says who did what, in pages, by whoever and whatever is asked for."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote
from uuid import UUID

import pytest

from server.web.call import Shop
from storage import audit
from storage.tenancy import Store
from storage.transaction import Transaction
from tests.server.actors import install_actors
from tests.server.rule_admin.admins import Admin
from tests.shop import Client, expect, new_store

ANA, BEN = UUID(int=1), UUID(int=2)
DONE: tuple[dict[str, Any], ...] = (
    {"actor_id": ANA, "action": "products.create", "resource_type": "product", "resource_id": "p1"},
    {"actor_id": ANA, "action": "products.change", "resource_type": "product", "resource_id": "p1"},
    {"actor_id": BEN, "action": "rulesets.publish", "resource_type": "ruleset", "resource_id": "r1"},
    {"actor_id": BEN, "action": "rulesets.roll_back", "resource_type": "ruleset", "resource_id": "r1"},
    {"actor_id": BEN, "action": "products.delete", "resource_type": "product", "resource_id": "p2"},
)
NEWEST = ["products.delete", "rulesets.roll_back", "rulesets.publish", "products.change", "products.create"]


async def write(shop: Shop, store: Store) -> None:
    """Five things, one after the other."""
    for number, done in enumerate(DONE):

        async def work(tx: Transaction, number: int = number, done: dict[str, Any] = done) -> None:
            before, after = {"number": number}, {"number": number + 1}
            await audit.record(tx, actor_kind="user", before=before, after=after, request_id=f"r-{number}", **done)

        await shop.database.transaction(store.id, work)


async def entries(admin: Admin, query: str = "") -> list[Any]:
    """What the log answers."""
    items: list[Any] = expect(await admin.client.get(f"/audit-log{query}"))["items"]
    return items


async def test_an_entry_says_who_did_what_and_what_changed(admin: Admin, shop: Shop, store: Store) -> None:
    await write(shop, store)
    newest, *_, oldest = await entries(admin)
    assert (newest["actor_kind"], newest["actor"], newest["action"]) == ("user", str(BEN), "products.delete")
    assert (newest["resource_type"], newest["resource_id"], newest["request_id"]) == ("product", "p2", "r-4")
    assert (newest["before"], newest["after"]) == ({"number": 4}, {"number": 5})
    assert oldest["at"] < newest["at"]


@pytest.mark.parametrize(
    ("query", "actions"),
    [
        ("", NEWEST),
        (f"?actor={ANA}", NEWEST[3:]),
        ("?action=rulesets.", NEWEST[1:3]),
        ("?action=products.c", NEWEST[3:]),
        ("?action=nothing", []),
        ("?resource_type=product", [NEWEST[0], *NEWEST[3:]]),
        ("?resource_type=product&resource_id=p1", NEWEST[3:]),
        (f"?actor={BEN}&action=products.", NEWEST[:1]),
    ],
)
async def test_filters_all_have_to_fit(admin: Admin, shop: Shop, store: Store, query: str, actions: list[str]) -> None:
    await write(shop, store)
    assert [each["action"] for each in await entries(admin, query)] == actions


async def test_from_is_included_and_until_is_not(admin: Admin, shop: Shop, store: Store) -> None:
    await write(shop, store)
    times = [quote(each["at"]) for each in await entries(admin)]
    found = await entries(admin, f"?from={times[3]}&until={times[1]}")
    assert [each["action"] for each in found] == NEWEST[2:4]


async def test_pages_go_on_and_back(admin: Admin, shop: Shop, store: Store) -> None:
    await write(shop, store)
    first = expect(await admin.client.get("/audit-log?limit=2&action=products."))
    second = expect(await admin.client.get(f"/audit-log?limit=2&action=products.&cursor={first['next']}"))
    assert [each["action"] for each in (*first["items"], *second["items"])] == [NEWEST[0], *NEWEST[3:]]
    assert second["next"] is None
    back = expect(await admin.client.get(f"/audit-log?limit=2&action=products.&cursor={second['prev']}"))
    assert back["items"] == first["items"]
    other = await admin.client.get(f"/audit-log?limit=2&cursor={first['next']}")
    assert (other.status, other.code) == (400, "cursor_invalid")


@pytest.mark.parametrize("query", ["?action=Rulesets", "?from=yesterday", "?actor=ana", "?who=ana", "?resource_id="])
async def test_a_filter_that_cannot_be_meant_is_refused(admin: Admin, query: str) -> None:
    assert (await admin.client.get(f"/audit-log{query}")).code == "parameters_malformed"


async def test_other_stores_and_other_roles_see_nothing(admin: Admin, shop: Shop, store: Store, client: Client) -> None:
    await write(shop, store)
    actors, elsewhere = install_actors(shop), await new_store(shop)
    assert await entries(Admin(Client(client.session, client.base, elsewhere, actors.token(elsewhere)))) == []
    moderator = client.signed_in(actors.token(store, "user", ("moderator",)))
    assert (await moderator.get("/audit-log")).code == "not_allowed"
