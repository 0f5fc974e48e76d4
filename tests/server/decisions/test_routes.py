"""Is a basket somebody writes down decided, or refused with every fault located?"""

from __future__ import annotations

from typing import Any

import pytest

from server.decisions.books import BOOKS, LiveBook
from server.web.call import Shop
from storage.tenancy import Store
from tests.server.actors import Actors
from tests.shop import Client, expect, new_store

LAMP = {"sku": "LAMP", "price": "199.00", "quantity": 1, "category": "home/lamps", "weight_g": 400}


def body(*lines: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """A lamp to São Paulo, on a day in June."""
    return {
        "lines": list(lines or (LAMP,)),
        "at": "2026-06-10T20:00:00Z",
        "destination": {"country": "BR", "region": "SP", "postcode": "01310-100"},
        "locale": "en",
        **changes,
    }


def pointers(answer: Any) -> list[str]:
    """Where the faults are."""
    return [fault["pointer"] for fault in answer.json["errors"]]


async def test_a_basket_is_decided_and_shown(support: Client) -> None:
    answer = await support.post("/decisions/dry-run", body())
    decision = expect(answer)["decision"]
    assert decision["currency"] == "BRL"
    assert decision["now"] == "2026-06-10T20:00:00Z"
    assert decision["totals"]["discount"] == "19.90"
    assert [line["id"] for line in decision["lines"]] == ["L1"]
    assert answer.json["explanation"] is None
    assert answer.statements == 0


async def test_without_an_instant_it_is_decided_for_now_by_the_databases_clock(support: Client) -> None:
    answer = await support.post("/decisions/dry-run", {"lines": []})
    assert expect(answer)["decision"]["totals"]["total"] == "0.00"
    assert answer.statements == 3


@pytest.mark.parametrize("level", ["shopper", "admin", "full"])
async def test_it_is_explained_at_the_level_that_is_asked_for(support: Client, level: str) -> None:
    explanation = expect(await support.post("/decisions/dry-run", body(explain=level)))["explanation"]
    assert explanation["level"] == level
    assert explanation["sentences"]
    assert bool(explanation["rules"]) == (level != "shopper")
    assert (explanation["data"] is not None) == (level == "full")


async def test_explanations_of_rules_are_for_those_who_may_see_rules(
    client: Client, store: Store, actors: Actors
) -> None:
    caller = client.signed_in(actors.token(store, permissions=["decisions.dry_run"]))
    expect(await caller.post("/decisions/dry-run", body(explain="shopper")))
    refused = await caller.post("/decisions/dry-run", body(explain="admin"))
    assert (refused.status, refused.code) == (403, "explanation_not_allowed")
    assert refused.json["parameters"] == {"permission": "decisions.explain_full"}


async def test_dry_runs_are_for_people_who_work_here(client: Client, store: Store, actors: Actors) -> None:
    assert (await client.post("/decisions/dry-run", body())).status == 401
    guest = client.signed_in(actors.token(store, kind="guest"))
    assert (await guest.post("/decisions/dry-run", body())).status == 401
    customer = client.signed_in(actors.token(store, roles=("customer",)))
    assert (await customer.post("/decisions/dry-run", body())).status == 403


async def test_rules_are_named_in_the_language_of_the_store_unless_another_is_asked_for(support: Client) -> None:
    english = expect(await support.post("/decisions/dry-run", body()))
    assert english["decision"]["discounts"][0]["label"] == "10% off from R$ 150"
    default = {key: value for key, value in body().items() if key != "locale"}
    portuguese = expect(await support.post("/decisions/dry-run", default))
    assert portuguese["decision"]["discounts"][0]["label"] == "10% de desconto a partir de R$ 150"


async def test_hints_may_suggest_what_the_catalogue_holds(support: Client) -> None:
    socks = {"sku": "SOCK", "price": "19.90", "category": "clothing/socks", "weight_g": 60}
    lamp = {**LAMP, "price": "140.00"}
    decision = expect(await support.post("/decisions/dry-run", body(lamp, catalogue=[socks])))["decision"]
    assert "SOCK" in {hint["sku"] for hint in decision["hints"]}


@pytest.mark.parametrize("price", ["19.901", "1.0000"])
async def test_more_digits_than_the_currency_has_are_refused_everywhere(support: Client, price: str) -> None:
    given = body({**LAMP, "price": price, "cost": price}, customer={"spent": price})
    answer = await support.post("/decisions/dry-run", given)
    assert (answer.status, answer.code) == (422, "amount_invalid")
    assert pointers(answer) == ["/lines/0/price", "/lines/0/cost", "/customer/spent"]


@pytest.mark.parametrize(
    ("given", "where"),
    [
        (body({**LAMP, "id": "L2"}, LAMP), ["/lines/1"]),
        (body(catalogue=[{"sku": "A", "price": "1"}, {"sku": "A", "price": "1"}]), ["/catalogue/1"]),
        (body({**LAMP, "id": "+A"}, catalogue=[{"sku": "A", "price": "1"}]), ["/catalogue/0"]),
        (body(at="0001-01-01T00:00:00+14:00"), ["/at"]),
        (body(at="9999-12-31T23:59:59-14:00"), ["/at"]),
        (body(customer={"registered": "0001-01-01T00:00:00Z"}), ["/customer/registered"]),
        (body({**LAMP, "price": "9999999999999", "quantity": 1_000_000}), ["/lines"]),
        (body({**LAMP, "weight_g": 1_000_000_000, "quantity": 1_000_000}), ["/lines"]),
        (body({**LAMP, "volume_cm3": 1_000_000_000, "quantity": 1_000_000}), ["/lines"]),
    ],
)  # fmt: skip
async def test_a_basket_that_cannot_be_is_refused_with_its_places(
    support: Client, given: dict[str, Any], where: list[str]
) -> None:
    answer = await support.post("/decisions/dry-run", given)
    assert (answer.status, answer.code) == (422, "basket_invalid")
    assert pointers(answer) == where


@pytest.mark.parametrize(
    "wrong",
    [
        {"quantity": 0},
        {"quantity": 1_000_001},
        {"quantity": 1.5},
        {"price": 1.99},
        {"price": "-1.00"},
        {"price": "1e3"},
        {"price": "1.00\n"},
        {"category": "/home"},
        {"category": "home//lamps"},
        {"sku": ""},
        {"weight_g": -1},
        {"colour": "red"},
    ],
)
async def test_a_line_of_the_wrong_shape_is_refused(support: Client, wrong: dict[str, Any]) -> None:
    answer = await support.post("/decisions/dry-run", body({**LAMP, **wrong}))
    assert (answer.status, answer.code) == (422, "body_invalid")
    assert pointers(answer)[0].startswith("/lines/0")


async def test_odd_texts_are_decided_like_any_other(support: Client) -> None:
    odd = {**LAMP, "sku": "\u202e☃", "brand": "𝔘", "tags": ["", "x"][1:], "tax_class": "no-such-class"}
    given = body(odd, coupon_codes=["ﬁ", " "], payment_method="barter", shipping_method="pigeon", channel="☎")
    decision = expect(await support.post("/decisions/dry-run", given))["decision"]
    assert decision["lines"][0]["sku"] == "\u202e☃"
    assert {"shipping_method_unavailable", "payment_method_unavailable"} <= {
        refusal["code"] for refusal in decision["refusals"]
    }
    assert [coupon["code"] for coupon in decision["coupons"]] == ["FI"]


async def test_the_live_rulesets_are_named_with_their_hashes(support: Client, live: LiveBook) -> None:
    answer = await support.get("/rulesets/live")
    seen = expect(answer)
    assert (seen["currency"], seen["timezone"]) == ("BRL", "America/Sao_Paulo")
    assert {ruleset["kind"]: ruleset["hash"] for ruleset in seen["rulesets"]} == {
        ruleset.kind: ruleset.hash for ruleset in live.rulesets
    }
    assert answer.statements == 0


async def test_a_replaced_book_decides_from_the_next_request_on(
    shop: Shop, store: Store, support: Client, other_book: LiveBook
) -> None:
    given = body({**LAMP, "price": "120.00"})
    before = expect(await support.post("/decisions/dry-run", given))
    shop.use(BOOKS).replace(store.id, other_book)
    after = expect(await support.post("/decisions/dry-run", given))
    assert (before["decision"]["totals"]["discount"], after["decision"]["totals"]["discount"]) == ("0.00", "12.00")


async def test_a_store_without_rulesets_says_so(shop: Shop, client: Client, actors: Actors) -> None:
    other = await new_store(shop, currency="GBP", country="GB")
    caller = Client(client.session, client.base, other, actors.token(other))
    for answer in (
        await caller.get("/rulesets/live"),
        await caller.post("/decisions/dry-run", {"lines": []}),
    ):
        assert (answer.status, answer.code) == (503, "rules_missing")
