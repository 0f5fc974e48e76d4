"""A replay says to the cent what other rules would have made of the same carts, and whose line of YAML it was."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from server.web.call import Shop
from tests.server.actors import install_actors
from tests.server.analysis.analysts import Analyst, a_cart
from tests.server.cart.goods import Goods, Shoppers
from tests.server.orders.buying import placed
from tests.shop import Client, expect, new_store


async def test_orders_open_carts_and_a_collection_are_compared_to_the_cent(
    analyst: Analyst, goods: Goods, shoppers: Shoppers
) -> None:
    await goods.put("A", 17_000)
    await goods.put("B", 3_000)
    for sku in ("A", "A", "B"):
        await placed(shoppers.guest(), sku)
    await shoppers.guest().ready("A")
    await analyst.upload("lamps", a_cart("170.00", id="between"), a_cart("30.00"), a_cart("500.00"))
    after = {"with": [await analyst.cheaper_shipping()]}
    report = await analyst.report({"orders": {"most": 10}}, {"carts": {}}, {"collection": "lamps"}, after=after)
    counts = report["counts"]
    # Delivery costs 9.90; two orders, the open cart and "between" are worth 149 to 199.
    assert [counts[name] for name in ("read", "compared", "changed", "cheaper", "dearer")] == [7, 7, 4, 4, 0], counts
    (currency,) = report["currencies"]
    (total,) = [each for each in currency["measures"] if each["measure"] == "total"]
    assert total["difference"] == "-39.60"
    (cause,) = [each for each in currency["causes"] if each["changed"]]
    assert (cause["kind"], cause["amount"], cause["carts"]) == ("shipping", "-39.60", 4)
    assert cause["at_before"].startswith("rules/shipping/v1.yaml:")
    assert cause["at_after"].startswith("shipping/default.yaml:")
    assert report["witnesses"][0]["difference"] == "-9.90"


async def test_without_a_choice_what_is_live_is_compared_with_itself(analyst: Analyst) -> None:
    await analyst.upload("lamps", a_cart("170.00"))
    report = await analyst.report({"collection": "lamps"})
    assert (report["counts"]["compared"], report["counts"]["changed"]) == (1, 0)


async def test_a_draft_means_what_it_said_when_the_replay_was_asked_for(analyst: Analyst) -> None:
    await analyst.upload("lamps", a_cart("170.00"))
    draft = await analyst.cheaper_shipping()
    replay_id = await analyst.start({"collection": "lamps"}, after={"with": [draft]})
    expect(await analyst.client.delete(f"/rulesets/drafts/{draft.removeprefix('draft:')}"), 204)
    await analyst.work()
    assert (await analyst.read(replay_id))["report"]["counts"]["cheaper"] == 1


async def test_versions_of_the_past_and_those_that_ship_can_be_compared(analyst: Analyst) -> None:
    await analyst.upload("lamps", a_cart("170.00"))
    before = datetime.now(UTC)
    await analyst.admin.free_from("149.00")
    lamps = {"collection": "lamps"}
    shipped = await analyst.report(lamps, before={"base": "shipped"})
    past = await analyst.report(lamps, before={"at": (before - timedelta(minutes=1)).isoformat()})
    named = await analyst.report(lamps, before={"base": "shipped"}, after={"with": ["shipping/default@2"]})
    assert [each["counts"]["cheaper"] for each in (shipped, past, named)] == [1, 1, 1]


async def test_orders_since_an_instant_and_so_many_at_most(analyst: Analyst, goods: Goods, shoppers: Shoppers) -> None:
    await goods.put("A", 17_000)
    orders = [await placed(shoppers.guest(), "A") for _ in range(3)]
    whole = await analyst.report({"orders": {}})
    some = await analyst.report({"orders": {"most": 2}})
    later = await analyst.report({"orders": {"since": orders[2]["placed_at"]}})
    assert [each["counts"]["read"] for each in (whole, some, later)] == [3, 2, 1]


async def test_orders_that_are_placed_later_do_not_count(analyst: Analyst, goods: Goods, shoppers: Shoppers) -> None:
    await goods.put("A", 17_000)
    await placed(shoppers.guest(), "A")
    replay_id = await analyst.start({"orders": {}})
    await placed(shoppers.guest(), "A")
    await analyst.work()
    assert (await analyst.read(replay_id))["report"]["counts"]["read"] == 1


async def test_an_open_cart_is_decided_with_the_code_that_is_on_it(
    analyst: Analyst, goods: Goods, shoppers: Shoppers
) -> None:
    await goods.put("A", 17_000)
    buyer = await shoppers.user()
    await buyer.ready("A")
    await buyer.choose("payment-method", {"method": "pix"})
    expect(await buyer.coupon("WELCOME10"))
    shown = (await buyer.cart())["decision"]["totals"]
    report = await analyst.report({"carts": {}})
    measures = {each["measure"]: each for each in report["currencies"][0]["measures"]}
    assert {name: measures[name]["before"] for name in measures} == {name: shown[name] for name in measures}


async def test_a_replay_can_be_read_while_it_waits_and_when_it_is_done(analyst: Analyst) -> None:
    await analyst.upload("lamps", *[a_cart("170.00", id=str(number)) for number in range(3)])
    draft = await analyst.cheaper_shipping()
    asked = await analyst.try_to_start({"collection": "lamps"}, after={"with": [draft]}, title="Free from 149")
    made = expect(asked, 201)
    assert asked.headers["Location"] == f"/api/v1/analysis/replays/{made['id']}"
    assert (made["title"], made["state"], made["done"], made["carts"]) == ("Free from 149", "waiting", 0, 3)
    assert (made["before"]["with"], made["after"]["with"]) == ([], [draft])
    changed = [
        one["kind"]
        for one, other in zip(made["before"]["rulesets"], made["after"]["rulesets"], strict=True)
        if one["hash"] != other["hash"]
    ]
    assert changed == ["shipping"]
    assert (await analyst.client.get(f"/analysis/replays/{made['id']}/report.json")).code == "replay_not_done"
    await analyst.work()
    done = await analyst.read(made["id"])
    assert (done["state"], done["done"], done["error"]) == ("done", 3, None)
    assert expect(await analyst.client.get(f"/analysis/replays/{made['id']}/report.json")) == done["report"]
    page = await analyst.client.get(f"/analysis/replays/{made['id']}/report.html")
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "Free from 149" in page.raw.decode()
    assert "script" not in page.headers["Content-Security-Policy"]


async def test_replays_are_listed_by_pages_the_newest_first(analyst: Analyst) -> None:
    await analyst.upload("lamps", a_cart("170.00"))
    made = [await analyst.start({"collection": "lamps"}) for _ in range(3)]
    first = expect(await analyst.client.get("/analysis/replays?limit=2"))
    second = expect(await analyst.client.get(f"/analysis/replays?limit=2&cursor={first['next']}"))
    assert [each["id"] for each in [*first["items"], *second["items"]]] == made[::-1]
    assert "report" not in first["items"][0]


@pytest.mark.parametrize(
    ("body", "status", "code", "pointer"),
    [
        ({"sources": [{}]}, 422, "replay_source_invalid", "/sources/0"),
        ({"sources": [{"carts": {}, "collection": "x"}]}, 422, "replay_source_invalid", "/sources/0"),
        ({"sources": [{"collection": "nobodys"}]}, 404, "cart_collection_unknown", None),
        ({"sources": []}, 422, "body_invalid", "/sources"),
        ({"after": {"with": ["tax"]}}, 422, "ruleset_choice_invalid", "/after/with/0"),
        ({"before": {"with": ["tax/default@7"]}}, 404, "ruleset_choice_unknown", None),
        ({"before": {"at": "1000-01-01T00:00:00Z"}}, 422, "ruleset_choice_invalid", "/before/at"),
    ],
)
async def test_what_cannot_be_compared_is_refused_and_nothing_is_begun(
    analyst: Analyst, body: dict[str, Any], status: int, code: str, pointer: str | None
) -> None:
    answer = await analyst.client.post("/analysis/replays", {"sources": [{"orders": {}}], **body})
    assert (answer.status, answer.code) == (status, code)
    assert pointer in [each["pointer"] for each in answer.json.get("errors", [])] or pointer is None
    assert expect(await analyst.client.get("/analysis/replays"))["items"] == []


async def test_a_draft_that_does_not_compile_is_refused_with_its_place(analyst: Analyst) -> None:
    draft = await analyst.admin.draft("shipping")
    await analyst.admin.change(draft, ("methods:", "methodes:"))
    answer = await analyst.try_to_start({"orders": {}}, after={"with": [f"draft:{draft['id']}"]})
    assert (answer.status, answer.code) == (422, "ruleset_choice_faulty")
    assert "shipping/default.yaml:" in answer.json["detail"]


async def test_a_store_has_so_many_replays_that_have_not_ended(
    analyst: Analyst, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.analysis.replays.MOST_OPEN", 1)
    replay_id = await analyst.start({"orders": {}})
    assert (await analyst.try_to_start({"orders": {}})).code == "replays_too_many"
    await analyst.work()
    assert (await analyst.read(replay_id))["state"] == "done"
    await analyst.start({"orders": {}})


async def test_another_store_knows_nothing_of_it(analyst: Analyst, shop: Shop) -> None:
    await analyst.upload("lamps", a_cart("170.00"))
    replay_id = await analyst.start({"collection": "lamps"})
    elsewhere = await new_store(shop)
    stranger = Client(
        analyst.client.session, analyst.client.base, elsewhere, install_actors(shop).token(elsewhere, "user")
    )
    for path in ("", "/events", "/report.json", "/report.html"):
        assert (await stranger.get(f"/analysis/replays/{replay_id}{path}")).code == "replay_unknown"
    for what in ("cancel", "pause", "resume"):
        assert (await stranger.post(f"/analysis/replays/{replay_id}/{what}")).code == "replay_unknown"
    assert (await stranger.delete(f"/analysis/replays/{replay_id}")).code == "replay_unknown"
    assert (await stranger.get("/analysis/collections/lamps")).code == "cart_collection_unknown"
    refused = await stranger.post("/analysis/replays", {"sources": [{"collection": "lamps"}]})
    assert refused.code == "cart_collection_unknown"
    assert (await analyst.read(replay_id))["state"] == "waiting"


async def test_whoever_may_not_see_rulesets_sees_no_replay(analyst: Analyst, shop: Shop) -> None:
    replay_id = await analyst.start({"orders": {}})
    token = install_actors(shop).token(analyst.store, "user", permissions={"decisions.dry_run"})
    client = analyst.client.signed_in(token)
    for path in ("", f"/{replay_id}", f"/{replay_id}/events", f"/{replay_id}/report.json"):
        answer = await client.get(f"/analysis/replays{path}")
        assert (answer.status, answer.json["parameters"]) == (403, {"permission": "rules.read"})
    assert (await client.post("/analysis/replays", {"sources": [{"orders": {}}]})).status == 403
    assert (await client.post(f"/analysis/replays/{replay_id}/cancel")).status == 403


async def test_every_change_is_in_the_audit_log(analyst: Analyst, goods: Goods) -> None:
    await analyst.upload("lamps", a_cart("170.00"))
    replay_id = await analyst.start({"collection": "lamps"})
    for what in ("pause", "resume", "cancel"):
        expect(await analyst.tell(replay_id, what))
    expect(await analyst.client.delete(f"/analysis/replays/{replay_id}"), 204)
    expect(await analyst.client.delete("/analysis/collections/lamps"), 204)
    found = await goods.value(
        "SELECT json_agg(json_build_array(action, before, after) ORDER BY created_at, id)::text FROM audit_log"
    )
    noted = [(action, before, after) for action, before, after in msgspec.json.decode(found)]
    assert [action for action, _, _ in noted] == [
        "carts.upload", "replays.start", "replays.pause", "replays.resume", "replays.cancel", "replays.delete",
        "carts.delete",
    ]  # fmt: skip
    assert [before and before.get("state") for _, before, _ in noted[2:6]] == [
        "waiting", "paused", "waiting", "cancelled",
    ]  # fmt: skip


@pytest.mark.parametrize(("source", "needed"), [("orders", "orders.read"), ("carts", "cart.read_any")])
async def test_whoever_may_not_see_carts_of_customers_sees_no_report_of_them(
    analyst: Analyst, shop: Shop, source: str, needed: str
) -> None:
    replay_id = await analyst.start({source: {}})
    token = install_actors(shop).token(analyst.store, "user", permissions={"decisions.dry_run", "rules.read"})
    client = analyst.client.signed_in(token)
    for answer in (
        await client.get(f"/analysis/replays/{replay_id}/report.json"),
        await client.get(f"/analysis/replays/{replay_id}/report.html"),
        await client.post("/analysis/replays", {"sources": [{source: {}}]}),
    ):
        assert (answer.status, answer.json["parameters"]) == (403, {"permission": needed})
    assert (await client.post("/analysis/replays", {"sources": [{"collection": "lamps"}]})).status != 403
