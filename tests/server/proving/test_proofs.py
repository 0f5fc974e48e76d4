"""A question about a rule book is answered once, kept with the text it is about, and found again by it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from server.proving import proofs
from server.web.call import Shop
from storage.tenancy import Store
from tests.server.actors import install_actors
from tests.server.cart.goods import Goods
from tests.server.proving.provers import FALSE, TRUE, Prover
from tests.server.rule_admin.admins import Admin
from tests.shop import Client, expect, new_store

pytestmark = pytest.mark.usefixtures("in_threads")

BY_BOUNDS = {"options": {"carts": 300}}


async def test_each_claim_of_the_whole_book_is_proved_or_refuted_by_a_cart(prover: Prover) -> None:
    draft = await prover.draft_claiming(TRUE, FALSE)
    report = await prover.answer("prove", draft, **BY_BOUNDS)
    found = {each["invariant"]: each for each in report["verdicts"]}
    assert found["never-below-zero"]["status"] == "proved"
    assert found["never-below-zero"]["scope"]
    refuted = found["always-cheap"]
    assert (refuted["status"], refuted["ruleset"]) == ("refuted", "shipping default/2")
    assert refuted["at"].startswith("shipping/default.yaml:")
    (step,) = refuted["steps"]
    assert step["measured"]["total"] > 10_000
    assert step["given"]["lines"]
    # Those of the other rulesets, too.
    assert found["never-negative"]["ruleset"].startswith("checkout ")
    assert report["claims"] == report["proved"] + report["refuted"] + report["not_decided"] == len(found)


async def test_the_same_question_has_the_same_answer_and_no_second_job(prover: Prover, goods: Goods) -> None:
    draft = await prover.draft_claiming(TRUE)
    first = await prover.ask("lint", draft)
    again = expect(await prover.try_to_ask("lint", draft, options={"seconds": 7}), 202)
    assert (again["id"], again["state"]) == (first["id"], "waiting")
    assert await prover.work() == 1
    known = await prover.try_to_ask("lint", draft)
    assert known.status == 200
    assert known.headers["Location"] == f"/api/v1/rulesets/proofs/{first['id']}"
    assert known.json["report"]["errors"] == 0
    assert await goods.value("SELECT count(*) FROM proof_jobs") == 1
    other = await prover.draft_claiming(TRUE, free_from="149.00")
    assert (await prover.ask("lint", other))["key"] != first["key"]


async def test_of_many_who_ask_at_once_one_begins(prover: Prover, goods: Goods) -> None:
    draft = await prover.draft_claiming(TRUE)
    answers = await asyncio.gather(*[prover.try_to_ask("prove", draft) for _ in range(6)])
    assert {answer.status for answer in answers} == {202}
    assert len({answer.json["id"] for answer in answers}) == 1
    assert await goods.value("SELECT count(*) FROM audit_log WHERE action = 'proofs.start'") == 1


async def test_a_draft_that_changes_is_another_question(prover: Prover) -> None:
    draft = await prover.draft_claiming(TRUE)
    first = await prover.ask("lint", draft)
    await prover.work()
    await prover.admin.change(draft, ('"0.00"', '"0.01"'))
    assert (await prover.ask("lint", draft))["id"] != first["id"]
    # What was found of the text before is not shown with the one there is.
    assert expect(await prover.client.get(f"/rulesets/drafts/{draft['id']}/proofs"))["items"] == []


async def test_answers_stay_with_the_text_when_a_draft_is_published(prover: Prover) -> None:
    draft = await prover.draft_claiming(TRUE)
    for task in ("lint", "prove"):
        await prover.answer(task, draft)
    of_draft = expect(await prover.client.get(f"/rulesets/drafts/{draft['id']}/proofs"))["items"]
    assert [each["task"] for each in of_draft] == ["lint", "prove"]
    version = expect(await prover.admin.try_to_publish(draft, allow=await prover.allowed(draft)))
    address = f"/rulesets/versions/shipping/default/{version['number']}/proofs"
    answer = await prover.client.get(address)
    assert [each["id"] for each in expect(answer)["items"]] == [each["id"] for each in of_draft]
    assert all(each["report"] for each in answer.json["items"])


async def test_proofs_are_listed_by_task_state_and_text(prover: Prover) -> None:
    one, other = await prover.draft_claiming(TRUE), await prover.draft_claiming(TRUE, free_from="149.00")
    lint, prove = await prover.ask("lint", one), await prover.ask("prove", one)
    await prover.work()
    waiting = await prover.ask("lint", other)

    async def listed(query: str) -> list[Any]:
        return [each["id"] for each in expect(await prover.client.get(f"/rulesets/proofs{query}"))["items"]]

    assert await listed("") == [waiting["id"], prove["id"], lint["id"]]
    assert await listed("?task=lint") == [waiting["id"], lint["id"]]
    assert await listed("?state=done") == [prove["id"], lint["id"]]
    assert await listed(f"?ruleset=draft:{one['id']}&task=prove") == [prove["id"]]
    unknown = await prover.client.get("/rulesets/proofs?ruleset=tax/default@99")
    assert (unknown.status, unknown.code) == (404, "ruleset_choice_unknown")


async def test_how_many_statements_it_takes_does_not_depend_on_how_many_proofs_there_are(prover: Prover) -> None:
    drafts = [await prover.draft_claiming(TRUE, free_from=f"{amount}.00") for amount in (110, 120, 130)]
    await prover.ask("lint", drafts[0])
    few = await prover.client.get("/rulesets/proofs")
    asked = [(await prover.try_to_ask("lint", draft)).statements for draft in drafts[1:]]
    assert asked[0] == asked[1]
    many = await prover.client.get("/rulesets/proofs")
    assert (len(few.json["items"]), len(many.json["items"])) == (1, 3)
    assert few.statements == many.statements


async def test_what_makes_no_sense_is_refused_with_its_place(prover: Prover) -> None:
    before = await prover.try_to_ask("lint", before={})
    assert (before.status, before.code) == (422, "proof_invalid")
    assert before.json["errors"][0]["pointer"] == "/before"
    more = await prover.try_to_ask("prove", options={"never_more": True})
    assert more.json["errors"][0]["pointer"] == "/options/never_more"
    access = await prover.try_to_ask("prove", await prover.admin.draft("access"))
    assert (access.status, access.code) == (422, "proof_invalid")


async def test_a_store_never_sees_the_proofs_of_another(
    prover: Prover, client: Client, shop: Shop, goods: Goods
) -> None:
    proof = await prover.ask("lint")
    other = await new_store(shop)
    token = install_actors(shop).token(other, "user", ("admin",))
    there = Prover(shop, other, Admin(Client(client.session, client.base, other, token)))
    assert expect(await there.client.get("/rulesets/proofs"))["items"] == []
    for answer in (await there.client.get(f"/rulesets/proofs/{proof['id']}"), await there.try_to_cancel(proof)):
        assert (answer.status, answer.code) == (404, "proof_unknown")
    # The same question there is another job, and its worker does only that.
    mine = await there.ask("lint")
    assert mine["id"] != proof["id"]
    assert await there.work() == 1
    assert (await prover.read(proof))["state"] == "waiting"


@pytest.mark.parametrize("roles", [("seller",), ("customer",)])
async def test_proofs_are_for_those_who_may_see_rulesets(
    prover: Prover, client: Client, shop: Shop, store: Store, roles: tuple[str, ...]
) -> None:
    stranger = client.signed_in(install_actors(shop).token(store, "user", roles))
    assert (await stranger.post("/rulesets/proofs", {"task": "lint"})).status == 403
    assert (await stranger.get("/rulesets/guard")).status == 403


async def test_what_could_change_on_any_cart_is_found_beside_the_diff(prover: Prover) -> None:
    draft = await prover.draft_claiming(TRUE, free_from="149.00")
    diff = f"/rulesets/diff?from=live:shipping/default&to=draft:{draft['id']}"
    assert expect(await prover.client.get(diff))["for_any_cart"] is None
    proof = await prover.ask("equivalence", draft, options={"carts": 200})
    beside = expect(await prover.client.get(diff))["for_any_cart"]
    assert (beside["proof_id"], beside["state"], beside["report"]) == (proof["id"], "waiting", None)
    await prover.work()
    beside = expect(await prover.client.get(diff))["for_any_cart"]
    assert (beside["proof_id"], beside["state"]) == (proof["id"], "done")
    assert beside["report"]["status"] == "different"
    assert beside["report"]["regions"][0]["at_new"][0].startswith("shipping/default.yaml:")
    # Another text has none.
    other = await prover.draft_claiming(TRUE, free_from="159.00")
    answer = await prover.client.get(f"/rulesets/diff?from=live:shipping/default&to=draft:{other['id']}")
    assert expect(answer)["for_any_cart"] is None


async def test_what_else_is_different_between_two_books_is_not_shown_beside_the_diff_of_one_text(
    prover: Prover,
) -> None:
    tax, draft = await prover.admin.draft("tax"), await prover.draft_claiming(TRUE)
    expect(await prover.admin.try_to_publish(tax, allow=await prover.allowed(tax), activate=True))
    diff = f"/rulesets/diff?from=shipped:shipping/default&to=draft:{draft['id']}"
    # Against what ships the taxes are other ones, too.
    await prover.ask("equivalence", draft, before={"base": "shipped"})
    # That it never charges more says nothing of where they differ.
    await prover.ask("equivalence", draft, options={"never_more": True})
    assert expect(await prover.client.get(diff))["for_any_cart"] is None
    proof = await prover.ask("equivalence", draft)
    assert expect(await prover.client.get(diff))["for_any_cart"]["proof_id"] == proof["id"]


async def test_an_answer_is_filed_under_the_text_that_was_asked_about_though_the_draft_changes_meanwhile(
    prover: Prover, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft = await prover.draft_claiming(TRUE)
    side = proofs._side

    async def and_then_it_changes(*arguments: Any, **options: Any) -> Any:
        found = await side(*arguments, **options)
        await prover.admin.change(draft, ('"0.00"', '"999.00"'))
        return found

    monkeypatch.setattr(proofs, "_side", and_then_it_changes)
    await prover.ask("lint", draft)
    await prover.work()
    assert expect(await prover.client.get(f"/rulesets/drafts/{draft['id']}/proofs"))["items"] == []


async def test_what_was_proved_of_all_that_is_live_is_found_with_the_version_somebody_asks_for(
    prover: Prover, goods: Goods
) -> None:
    draft = await prover.draft_claiming(TRUE)
    version = expect(await prover.admin.try_to_publish(draft, allow=await prover.allowed(draft), activate=True))
    await goods.execute("DELETE FROM proof_jobs")
    await prover.answer("prove")
    chosen = f"shipping/default@{version['number']}"
    asked = await prover.client.post("/rulesets/proofs", {"task": "prove", "rulesets": {"with": [chosen]}})
    assert (asked.status, asked.json["ruleset_id"]) == (200, version["id"])
    found = expect(await prover.client.get(f"/rulesets/versions/shipping/default/{version['number']}/proofs"))
    assert [each["id"] for each in found["items"]] == [asked.json["id"]]


async def test_the_cases_of_a_ruleset_are_tried_and_so_is_the_book_for_gains(prover: Prover) -> None:
    tax = await prover.admin.draft("tax")
    (mutated,) = (await prover.answer("mutation", tax, options={"carts": 20}))["rulesets"]
    assert mutated["ruleset"] == "tax default/2"
    assert mutated["killed"] > 0
    gains = await prover.answer("exploits", options={"carts": 10})
    assert gains["carts"] >= 10
    assert gains["found"] + gains["allowed"] == len(gains["diagnostics"])
