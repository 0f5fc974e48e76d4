"""Can baskets be tried by any mix of rulesets, many at once, and is it told what differs from what is live?"""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from server.decisions.dry_run_schemas import MOST_SCENARIOS
from server.decisions.dry_runs import MOST_BOOKS
from server.web.call import Shop
from storage.tenancy import Store
from tests.server.actors import Actors
from tests.server.decisions.test_routes import LAMP, body, pointers
from tests.server.rule_admin.admins import Admin
from tests.shop import Client, expect, new_store

FREE_FROM = 'free_from: {amount: "199.00"'
SENT = {"price": "180.00", "weight_g": 400}


@pytest.fixture
def admin(client: Client, store: Store, actors: Actors) -> Admin:
    """Who may do everything with rulesets."""
    return Admin(client.signed_in(actors.token(store, roles=("admin",))))


async def drafted(admin: Admin, amount: str = "149.00") -> Any:
    """A draft with free delivery from another amount on, and without cases that say otherwise."""
    draft = await admin.draft("shipping")
    await admin.change(draft, (FREE_FROM, f'free_from: {{amount: "{amount}"'))
    return draft


def sent(**changes: Any) -> dict[str, Any]:
    """A lamp that is sent in the ordinary way, and costs less than what is free of delivery."""
    return body({**LAMP, **SENT}, shipping_method="standard", **changes)


def shipping(answer: Any) -> Any:
    """What sending costs."""
    return expect(answer)["decision"]["totals"]["shipping"]


async def test_a_draft_decides_in_the_place_of_what_is_live(admin: Admin) -> None:
    draft = await drafted(admin)
    live = await admin.client.post("/decisions/dry-run", sent())
    tried = await admin.client.post("/decisions/dry-run", sent(rulesets={"with": [f"draft:{draft['id']}"]}))
    assert (shipping(live), shipping(tried)) == ("9.90", "0.00")
    hashes = [{each["kind"]: each["hash"] for each in answer.json["decision"]["rulesets"]} for answer in (live, tried)]
    assert {kind for kind in hashes[0] if hashes[0][kind] != hashes[1][kind]} == {"shipping"}


async def test_a_past_version_decides_again_and_what_ships_does_too(admin: Admin) -> None:
    await admin.free_from("149.00")
    await admin.free_from("249.00")
    for rulesets, costs in (
        ({}, "9.90"),
        ({"with": ["shipping/default@2"]}, "0.00"),
        ({"base": "shipped"}, "9.90"),
        ({"base": "shipped", "with": ["shipping/default@2"]}, "0.00"),
    ):
        assert shipping(await admin.client.post("/decisions/dry-run", sent(rulesets=rulesets))) == costs, rulesets


async def test_live_can_be_what_was_live_at_an_instant(admin: Admin) -> None:
    await admin.free_from("149.00")
    before = {"at": "2020-01-01T00:00:00Z"}
    assert shipping(await admin.client.post("/decisions/dry-run", sent(rulesets=before))) == "9.90"
    assert shipping(await admin.client.post("/decisions/dry-run", sent())) == "0.00"


async def test_an_explanation_is_of_the_rulesets_that_were_chosen(admin: Admin) -> None:
    draft = await admin.draft("promotions")
    asked = sent(rulesets={"with": [f"draft:{draft['id']}"]}, explain="admin")
    explanation = expect(await admin.client.post("/decisions/dry-run", asked))["explanation"]
    places = [rule["at"] for rule in explanation["rules"] if rule["kind"] == "promotions"]
    assert places
    assert all(place.startswith("promotions/default.yaml:") for place in places)


async def test_by_what_is_live_nothing_is_read_that_was_not_read_before(support: Client) -> None:
    assert (await support.post("/decisions/dry-run", body(rulesets={}))).statements == 0
    assert (await support.post("/decisions/dry-run", body(rulesets={"base": "live", "with": []}))).statements == 0


async def test_other_rulesets_are_for_those_who_may_see_them(client: Client, store: Store, actors: Actors) -> None:
    caller = client.signed_in(actors.token(store, permissions=["decisions.dry_run"]))
    refused = await caller.post("/decisions/dry-run", body(rulesets={"base": "shipped"}))
    assert (refused.status, refused.code) == (403, "not_allowed")
    assert refused.json["parameters"] == {"permission": "rules.read"}


@pytest.mark.parametrize(
    ("rulesets", "code", "where"),
    [
        ({"with": ["promotions@4", "draft:x"]}, "ruleset_choice_invalid", ["/rulesets/with/0", "/rulesets/with/1"]),
        ({"with": [f"draft:{'-' * 36}"]}, "ruleset_choice_invalid", ["/rulesets/with/0"]),
        ({"at": "0001-01-01T00:00:00+14:00"}, "ruleset_choice_invalid", ["/rulesets/at"]),
        ({"with": ["promotions/default@99"]}, "ruleset_choice_unknown", []),
        ({"with": [f"draft:{uuid4()}"]}, "ruleset_choice_unknown", []),
    ],
)
async def test_rulesets_that_cannot_be_chosen_are_told(
    support: Client, rulesets: dict[str, Any], code: str, where: list[str]
) -> None:
    answer = await support.post("/decisions/dry-run", body(rulesets=rulesets))
    assert answer.code == code
    assert [fault["pointer"] for fault in answer.json.get("errors", [])] == where


async def test_a_draft_of_another_store_is_not_there(admin: Admin, shop: Shop, client: Client, actors: Actors) -> None:
    draft = await drafted(admin)
    elsewhere = await new_store(shop)
    stranger = Client(client.session, client.base, elsewhere, actors.token(elsewhere, roles=("admin",)))
    answer = await stranger.post("/decisions/dry-run", body(rulesets={"with": [f"draft:{draft['id']}"]}))
    assert (answer.status, answer.code) == (404, "ruleset_choice_unknown")


