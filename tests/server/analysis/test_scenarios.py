"""Are scenarios kept, run by any rulesets, and made into cases that hold a draft to what it promised?"""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from server.analysis.scenario_repo import MOST
from server.web.call import Shop
from storage.tenancy import Store
from storage.transaction import Transaction
from tests.server.actors import Actors, install_actors
from tests.server.rule_admin.admins import Admin
from tests.shop import Answer, Client, expect, new_store

BASKET = {
    "lines": [{"sku": "LAMP", "price": "180.00", "quantity": 1, "category": "home/lamps", "weight_g": 400}],
    "at": "2026-06-10T20:00:00Z",
    "destination": {"country": "BR", "region": "SP", "postcode": "01310-100"},
    "shipping_method": "standard",
}
EXPECTED = {"shipping": "9.90", "discount": "18.00", "applied": ["ten-off-150"]}
LAMP: dict[str, Any] = {"name": "a lamp to São Paulo", "basket": BASKET, "expected": EXPECTED}
FREE_FROM = 'free_from: {amount: "199.00"'


@pytest.fixture
def actors(shop: Shop) -> Actors:
    """Callers of any role."""
    return install_actors(shop)


@pytest.fixture
def admin(client: Client, store: Store, actors: Actors) -> Admin:
    """Who may do everything with rulesets."""
    return Admin(client.signed_in(actors.token(store, roles=("admin",))))


async def saved(admin: Admin, **changes: Any) -> Any:
    """A scenario that is kept."""
    return expect(await admin.client.post("/analysis/scenarios", {**LAMP, **changes}), 201)


async def run(admin: Admin, **asked: Any) -> Any:
    """What came of a run."""
    return expect(await admin.client.post("/analysis/scenarios/run", asked))


async def try_to_change(admin: Admin, scenario: Any, tag: str | None, **changes: Any) -> Answer:
    """Write over the scenario that had this ETag."""
    headers = {} if tag is None else {"If-Match": tag}
    return await admin.client.put(f"/analysis/scenarios/{scenario['id']}", {**LAMP, **changes}, headers=headers)


async def add_cases(admin: Admin, draft: Any, *scenarios: Any, tag: str | None = None) -> Answer:
    """Write scenarios as cases of a draft that has this ETag, or the one it has now."""
    tag = tag or (await admin.source(draft))[1]
    body = {"scenarios": [scenario["id"] for scenario in scenarios]}
    return await admin.client.post(f"/rulesets/drafts/{draft['id']}/cases", body, headers={"If-Match": tag})


async def test_a_scenario_is_kept_as_it_was_written(admin: Admin) -> None:
    made = await saved(admin, comment="the smallest parcel")
    answer = await admin.client.get(f"/analysis/scenarios/{made['id']}")
    read = expect(answer)
    assert (read["name"], read["basket"], read["expected"]) == (LAMP["name"], BASKET, EXPECTED)
    assert list(read["expected"]) == list(EXPECTED)
    assert answer.headers["ETag"] == f'"{made["content_hash"]}"'
    expect(await admin.client.delete(f"/analysis/scenarios/{made['id']}"), 204)
    gone = await admin.client.get(f"/analysis/scenarios/{made['id']}")
    assert (gone.status, gone.code) == (404, "scenario_unknown")


async def test_scenarios_are_listed_by_name_page_by_page(admin: Admin) -> None:
    for name in ("b", "a", "Z", "c"):
        await saved(admin, name=name)
    first = expect(await admin.client.get("/analysis/scenarios?limit=3"))
    assert [each["name"] for each in first["items"]] == ["Z", "a", "b"]
    second = expect(await admin.client.get(f"/analysis/scenarios?limit=3&cursor={first['next']}"))
    assert [each["name"] for each in second["items"]] == ["c"]
    back = expect(await admin.client.get(f"/analysis/scenarios?limit=3&cursor={second['prev']}"))
    assert [each["name"] for each in back["items"]] == ["Z", "a", "b"]


async def test_a_scenario_is_changed_over_what_was_read(admin: Admin) -> None:
    made = await saved(admin)
    tag = f'"{made["content_hash"]}"'
    changed = expect(await try_to_change(admin, made, tag, name="another"))
    assert changed["content_hash"] != made["content_hash"]
    stale = await try_to_change(admin, made, tag, name="a third")
    assert (stale.status, stale.code) == (412, "content_changed")
    missing = await try_to_change(admin, made, None)
    assert (missing.status, missing.code) == (428, "content_version_missing")
    assert expect(await admin.client.get(f"/analysis/scenarios/{made['id']}"))["name"] == "another"


async def test_two_scenarios_have_two_names(admin: Admin) -> None:
    await saved(admin)
    other = await saved(admin, name="other")
    for answer in (
        await admin.client.post("/analysis/scenarios", LAMP),
        await try_to_change(admin, other, "*", name=LAMP["name"]),
    ):
        assert (answer.status, answer.code) == (409, "scenario_name_taken")


