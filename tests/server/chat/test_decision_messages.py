"""How is it explained in a conversation why a price is what it is, and who sees how much of it?"""

from __future__ import annotations

import asyncio
import json
import os
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest

from server.chat.decisions_rendering import Told, details_of, text_of
from server.decisions.books import BOOKS, LiveBook
from server.decisions.differences import Side
from server.decisions.given import basket_of
from server.decisions.schemas import DryRunBody
from server.decisions.service import decide
from server.web.call import Shop
from storage.ids import new_id
from storage.tenancy import Store
from storage.transaction import Transaction
from tests.contract.people import sign_up
from tests.server.chat.conftest import People, Person, path
from tests.server.chat.test_conversations import ordered
from tests.shop import Answer, expect

GOLDEN: Final = Path(__file__).with_name("golden")
DEAR: Final = {"lines": [{"sku": "T", "price": "1.001", "quantity": 1}]}
ORDERED: Final = {
    "lines": [{"sku": "TEA", "price": "99.00", "quantity": 2, "weight_g": 100}],
    "at": "2026-03-02T11:00:00-03:00",
    "customer": {"email": "ana@example.com"},
    "destination": {"country": "BR", "region": "SP", "postcode": "01310-200"},
    "shipping_method": "standard",
}
BASKET: Final = {"lines": [{"sku": "TEA", "price": "120.00", "quantity": 3}], "at": "2026-03-02T12:00:00-03:00"}


async def explain(person: Person, conversation: Any, **asked: Any) -> Answer:
    """Have something explained; the answer."""
    body = {"client_id": str(new_id()), **asked}
    return await person.client.post(f"{path(conversation)}/decisions", body)


async def test_the_customer_is_told_why_and_staff_every_rule(shop: Shop, people: People) -> None:
    number = await ordered(shop, people.ana, people)
    begun = await people.ana.begin(order=number)
    made = expect(await explain(people.mod, begun, order=number), 201)
    assert made["kind"] == "decision"
    full = made["decision"].pop("full")
    assert {rule["kind"] for rule in full["rules"]} >= {"coupons", "promotions"}
    seen = (await people.ana.messages(begun))["items"][-1]
    assert seen["decision"] == made["decision"]
    assert "full" not in seen["decision"]
    assert full["sentences"][0] not in seen["body"]
    entry = expect(await people.mod.client.get(f"/orders/{number}/replay"))
    assert (seen["decision"]["digest"], seen["decision"]["order"]) == (entry["stored_digest"], number)
    assert all(sentence in seen["body"] for sentence in seen["decision"]["why"])
    order_seen = expect(await people.ana.client.get(f"/orders/{number}"))
    assert seen["decision"]["total"] == order_seen["totals"]["total"]
    assert (await people.ana.see(begun))["status"] == "waiting", "it is an answer"


@pytest.mark.parametrize("locale", ["en", "pt-BR"])
async def test_what_is_told_is_what_its_golden_file_says(shop: Shop, store: Store, locale: str) -> None:
    live = shop.use(BOOKS).live(store)
    order = _told(live, ORDERED, kind="order", order_number=1042, names={"TEA": "Green tea, 100 g"})
    compared = Side(live, order.decision)
    of_order = {"order_number": 1042, "names": order.names, "order": compared}
    tried = _told(live, BASKET, kind="what_if", title="Three boxes", **of_order)
    written = ""
    for told in (order, tried):
        details = details_of(told, locale, "asked")
        written += f"{text_of(told, details, locale)}\n{_plain(details)}\n"
    golden = GOLDEN / f"decisions.{locale}.txt"
    if os.environ.get("SOSTECH_TEST_REWRITE"):
        golden.parent.mkdir(exist_ok=True)
        golden.write_text(written, "utf-8")
    assert written == golden.read_text("utf-8")


async def test_the_text_adds_up_from_the_goods_to_what_is_paid(shop: Shop, store: Store) -> None:
    told = _told(shop.use(BOOKS).live(store), ORDERED, kind="order", order_number=1042)
    totals = told.decision.totals
    text = text_of(told, details_of(told, "en", "asked"), "en")
    goods, discount, delivery = (Decimal(line.rpartition("R$")[2]) for line in text.splitlines()[1:4])
    assert goods - discount + delivery == Decimal(totals.total) / 100
    assert text.splitlines()[1] == "• 2 × TEA: R$198.00"


async def test_of_many_lines_the_text_tells_the_first_and_what_the_others_come_to(shop: Shop, store: Store) -> None:
    lines = [{"sku": f"TEA-{number}", "price": "1.00", "quantity": 1} for number in range(500)]
    told = _told(shop.use(BOOKS).live(store), {**BASKET, "lines": lines}, kind="what_if", order_number=None, title="T")
    said = text_of(told, details_of(told, "en", "asked"), "en").splitlines()
    assert [each for each in said if "×" in each and "TEA" in each] == [
        f"• 1 × TEA-{each}: R$1.00" for each in range(20)
    ]
    assert "• Other goods (480): R$480.00" in said
    assert said[-1].startswith("• You pay ")


async def test_it_is_in_the_language_of_the_customer(shop: Shop, store: Store, people: People) -> None:
    begun = await people.ana.begin()
    bodies = []
    for locale in ("en-GB", "pt-BR", None):
        await shop.database.transaction(store.id, lambda tx, told=locale: _speak(tx, people.ana, told))
        bodies.append(expect(await explain(people.mod, begun, dry_run=BASKET, title="Tea"), 201)["body"])
    assert bodies[0].startswith("What it would cost: Tea\n")
    assert bodies[1] == bodies[2], "the store speaks Portuguese"
    assert bodies[1].startswith("Quanto custaria: Tea\n")


