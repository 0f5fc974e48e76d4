"""What a ruleset claims of every decision has to hold in the whole rule book before a version of it decides."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from server.decisions.switching import SWITCHBOARD
from server.proving import answering, gate
from server.proving.snapshot import Answer, Question
from server.rule_admin import gates
from server.web.call import Shop
from server.web.killable import Killable
from storage.tenancy import Store
from tests.server.cart.goods import Goods
from tests.server.proving.provers import FALSE, LONG, TRUE, Prover
from tests.server.proving.threads import answer_in_threads
from tests.server.rule_admin.admins import Admin
from tests.shop import expect


@pytest.fixture
def prover(shop: Shop, store: Store, admin: Admin, monkeypatch: pytest.MonkeyPatch) -> Prover:
    """The admin, who asks for proofs as well; they are answered in threads of the test."""
    answer_in_threads(monkeypatch)
    return Prover(shop, store, admin)


@pytest.fixture
def no_time(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """A shop in which publishing proves nothing but what the bounds alone do."""
    monkeypatch.setattr(shop, "settings", msgspec.structs.replace(shop.settings, proof_seconds=0.0))


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Question]:
    """What the gate had to find out with a process."""
    found: list[Question] = []
    answered = gate.answered

    async def noted(question: Question, *arguments: Any, **options: Any) -> Answer:
        found.append(question)
        return await answered(question, *arguments, **options)

    monkeypatch.setattr(gate, "answered", noted)
    return found


async def test_a_refuted_claim_forbids_to_publish_and_shows_the_cart(prover: Prover, goods: Goods) -> None:
    draft = await prover.draft_claiming(TRUE, FALSE)
    answer = await prover.admin.try_to_publish(draft, allow=await prover.allowed(draft, "RS651"))
    assert (answer.status, answer.code) == (422, "ruleset_faulty")
    (fault,) = answer.json["errors"]
    assert fault["code"] == "RS650"
    text, _ = await prover.admin.source(draft)
    line = text[: text.index("- id: always-cheap")].count("\n") + 1
    assert fault["message"].startswith(f"shipping/default.yaml:{line}:")
    assert "'always-cheap' is refuted: the total is" in fault["message"]
    for told in (fault["message"], answer.json["detail"]):
        assert "\ngiven:\n" in told
        assert "lines:" in told
    assert expect(await prover.client.get("/rulesets/versions"))["items"] == []
    # What was found out is kept with the draft.
    (proof,) = expect(await prover.client.get(f"/rulesets/drafts/{draft['id']}/proofs"))["items"]
    assert (proof["task"], proof["report"]["refuted"]) == ("prove", 1)


async def test_a_claim_of_another_ruleset_counts_as_much(prover: Prover, no_time: None) -> None:
    claiming = await prover.draft_claiming(FALSE)
    allow = await prover.allowed(claiming, "RS651")
    expect(await prover.admin.try_to_publish(claiming, allow=allow, activate=True))
    # Taxes are what they were, but the claim of the shipping ruleset has to hold with what is new, too.
    tax = await prover.admin.draft("tax")
    answer = await prover.admin.try_to_publish(tax, allow=await prover.allowed(tax))
    assert (answer.status, answer.code) == (422, "ruleset_warnings")
    assert any("'always-cheap'" in each["message"] for each in answer.json["errors"])


async def test_what_the_bounds_prove_needs_no_process(prover: Prover, asked: list[Question]) -> None:
    draft = await prover.draft_claiming(TRUE)
    version = expect(await prover.admin.try_to_publish(draft, allow=await prover.allowed(draft), activate=True))
    assert asked == []
    address = f"/rulesets/versions/shipping/default/{version['number']}/proofs"
    (proof,) = expect(await prover.client.get(address))["items"]
    assert {each["status"] for each in proof["report"]["verdicts"]} == {"proved"}
    # So there is nothing to watch.
    assert await watched(prover) == []


async def test_what_is_not_decided_is_a_warning_that_has_to_be_allowed(prover: Prover, no_time: None) -> None:
    draft = await prover.draft_claiming(TRUE, FALSE)
    allow = await prover.allowed(draft)
    answer = await prover.admin.try_to_publish(draft, allow=allow)
    assert (answer.status, answer.code) == (422, "ruleset_warnings")
    assert answer.json["parameters"]["codes"] == ["RS651"]
    (fault,) = answer.json["errors"]
    assert "'always-cheap' is not decided: no time was given" in fault["message"]
    allow.append({"code": "RS651", "because": "a test"})
    expect(await prover.admin.try_to_publish(draft, allow=allow, activate=True))
    # What the bounds prove holds all the same.
    assert await watched(prover) == ["always-cheap"]


async def test_a_claim_of_which_the_stored_answer_says_nothing_is_not_decided(
    prover: Prover, no_time: None, goods: Goods
) -> None:
    draft = await prover.draft_claiming(TRUE, FALSE)
    allow = await prover.allowed(draft)
    await prover.admin.try_to_publish(draft, allow=allow)
    await goods.execute("UPDATE proof_jobs SET report = jsonb_set(report, '{verdicts}', '[]')")
    answer = await prover.admin.try_to_publish(draft, allow=allow)
    assert (answer.status, answer.code) == (422, "ruleset_warnings")
    assert any("'never-below-zero' is not decided" in each["message"] for each in answer.json["errors"])


async def test_whoever_publishes_is_told_before_the_request_is_over(
    prover: Prover, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answering, "Killable", Killable)
    draft = await prover.draft_claiming(TRUE, LONG)
    allow = await prover.allowed(draft)
    monkeypatch.setattr(shop, "settings", msgspec.structs.replace(shop.settings, request_timeout_seconds=5.0))
    monkeypatch.setattr(gates, "SHARE", 0.1)
    answer = await prover.admin.try_to_publish(draft, allow=allow)
    assert (answer.status, answer.code) == (422, "ruleset_warnings")
    assert "'never-much' is not decided" in answer.json["errors"][0]["message"]


async def test_an_answer_that_is_known_is_not_worked_out_again(
    prover: Prover, goods: Goods, asked: list[Question]
) -> None:
    draft = await prover.draft_claiming(TRUE, FALSE)
    allow = await prover.allowed(draft)
    for _ in range(2):
        assert (await prover.admin.try_to_publish(draft, allow=allow)).code == "ruleset_faulty"
    assert len(asked) == 1
    assert await goods.value("SELECT count(*) FROM proof_jobs") == 1


async def test_the_gate_believes_a_proof_that_was_asked_for_before(prover: Prover, asked: list[Question]) -> None:
    draft = await prover.draft_claiming(TRUE, FALSE)
    assert (await prover.answer("prove", draft))["refuted"] == 1
    assert (await prover.admin.try_to_publish(draft, allow=await prover.allowed(draft))).code == "ruleset_faulty"
    assert asked == []


async def test_the_gate_answers_for_a_job_that_waits(prover: Prover, goods: Goods) -> None:
    draft = await prover.draft_claiming(TRUE, FALSE)
    proof = await prover.ask("prove", draft)
    assert (await prover.admin.try_to_publish(draft, allow=await prover.allowed(draft))).code == "ruleset_faulty"
    found = await prover.read(proof)
    assert (found["state"], found["done"], found["total"]) == ("done", *2 * [found["report"]["claims"]])
    assert await prover.work() == 0


async def test_a_refuted_claim_forbids_to_make_a_version_live_but_not_to_go_back(
    prover: Prover, no_time: None, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft = await prover.draft_claiming(TRUE, FALSE)
    version = expect(await prover.admin.try_to_publish(draft, allow=await prover.allowed(draft, "RS651")))
    plan = {"number": version["number"]}
    # Nobody has found out anything yet, so it goes live, and is watched.
    expect(await prover.client.post("/rulesets/plans/shipping/default", plan), 201)
    assert "always-cheap" in await watched(prover)
    expect(await prover.client.post("/rulesets/plans/shipping/default/roll-back", {}))
    proof = expect(
        await prover.client.post(
            "/rulesets/proofs", {"task": "prove", "rulesets": {"with": [f"shipping/default@{version['number']}"]}}
        ), 202
    )  # fmt: skip
    await prover.work()
    assert (await prover.read(proof))["report"]["refuted"] == 1
    refused = await prover.client.post("/rulesets/plans/shipping/default", plan)
    assert (refused.status, refused.code) == (422, "ruleset_faulty")


async def test_a_proof_that_comes_later_ends_the_watch(prover: Prover, no_time: None) -> None:
    tax, draft = await prover.admin.draft("tax"), await prover.draft_claiming(FALSE, TRUE)
    expect(await prover.admin.try_to_publish(tax, allow=await prover.allowed(tax), activate=True))
    allow = await prover.allowed(draft, "RS651")
    expect(await prover.admin.try_to_publish(draft, allow=allow, activate=True))
    # Going back asks nothing, so of this book nothing is known.
    expect(await prover.client.post("/rulesets/plans/tax/default/roll-back", {}))
    assert "never-below-zero" in await watched(prover)
    await prover.answer("prove")
    # As every process does when it hears of it.
    await prover.shop.use(SWITCHBOARD).look()
    assert await watched(prover) == ["always-cheap"]


async def watched(prover: Prover) -> list[str]:
    """The claims every decision is held against."""
    return [each["invariant"] for each in expect(await prover.client.get("/rulesets/guard"))["watched"]]