async def test_a_store_keeps_so_many_scenarios_and_no_more(admin: Admin, shop: Shop, store: Store) -> None:
    async def work(tx: Transaction) -> None:
        await tx.execute(
            "INSERT INTO saved_scenarios (id, store_id, name, basket, content_hash)"
            " SELECT gen_random_uuid(), $1, number::text, '{\"lines\": []}', '' FROM generate_series(1, $2) AS number",
            store.id, MOST - 1,
        )  # fmt: skip

    await shop.database.transaction(store.id, work)
    await saved(admin)
    answer = await admin.client.post("/analysis/scenarios", {**LAMP, "name": "one too many"})
    assert (answer.status, answer.code) == (409, "scenarios_too_many")


@pytest.mark.parametrize(
    ("changes", "code", "where"),
    [
        ({"basket": {"lines": [{"sku": "A", "price": "1.001", "quantity": 1}]}}, "amount_invalid",
         ["/basket/lines/0/price"]),
        ({"basket": {"lines": [], "at": "0001-01-01T00:00:00+14:00"}}, "basket_invalid", ["/basket/at"]),
        ({"expected": {"totle": "1.00", "shipping": "9.999"}}, "expectation_invalid",
         ["/expected/totle", "/expected/shipping"]),
        ({"expected": {"total": 9.9}}, "expectation_invalid", ["/expected/total"]),
        ({"expected": {"applied": {"a": 1}}}, "expectation_invalid", ["/expected/applied"]),
        ({"expected": {"a/b\u2028~": []}}, "expectation_invalid", ["/expected/a~1b\u2028~0"]),
    ],
)  # fmt: skip
async def test_what_can_never_be_compared_is_refused_with_its_places(
    admin: Admin, changes: dict[str, Any], code: str, where: list[str]
) -> None:
    answer = await admin.client.post("/analysis/scenarios", {**LAMP, **changes})
    assert (answer.status, answer.code) == (422, code)
    assert [fault["pointer"] for fault in answer.json["errors"]] == where
    assert expect(await admin.client.get("/analysis/scenarios"))["items"] == []


async def test_a_run_says_what_does_not_hold_and_what_made_it(admin: Admin) -> None:
    await saved(admin)
    await saved(admin, name="wrong", expected={"shipping": "0.00", "applied": ["vip-delivery"]})
    ran = await run(admin)
    assert (ran["passed"], ran["failed"]) == (1, 1)
    lamp, wrong = ran["results"]
    assert (lamp["passed"], lamp["differences"], lamp["total"]) == (True, [], "171.90")
    assert [each["key"] for each in wrong["differences"]] == ["shipping", "applied"]
    assert "shipping is 9.90, expected 0.00" in wrong["differences"][0]["message"]
    assert "made of" in wrong["differences"][0]["witness"]


async def test_a_run_is_by_the_rulesets_that_are_asked_for(admin: Admin) -> None:
    await saved(admin)
    draft = await admin.draft("shipping")
    await admin.change(draft, (FREE_FROM, 'free_from: {amount: "149.00"'))
    ran = await run(admin, rulesets={"with": [f"draft:{draft['id']}"]})
    assert ran["failed"] == 1
    assert [each["key"] for each in ran["results"][0]["differences"]] == ["shipping"]
    assert {each["kind"]: each["version"] for each in ran["rulesets"]}["shipping"] == 2


async def test_only_those_that_are_named_are_run(admin: Admin) -> None:
    await saved(admin)
    await saved(admin, name="other")
    assert [each["name"] for each in (await run(admin, names=["other"]))["results"]] == ["other"]
    answer = await admin.client.post("/analysis/scenarios/run", {"names": ["other", "nobody's"]})
    assert (answer.status, answer.code) == (422, "scenarios_unknown")
    assert [fault["pointer"] for fault in answer.json["errors"]] == ["/names/1"]


async def test_how_many_scenarios_there_are_changes_no_number_of_statements(admin: Admin) -> None:
    await saved(admin)
    few = await admin.client.post("/analysis/scenarios/run", {})
    for number in range(5):
        await saved(admin, name=str(number))
    many = await admin.client.post("/analysis/scenarios/run", {})
    assert (many.json["passed"], many.statements) == (6, few.statements)


async def test_a_scenario_is_shown_as_the_case_it_would_be(admin: Admin) -> None:
    made = await saved(admin)
    answer = await admin.client.get(f"/analysis/scenarios/{made['id']}/as-case")
    assert (answer.status, answer.headers["Content-Type"]) == (200, "application/yaml")
    text = answer.raw.decode()
    assert text.startswith('- name: "a lamp to São Paulo"\n  given:\n    store: {currency: BRL}\n')
    assert text.endswith('  expect:\n    shipping: "9.90"\n    discount: "18.00"\n    applied: [ten-off-150]\n')