async def test_a_what_if_tells_what_is_different_from_the_order(shop: Shop, people: People) -> None:
    number = await ordered(shop, people.ana, people)
    begun = await people.ana.begin(order=number)
    told = expect(await explain(people.mod, begun, order=number, dry_run=BASKET, title="Tea"), 201)["decision"]
    of_order = expect(await explain(people.mod, begun, order=number), 201)["decision"]
    assert (told["kind"], told["title"], told["order"]) == ("what_if", "Tea", number)
    assert told["differences"]["total"]["before"] == of_order["total"]
    assert told["differences"]["total"]["after"] == told["total"]
    alone = expect(await explain(people.mod, begun, dry_run=BASKET, title="Tea"), 201)["decision"]
    assert alone["differences"] is None
    assert alone["digest"] == told["digest"]


async def test_the_same_client_id_is_the_same_message_also_at_once(shop: Shop, people: People) -> None:
    begun = await people.ana.begin()
    asked = {"client_id": str(new_id()), "dry_run": {"lines": BASKET["lines"]}, "title": "Tea"}
    answers = await asyncio.gather(*(explain(people.mod, begun, **asked) for _ in range(3)))
    assert sorted(each.status for each in answers) == [200, 200, 201]
    assert len({each.json["id"] for each in answers}) == 1
    again = expect(await explain(people.mod, begun, **asked), 200)
    assert again["decision"] == answers[0].json["decision"], "also when it is decided for another instant"
    other = await explain(people.mod, begun, **{**asked, "title": "Coffee"})
    assert (other.status, other.code) == (409, "client_id_reused")
    assert len((await people.ana.messages(begun))["items"]) == 1


async def test_it_can_be_taken_back_and_not_edited(people: People) -> None:
    begun = await people.ana.begin()
    made = expect(await explain(people.mod, begun, dry_run=BASKET, title="Tea"), 201)
    where = f"{path(begun)}/messages/{made['id']}"
    assert (await people.mod.client.patch(where, {"body": "Other"})).code == "message_final"
    assert expect(await people.mod.client.delete(where))["decision"] is None


async def test_an_order_of_somebody_else_is_not_told(shop: Shop, people: People) -> None:
    number = await ordered(shop, people.ana, people)
    with_bea, with_seller = await people.bea.begin(), await people.ana.begin(order=number, seller="stall")
    answer = await explain(people.mod, with_bea, order=number)
    assert (answer.status, answer.code) == (404, "order_unknown")
    assert (await explain(people.mod, with_bea, order=999_999)).code == "order_unknown"
    assert (await explain(people.mod, with_seller, order=number)).code == "not_allowed", "sellers see their lines only"
    for conversation in (with_bea, with_seller):
        assert (await people.mod.messages(conversation))["items"] == []


@pytest.mark.parametrize(
    ("asked", "code", "pointer"),
    [
        ({}, "body_invalid", "/order"),
        ({"dry_run": BASKET}, "body_invalid", "/title"),
        ({"title": "Tea", "dry_run": DEAR}, "amount_invalid", "/dry_run/lines/0/price"),
        (
            {"title": "Tea", "dry_run": {**BASKET, "rulesets": {"with": ["nonsense"]}}},
            "ruleset_choice_invalid", "/dry_run/rulesets/with/0",
        ),
    ],
)  # fmt: skip
async def test_faults_are_located_in_the_whole_body(
    people: People, asked: dict[str, Any], code: str, pointer: str
) -> None:
    refused = await explain(people.mod, await people.ana.begin(), **asked)
    assert (refused.code, refused.json["errors"][0]["pointer"]) == (code, pointer)


async def test_a_what_if_without_a_price_is_told_where_prices_are(people: People) -> None:
    lines = [{"sku": "TEA", "quantity": 1}]
    refused = await explain(people.mod, await people.ana.begin(), dry_run={"lines": lines}, title="Tea")
    fault = refused.json["errors"][0]
    assert (fault["pointer"], fault["code"]) == ("/dry_run/lines/0/price", "missing")
    assert "GET /products/{slug}" in fault["message"]


async def test_customers_and_strangers_explain_nothing(shop: Shop, store: Store, people: People) -> None:
    begun = await people.ana.begin()
    assert (await explain(people.ana, begun, dry_run=BASKET, title="Tea")).status == 403
    own = await people.mod.begin()
    assert (await explain(people.mod, own, dry_run=BASKET, title="Tea")).code == "not_allowed"
    without = await sign_up(shop, store, ["fulfilment"])
    assert (await explain(Person(without.id, people.mod.client.signed_in(without.token)), begun, order=1)).status == 403


async def _speak(tx: Transaction, person: Person, locale: str | None) -> None:
    await tx.execute("UPDATE users SET locale = $2 WHERE id = $1", person.id, locale)


def _told(live: LiveBook, asked: dict[str, Any], **more: Any) -> Told:
    body = msgspec.convert(asked, DryRunBody)
    assert body.at is not None
    basket = basket_of(body, live.currency, body.at)
    return Told(book=live, basket=basket, decision=decide(live, basket), **more)


def _plain(details: dict[str, Any]) -> str:
    """What is kept of it; of what staff see the rules that did something, and how their sentences begin."""
    full = details["full"]
    of_staff = {
        "sentences": [each.partition(" (")[0] for each in full["sentences"]],
        "rules": [f"{each['kind']}/{each['rule']} {each['amount']}" for each in full["rules"] if each["applied"]],
    }
    # Hashes and versions are others with every change of a ruleset.
    kinds = [each["kind"] for each in details["rulesets"]]
    return json.dumps({**details, "digest": "…", "rulesets": kinds, "full": of_staff}, ensure_ascii=False, indent=1)
