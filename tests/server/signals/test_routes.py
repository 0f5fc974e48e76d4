"""People see which signals there are, what they saw, and what others would have seen."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from server.decisions.books import BOOKS
from server.signals import trying, windows_repo
from storage.ids import new_id
from tests.server.actors import install_actors
from tests.server.cart.goods import Goods, Shoppers
from tests.server.orders.buying import placed as ordered
from tests.server.rule_admin.admins import Admin
from tests.server.signals.conftest import HEAD, VELOCITY, Watched, placed
from tests.shop import Answer, Client, expect, new_store


def period(**days: float) -> dict[str, Any]:
    """From so long ago until in an hour."""
    now = datetime.now(UTC)
    return {"from": (now - timedelta(**days)).isoformat(), "until": (now + timedelta(hours=1)).isoformat()}


async def test_the_live_signals_are_listed_with_how_often_they_fired(watched: Watched, staff: Client) -> None:
    watched.rules(VELOCITY)
    await watched.happens(placed(), placed(), placed())
    await watched.let_pass(days=2)
    await watched.happens(placed(), placed(), placed(), placed())
    found = expect(await staff.get("/signals"))
    (signal,) = found["signals"]
    assert signal["looks_for"] == "3 × OrderPlaced within 10m, with the same customer.phone or order.address"
    assert signal["does"] == ["hold order", "flag order"]
    assert (signal["fired_last_day"], signal["fired_last_30_days"]) == (2, 3)
    assert found["ruleset"]["version"] == 1


async def test_a_store_without_signals_lists_none_and_has_none_to_try(watched: Watched, staff: Client) -> None:
    books = watched.shop.use(BOOKS)
    books.replace(watched.store.id, replace(books.live(watched.store), signals=None))
    assert expect(await staff.get("/signals")) == {"ruleset": None, "signals": []}
    assert (await staff.post("/signals/dry-run", period(days=1))).code == "signals_missing"


async def test_firings_are_listed_newest_first_page_by_page_and_filtered(watched: Watched, staff: Client) -> None:
    watched.rules(VELOCITY)
    await watched.happens(*(placed(number) for number in range(1, 8)))
    first = expect(await staff.get("/signals/firings?limit=3"))
    second = expect(await staff.get(f"/signals/firings?limit=3&cursor={first['next']}"))
    assert [len(page["items"]) for page in (first, second)] == [3, 2]
    times = [each["at"] for each in (*first["items"], *second["items"])]
    assert times == sorted(times, reverse=True)
    back = expect(await staff.get(f"/signals/firings?limit=3&cursor={second['prev']}"))
    assert back["items"] == first["items"]
    for query, count in (
        ("signal=cash-velocity", 5), ("signal=another", 0), ("effect=hold", 5), ("effect=announce", 0),
        (f"customer_id={new_id()}", 0), (f"cart_id={new_id()}", 0), ("order=1", 0), ("from=2999-01-01T00:00:00Z", 0),
        ("until=2999-01-01T00:00:00Z", 5),
    ):  # fmt: skip
        assert len(expect(await staff.get(f"/signals/firings?{query}"))["items"]) == count, query


async def test_a_firing_shows_its_events_what_was_the_same_and_why(watched: Watched, staff: Client) -> None:
    watched.rules(VELOCITY)
    await watched.happens(*(placed(number) for number in (7, 8, 9)))
    (listed,) = expect(await staff.get("/signals/firings"))["items"]
    shown = expect(await staff.get(f"/signals/firings/{listed['id']}"))
    assert [(event["name"], event["order_number"]) for event in shown["events"]] == [
        ("OrderPlaced", "7"), ("OrderPlaced", "8"), ("OrderPlaced", "9"),
    ]  # fmt: skip
    assert shown["same"] == [{"fact": "customer.phone", "value": "p-1"}]
    assert shown["explanation"][0].startswith("cash-velocity: 3 × OrderPlaced within 10m")
    await watched.execute("DELETE FROM events")
    gone = expect(await staff.get(f"/signals/firings/{listed['id']}"))["events"]
    assert [event["id"] for event in gone] == [event["id"] for event in shown["events"]]
    assert {event["name"] for event in gone} == {None}


async def test_what_is_flagged_is_shown_to_staff_beside_the_order(
    watched: Watched, goods: Goods, shoppers: Shoppers, staff: Client
) -> None:
    watched.rules(
        VELOCITY
        + """