async def test_a_faulty_draft_does_not_decide_and_two_of_a_kind_neither(admin: Admin) -> None:
    draft, other = await drafted(admin), await drafted(admin, "99.00")
    two = body(rulesets={"with": [f"draft:{draft['id']}", f"draft:{other['id']}"]})
    assert (await admin.client.post("/decisions/dry-run", two)).code == "ruleset_choice_invalid"
    await admin.change(draft, ("free_from:", "free_form:"))
    faulty = await admin.client.post("/decisions/dry-run", body(rulesets={"with": [f"draft:{draft['id']}"]}))
    assert (faulty.status, faulty.code) == (422, "ruleset_choice_faulty")
    assert "free_form" in faulty.json["detail"]


async def test_many_scenarios_are_decided_at_once_and_a_bad_one_spoils_no_other(admin: Admin) -> None:
    draft = await drafted(admin)
    asked = {
        "rulesets": {"with": [f"draft:{draft['id']}"]},
        "scenarios": [
            {"name": "by the draft", "basket": sent()},
            {"name": "by what ships", "basket": sent(), "rulesets": {"base": "shipped"}},
            {"name": "too exact", "basket": body({**LAMP, "price": "1.001"})},
            {"name": "by nothing", "basket": sent(), "rulesets": {"with": ["tax/default@77"]}},
        ],
    }
    fine, shipped, too_exact, nothing = expect(await admin.client.post("/decisions/dry-runs", asked))["scenarios"]
    assert fine["answer"]["decision"]["totals"]["shipping"] == "0.00"
    assert shipped["answer"]["decision"]["totals"]["shipping"] == "9.90"
    assert (fine["problem"], fine["differences"]) == (None, None)
    assert (too_exact["answer"], too_exact["problem"]["code"]) == (None, "amount_invalid")
    assert [fault["pointer"] for fault in too_exact["problem"]["errors"]] == ["/scenarios/2/basket/lines/0/price"]
    assert (nothing["name"], nothing["problem"]["code"]) == ("by nothing", "ruleset_choice_unknown")


async def test_each_scenario_is_compared_with_what_is_live(admin: Admin) -> None:
    draft = await drafted(admin)
    asked = {
        "compare": True,
        "rulesets": {"with": [f"draft:{draft['id']}"]},
        "scenarios": [
            {"name": "a lamp", "basket": sent()},
            {"name": "cheap", "basket": body({**LAMP, "price": "9.00"})},
        ],
    }
    lamp, cheap = expect(await admin.client.post("/decisions/dry-runs", asked))["scenarios"]
    assert lamp["differences"]["changed"]
    assert lamp["differences"]["shipping"] == {"before": "9.90", "after": "0.00", "difference": "-9.90"}
    assert lamp["differences"]["total"]["difference"] == "-9.90"
    assert {rule["ruleset"] for rule in lamp["differences"]["rules"]} == {"shipping"}
    assert sum(cents(rule["difference"]) for rule in lamp["differences"]["rules"]) == -990
    assert not cheap["differences"]["changed"]
    assert cheap["differences"]["rules"] == []


async def test_a_refusal_that_comes_or_goes_is_a_difference(admin: Admin) -> None:
    draft = await admin.draft("checkout")
    await admin.change(draft, ('minimum_order: {amount: "20.00"', 'minimum_order: {amount: "200.00"'))
    asked = {
        "compare": True,
        "rulesets": {"with": [f"draft:{draft['id']}"]},
        "scenarios": [{"name": "too little now", "basket": sent()}],
    }
    [found] = expect(await admin.client.post("/decisions/dry-runs", asked))["scenarios"]
    assert found["differences"]["changed"]
    assert len(found["differences"]["refusals_gained"]) == 1


async def test_how_many_scenarios_there_are_changes_no_number_of_statements(support: Client) -> None:
    def asked(count: int) -> dict[str, Any]:
        basket = {"lines": [LAMP]}
        return {"compare": True, "scenarios": [{"name": str(number), "basket": basket} for number in range(count)]}

    answers = [await support.post("/decisions/dry-runs", asked(count)) for count in (1, MOST_SCENARIOS)]
    assert [len(expect(answer)["scenarios"]) for answer in answers] == [1, MOST_SCENARIOS]
    assert [answer.statements for answer in answers] == [3, 3]
    instants = {each["answer"]["decision"]["now"] for each in answers[1].json["scenarios"]}
    assert len(instants) == 1


async def test_more_books_than_can_be_compiled_at_once_are_refused(support: Client) -> None:
    scenarios = [
        {"name": str(number), "basket": body(), "rulesets": {"with": [f"tax/default@{number + 1}"]}}
        for number in range(MOST_BOOKS + 1)
    ]
    refused = await support.post("/decisions/dry-runs", {"scenarios": scenarios})
    assert (refused.status, refused.code) == (422, "ruleset_choice_invalid")


async def test_a_body_of_the_wrong_shape_is_refused_with_its_places(support: Client) -> None:
    scenarios = [{"name": "a", "basket": body()}, {"name": "", "basket": {"lines": [{**LAMP, "quantity": 0}]}}]
    answer = await support.post("/decisions/dry-runs", {"scenarios": scenarios})
    assert (answer.status, answer.code) == (422, "body_invalid")
    assert pointers(answer) == ["/scenarios/1/name", "/scenarios/1/basket/lines/0/quantity"]
    nobody = await support.post("/decisions/dry-runs", {"scenarios": []})
    assert nobody.code == "body_invalid"


def cents(amount: str) -> int:
    """Minor units of an amount of the store."""
    return int(amount.replace(".", ""))