async def test_an_added_case_fails_when_the_draft_then_breaks_it(admin: Admin) -> None:
    made = await saved(admin)
    draft = await admin.draft("shipping")
    before, tag = await admin.source(draft)
    answer = await add_cases(admin, draft, made, tag=tag)
    assert expect(answer)["content_hash"] != draft["content_hash"]
    after, new_tag = await admin.source(draft)
    assert answer.headers["ETag"] == new_tag
    assert set(before.splitlines()) <= set(after.splitlines())
    checked = await admin.check(draft)
    assert (checked["errors"], checked["cases"][-1]) == (0, {"name": LAMP["name"], "passed": True, "findings": []})
    await admin.change(draft, (FREE_FROM, 'free_from: {amount: "149.00"'))
    broken = next(case for case in (await admin.check(draft))["cases"] if case["name"] == LAMP["name"])
    assert not broken["passed"]
    assert [each["code"] for each in broken["findings"]] == ["RS602"]


async def test_cases_are_added_over_what_was_read_and_only_once(admin: Admin) -> None:
    made = await saved(admin)
    draft = await admin.draft("promotions")
    stale = await add_cases(admin, draft, made, tag=f'"{"0" * 64}"')
    assert (stale.status, stale.code) == (412, "content_changed")
    missing = await admin.client.post(f"/rulesets/drafts/{draft['id']}/cases", {"scenarios": [made["id"]]})
    assert (missing.status, missing.code) == (428, "content_version_missing")
    expect(await add_cases(admin, draft, made, made))
    again = await add_cases(admin, draft, made)
    assert (again.status, again.code) == (409, "case_name_taken")
    text, _ = await admin.source(draft)
    assert text.count(LAMP["name"]) == 1


async def test_what_cannot_become_a_case_says_why_and_changes_nothing(admin: Admin) -> None:
    draft = await admin.draft("promotions")
    text, _ = await admin.source(draft)
    empty = await saved(admin, name="nothing expected", expected={})
    blank = await saved(admin, name="a blank code", basket={**BASKET, "coupon_codes": [" "]})
    for scenario in (empty, blank):
        answer = await add_cases(admin, draft, scenario)
        assert (answer.status, answer.code) == (422, "scenario_no_case")
        assert [fault["pointer"] for fault in answer.json["errors"]] == ["/scenarios/0"]
        assert (await admin.client.get(f"/analysis/scenarios/{scenario['id']}/as-case")).code == "scenario_no_case"
    unknown = await add_cases(admin, draft, {"id": str(uuid4())})
    assert (unknown.status, unknown.code) == (422, "scenarios_unknown")
    assert (await admin.source(draft))[0] == text


async def test_a_draft_that_is_no_yaml_or_decides_no_baskets_takes_no_case(admin: Admin) -> None:
    made = await saved(admin)
    draft = await admin.draft("promotions")
    _, tag = await admin.source(draft)
    expect(await admin.try_to_save(draft, "a: [", tag))
    assert (await add_cases(admin, draft, made)).code == "draft_unreadable"
    refused = await add_cases(admin, await admin.draft("access"), made)
    assert (refused.status, refused.code) == (422, "draft_unreadable")


async def test_a_scenario_for_no_instant_is_decided_now_and_its_case_says_when(admin: Admin) -> None:
    basket = {key: value for key, value in BASKET.items() if key != "at"}
    made = await saved(admin, basket=basket, expected={"discount": "18.00"})
    assert (await run(admin))["passed"] == 1
    text = (await admin.client.get(f"/analysis/scenarios/{made['id']}/as-case")).raw.decode()
    assert "\n    at: 20" in text


async def test_every_change_is_in_the_audit_log(admin: Admin, shop: Shop, store: Store) -> None:
    made = await saved(admin)
    expect(await try_to_change(admin, made, "*", name="another"))
    expect(await add_cases(admin, await admin.draft("promotions"), made))
    expect(await admin.client.delete(f"/analysis/scenarios/{made['id']}"), 204)

    async def work(tx: Transaction) -> list[str]:
        return [row["action"] for row in await tx.fetch("SELECT action FROM audit_log ORDER BY created_at, id")]

    assert await shop.database.transaction(store.id, work) == [
        "scenarios.create", "scenarios.change", "rulesets.draft", "rulesets.cases_added", "scenarios.delete",
    ]  # fmt: skip


async def test_scenarios_are_of_one_store_and_for_people_who_work_there(
    admin: Admin, shop: Shop, client: Client, store: Store, actors: Actors
) -> None:
    made = await saved(admin)
    elsewhere = await new_store(shop)
    stranger = Admin(Client(client.session, client.base, elsewhere, actors.token(elsewhere, roles=("admin",))))
    assert (await stranger.client.get(f"/analysis/scenarios/{made['id']}")).status == 404
    assert (await add_cases(stranger, await stranger.draft("promotions"), made)).code == "scenarios_unknown"
    assert (await run(stranger))["results"] == []
    customer = client.signed_in(actors.token(store, roles=("customer",)))
    assert (await customer.get("/analysis/scenarios")).status == 403