- {id: order, repeated: {events: OrderPlaced, within: 1m}, then: [{flag: order}]}
- {id: customer, repeated: {events: OrderPlaced, within: 1m}, then: [{flag: customer}, {announce: Ordered}]}
- {id: cart, repeated: {events: CouponAccepted, within: 1m}, then: [{flag: cart}]}
- {id: unflagged, repeated: {events: OrderPlaced, within: 1m}, then: [{announce: Placed}]}
"""
    )
    await goods.put("CAKE", 9900)
    buyer, guest = await shoppers.user(), shoppers.guest()
    cart = (await buyer.add("CAKE"))["id"]
    first = (await ordered(buyer, coupon="WELCOME10"))["number"]
    second, other = [(await ordered(each, "CAKE"))["number"] for each in (buyer, guest)]
    await watched.tell()

    async def flags(number: str) -> list[tuple[str, str]]:
        found = expect(await staff.get(f"/orders/{number}"))["internal"]["flags"]
        assert [each["at"] for each in found] == sorted((each["at"] for each in found), reverse=True)
        return sorted((each["signal"], each["subject"]) for each in found)

    of_customer = [("customer", "customer")] * 2
    assert await flags(first) == [("cart", "cart"), *of_customer, ("order", "order")]
    assert await flags(second) == [*of_customer, ("order", "order")]
    assert await flags(other) == [("order", "order")]
    assert expect(await guest.client.get(f"/orders/{other}"))["internal"] is None
    listed = expect(await staff.get(f"/signals/firings?cart_id={cart}"))["items"]
    assert [each["signal"] for each in listed] == ["cart"]


async def test_a_firing_of_another_store_is_unknown_and_others_may_not_look(watched: Watched, staff: Client) -> None:
    watched.rules(VELOCITY)
    await watched.happens(placed(), placed(), placed())
    (listed,) = expect(await staff.get("/signals/firings"))["items"]
    other = await new_store(watched.shop)
    token = install_actors(watched.shop).token(other, roles=("admin",))
    stranger = Client(staff.session, staff.base, other, token)
    assert (await stranger.get(f"/signals/firings/{listed['id']}")).code == "signal_firing_unknown"
    customer = staff.signed_in(install_actors(watched.shop).token(watched.store, roles=("customer",)))
    assert (await customer.get("/signals/firings")).status == 403


async def test_a_dry_run_tells_what_would_have_been_held_and_does_nothing(watched: Watched, staff: Client) -> None:
    await watched.happens(*(placed(number, customer_phone="p-9", order_id=str(new_id())) for number in range(1, 5)))
    before = await watched.firings()
    watched.rules(VELOCITY.replace("at_least: 3", "at_least: 2"))
    found = expect(await staff.post("/signals/dry-run", period(days=1)))
    assert (found["events"], found["is_complete"]) == (4, True)
    assert found["signals"] == [{"id": "cash-velocity", "tried": True, "firings": 3, "held_orders": 3}]
    assert [each["fired"] for each in found["firings"]] == [True, True, False]
    assert found["firings"][0]["at"] >= found["firings"][1]["at"]
    assert await watched.firings() == before


async def test_a_dry_run_says_when_it_left_out_what_was_older(
    watched: Watched, staff: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    watched.rules(VELOCITY)
    await watched.happens(*(placed(number) for number in range(1, 7)))
    monkeypatch.setattr(windows_repo, "PAGE", 2)
    whole = expect(await staff.post("/signals/dry-run", period(days=1)))
    assert (whole["events"], whole["is_complete"], whole["signals"][0]["firings"]) == (6, True, 4)
    monkeypatch.setattr(trying, "MOST_EVENTS", 5)
    part = expect(await staff.post("/signals/dry-run", period(days=1)))
    assert (part["events"], part["is_complete"], part["signals"][0]["firings"]) == (5, False, 3)
    assert part["firings"] == whole["firings"][:3], "those of the newest"


async def test_a_dry_run_leaves_out_what_nobody_can_read(watched: Watched, staff: Client) -> None:
    watched.rules(VELOCITY)
    await watched.happens(*(placed(number) for number in range(1, 5)))
    await watched.execute("UPDATE events SET version = 99 WHERE position = (SELECT min(position) FROM events)")
    found = expect(await staff.post("/signals/dry-run", period(days=1)))
    assert (found["events"], found["is_complete"], found["signals"][0]["firings"]) == (3, True, 1)


async def test_a_dry_run_that_takes_too_long_is_given_up(
    watched: Watched, staff: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    watched.rules(VELOCITY)
    monkeypatch.setattr(trying, "LONGEST_SECONDS", 0.1)
    monkeypatch.setattr(trying, "find", hang)
    answer = await staff.post("/signals/dry-run", period(days=1))
    assert (answer.status, answer.code) == (503, "signals_dry_run_too_long")


def hang(*_: object) -> None:
    """In the other process."""
    time.sleep(3600)


async def test_a_draft_can_be_tried_before_it_is_live(watched: Watched, staff: Client) -> None:
    await watched.happens(*(placed(customer_phone=f"p-{number % 2}") for number in range(4)))
    admin = Admin(staff)
    draft = await admin.draft("signals")
    _, tag = await admin.source(draft)
    expect(await admin.try_to_save(draft, (HEAD + VELOCITY.replace("at_least: 3", "at_least: 2")).lstrip(), tag))
    asked = {**period(days=1), "rulesets": {"with": [f"draft:{draft['id']}"]}}
    found = expect(await staff.post("/signals/dry-run", asked))
    assert found["signals"][0]["firings"] == 2
    assert await watched.firings() == []


@pytest.mark.parametrize(
    ("body", "pointers"),
    [
        ({"from": "2026-02-01T00:00:00Z", "until": "2026-02-01T00:00:00Z"}, ["/until"]),
        ({"from": "2026-01-01T00:00:00Z", "until": "2026-12-01T00:00:00Z"}, ["/until"]),
        ({"from": "0001-01-01T00:00:00Z", "until": "0001-01-02T00:00:00Z"}, ["/from", "/until"]),
    ],
)
async def test_a_period_that_cannot_be_tried_is_refused_with_its_place(
    staff: Client, body: dict[str, str], pointers: list[str]
) -> None:
    answer: Answer = await staff.post("/signals/dry-run", body)
    assert (answer.status, answer.code) == (422, "signals_period_invalid")
    assert [fault["pointer"] for fault in answer.json["errors"]] == pointers
