"""Signals see patterns in what happens, each once, by what was the same in it, within its time."""

from __future__ import annotations

import pytest

from tests.server.signals.conftest import VELOCITY, Watched, accepted, placed, refused
from tests.shop import new_store

GUESSING = """
signals:
- id: guessing
  sequence:
    steps: [{events: CouponRefused, at_least: 2}, {events: CouponAccepted}]
    same: device.id
    within: 10m
  then: [{announce: CodeGuessed}]
"""


async def test_the_third_order_of_a_phone_within_ten_minutes_is_seen_and_the_second_is_not(watched: Watched) -> None:
    watched.rules(VELOCITY)
    orders = [placed(number) for number in (1, 2, 3)]
    await watched.happens(*orders[:2])
    assert await watched.firings() == []
    await watched.happens(orders[2])
    (firing,) = await watched.firings()
    events = [
        row["id"] for row in await watched.rows("SELECT id FROM events WHERE kind = 'OrderEvent' ORDER BY position")
    ]
    assert (firing["signal"], list(firing["events"])) == ("cash-velocity", events)
    assert firing["key"] == f"cash-velocity/{events[-1]}"
    (told,) = await watched.announced()
    assert (told["name"], told["signal_id"], told["order_id"]) == ("SignalFired", "cash-velocity", orders[2].order_id)
    assert told["firing_id"] == str(firing["id"])


@pytest.mark.parametrize(
    ("gap", "count"), [("10 minutes", 0), ("9 minutes 59.999999 seconds", 1), ("-10 minutes", 0)]
)  # fmt: skip
async def test_ten_minutes_before_the_last_order_are_excluded(watched: Watched, gap: str, count: int) -> None:
    watched.rules(VELOCITY)
    await watched.happens(placed(), placed())
    await watched.announce(placed())
    await watched.spread()
    await watched.execute(
        "UPDATE events SET occurred_at = last.at - $1::text::interval"
        "  FROM (SELECT max(occurred_at) AS at, max(position) AS position FROM events) last"
        " WHERE events.position < last.position",
        gap,
    )
    await watched.tell()
    assert len(await watched.firings()) == count


async def test_other_phones_addresses_and_ways_to_pay_make_no_pattern(watched: Watched) -> None:
    watched.rules(VELOCITY)
    await watched.happens(
        placed(customer_phone="p-1"), placed(customer_phone="p-2"), placed(customer_phone=None),
        placed(customer_phone=None), placed(customer_phone=None), placed(order_payment_method="pix"),
        placed(order_payment_method="pix"),
    )  # fmt: skip
    assert await watched.firings() == []


async def test_one_address_is_as_good_as_one_phone(watched: Watched) -> None:
    watched.rules(VELOCITY)
    await watched.happens(*(placed(customer_phone=f"p-{number}", order_address="a-1") for number in range(3)))
    (firing,) = await watched.firings()
    assert firing["same"] == '{"order.address": "a-1"}'


async def test_a_code_after_several_in_vain_is_seen_on_the_device_that_tried_them(watched: Watched) -> None:
    watched.rules(GUESSING)
    await watched.happens(refused(), refused("d-2"), refused(), accepted("d-2"), accepted())
    (firing,) = await watched.firings()
    assert len(firing["events"]) == 3
    assert [told["name"] for told in await watched.announced()] == ["CodeGuessed"]


async def test_values_that_look_like_something_else_are_only_values(watched: Watched) -> None:
    watched.rules(VELOCITY)
    for hostile in ("'; DROP TABLE events; --", "p-1,p-2", "%", '{"a": 1}', "\U0001f600", "null"):
        await watched.happens(*(placed(customer_phone=hostile, order_id=hostile) for _ in range(3)))
    firings = await watched.firings()
    assert len(firings) == 6
    assert all('"why_not":"there is no such order"' in firing["effects"].replace(": ", ":") for firing in firings)


async def test_what_happens_in_another_store_is_no_part_of_a_pattern(watched: Watched) -> None:
    watched.rules(VELOCITY)
    other = Watched(watched.shop, await new_store(watched.shop), watched.owner_url)
    other.rules(VELOCITY)
    await watched.happens(placed(), placed())
    await other.happens(placed())
    assert (await watched.firings(), await other.firings()) == ([], [])
    await watched.happens(placed())
    assert (len(await watched.firings()), await other.firings()) == (1, [])


async def test_an_event_that_is_told_late_completes_what_came_after_it(watched: Watched) -> None:
    watched.rules(VELOCITY)
    first, second, third = placed(1), placed(2), placed(3)
    await watched.announce(first)
    await watched.spread()
    # Its worker fails, and it is tried again later; signals were not told of it meanwhile, but find it.
    await watched.execute("UPDATE event_deliveries SET next_try_at = now() + interval '1 hour'")
    await watched.happens(second, third)
    assert len(await watched.firings()) == 1
    await watched.execute("UPDATE event_deliveries SET next_try_at = now() WHERE state = 'due'")
    await watched.tell()
    (firing,) = await watched.firings()
    assert str(firing["order_id"]) == third.order_id


async def test_an_event_that_is_kept_late_completes_what_came_after_it(watched: Watched) -> None:
    watched.rules(VELOCITY)
    await watched.happens(placed(1), placed(2))
    await watched.announce(placed(3))
    await watched.spread()
    await watched.execute(
        "UPDATE events SET occurred_at = occurred_at - interval '1 minute'"
        " WHERE position = (SELECT max(position) FROM events)"
    )
    await watched.tell()
    (firing,) = await watched.firings()
    last = (await watched.rows("SELECT payload ->> 'order_id' AS id FROM events ORDER BY occurred_at DESC LIMIT 1"))[0]
    assert str(firing["order_id"]) == last["id"], "what was seen last, not what was told last"


async def test_an_event_that_is_told_again_fires_nothing_again(watched: Watched) -> None:
    watched.rules(VELOCITY)
    await watched.happens(placed(), placed(), placed())
    await watched.execute(
        "UPDATE event_deliveries SET state = 'due', next_try_at = now(), attempts = 0, ended_at = NULL"
    )
    await watched.tell()
    assert (len(await watched.firings()), len(await watched.announced())) == (1, 1)


async def test_a_store_without_signals_for_its_currency_wants_nothing(watched: Watched) -> None:
    store = await new_store(watched.shop, currency="EUR", country="DE", timezone="Europe/Berlin", locale="de")
    other = Watched(watched.shop, store, watched.owner_url)
    await other.happens(placed())
    assert await other.rows("SELECT * FROM event_deliveries") == []
