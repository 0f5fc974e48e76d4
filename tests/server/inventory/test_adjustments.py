"""Stock is adjusted all or nothing, once per key, never below what is there."""

from __future__ import annotations

import asyncio

from storage.tenancy import Store
from tests.server.actors import Actors
from tests.server.inventory.conftest import Keeper, Shelf
from tests.shop import Client, expect


def _line(sku: str, delta: int, reason: str = "received", **more: object) -> dict[str, object]:
    return {"sku": sku, "delta": delta, "reason": reason, **more}


async def test_what_was_received_is_added_and_stands_in_the_ledger(keeper: Keeper, shelf: Shelf) -> None:
    await shelf.put("MUG")
    booked = expect(await keeper.adjust(_line("MUG", 12, note="delivery 7")), 201)
    assert booked["lines"] == [{"sku": "MUG", "delta": 12, "on_hand": 12, "available": 12, "state": "in_stock"}]
    movements = expect(await keeper.client.get("/inventory/MUG/movements"))["items"]
    assert [(m["delta"], m["on_hand_after"], m["reason"], m["note"]) for m in movements] == [
        (12, 12, "received", "delivery 7")
    ]
    assert movements[0]["reference_type"] == "adjustment"
    assert movements[0]["reference_id"] == booked["id"]


async def test_what_was_counted_becomes_the_level(keeper: Keeper, shelf: Shelf) -> None:
    await shelf.put("MUG", on_hand=9)
    booked = expect(await keeper.adjust({"sku": "MUG", "counted": 7, "reason": "counted"}), 201)
    assert booked["lines"][0]["delta"] == -2
    assert await shelf.on_hand("MUG") == 7


async def test_counting_what_is_there_leaves_no_movement(keeper: Keeper, shelf: Shelf) -> None:
    await shelf.put("MUG", on_hand=9)
    expect(await keeper.adjust({"sku": "MUG", "counted": 9, "reason": "counted"}), 201)
    assert await shelf.ledger_sum("MUG") == 0
    assert expect(await keeper.client.get("/inventory/MUG/movements"))["items"] == []


async def test_one_short_line_books_none_and_every_short_line_is_named(keeper: Keeper, shelf: Shelf) -> None:
    await shelf.put("A", on_hand=5)
    await shelf.put("B", on_hand=3, reserved=2)
    await shelf.put("C", on_hand=1)
    refused = await keeper.adjust(_line("A", -1, "lost"), _line("B", -2, "lost"), _line("C", -2, "lost"))
    assert (refused.status, refused.code) == (409, "stock_short")
    assert [(fault["pointer"], fault["message"]) for fault in refused.json["errors"]] == [
        ("/lines/1", "B: 3 on hand, of which 2 are reserved; 1 cannot be left"),
        ("/lines/2", "C: 1 on hand; -1 cannot be left"),
    ]
    assert [await shelf.on_hand(sku) for sku in "ABC"] == [5, 3, 1]
    assert await shelf.ledger_sum("A") == 0


async def test_reserved_pieces_cannot_be_counted_away(keeper: Keeper, shelf: Shelf) -> None:
    await shelf.put("A", on_hand=5, reserved=4)
    assert (await keeper.adjust({"sku": "A", "counted": 3, "reason": "counted"})).code == "stock_short"
    expect(await keeper.adjust({"sku": "A", "counted": 4, "reason": "counted"}), 201)


async def test_unknown_skus_are_all_located(keeper: Keeper, shelf: Shelf) -> None:
    await shelf.put("A", on_hand=5)
    refused = await keeper.adjust(_line("A", 1), _line("NO", 1), _line("NEITHER", 1))
    assert (refused.status, refused.code) == (422, "adjustment_invalid")
    assert [fault["pointer"] for fault in refused.json["errors"]] == ["/lines/1/sku", "/lines/2/sku"]
    assert await shelf.on_hand("A") == 5


async def test_lines_that_make_no_sense_are_refused(keeper: Keeper, shelf: Shelf) -> None:
    await shelf.put("A", on_hand=5)
    refused = await keeper.adjust(
        {"sku": "A", "reason": "found"},
        {"sku": "A", "reason": "found", "delta": 1, "counted": 1},
        {"sku": "B", "reason": "found", "delta": 0},
    )
    assert [fault["code"] for fault in refused.json["errors"]] == [
        "delta_or_counted", "delta_or_counted", "repeated", "no_change"
    ]  # fmt: skip


async def test_more_than_can_be_kept_is_refused(keeper: Keeper, shelf: Shelf) -> None:
    await shelf.put("A", on_hand=1_000_000_000)
    assert (await keeper.adjust(_line("A", 1_000_000_000))).status == 422


async def test_an_adjustment_needs_a_key_and_a_key_books_once(keeper: Keeper, shelf: Shelf) -> None:
    await shelf.put("A", on_hand=5)
    without = await keeper.client.post("/inventory/adjustments", {"lines": [_line("A", 1)]})
    assert without.code == "idempotency_key_missing"
    first = await keeper.adjust(_line("A", 1), key="delivery-1")
    second = await keeper.adjust(_line("A", 1), key="delivery-1")
    assert (first.status, second.status, first.json) == (201, 201, second.json)
    assert await shelf.on_hand("A") == 6


async def test_of_forty_at_once_twenty_pieces_serve_twenty(keeper: Keeper, shelf: Shelf) -> None:
    await shelf.put("A")
    expect(await keeper.adjust(_line("A", 20)), 201)
    answers = await asyncio.gather(*(keeper.adjust(_line("A", -1, "damaged")) for _ in range(40)))
    assert sorted(answer.status for answer in answers) == [201] * 20 + [409] * 20
    assert await shelf.on_hand("A") == await shelf.ledger_sum("A") == 0
    left = await shelf.value("SELECT array_agg(on_hand_after ORDER BY created_at, id) FROM stock_movements")
    assert left == list(range(20, -1, -1))  # the ledger tells them in the order they happened


async def test_first_pieces_that_arrive_together_are_all_counted(keeper: Keeper, shelf: Shelf) -> None:
    await shelf.put("A", "B")
    answers = await asyncio.gather(*(keeper.adjust(_line("A", 1), _line("B", 2)) for _ in range(10)))
    assert [answer.status for answer in answers] == [201] * 10
    assert (await shelf.on_hand("A"), await shelf.on_hand("B")) == (10, 20)


async def test_opposite_orders_of_skus_never_meet_in_a_deadlock(keeper: Keeper, shelf: Shelf) -> None:
    skus = [f"S{number}" for number in range(8)]
    await shelf.put(*skus, on_hand=100)
    # Counted by the server itself: a deadlock would be tried again, and so could not be seen in the answers.
    deadlocks = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
    before = await shelf.value(deadlocks)
    forwards, backwards = ([_line(sku, -1, "lost") for sku in order] for order in (skus, skus[::-1]))
    answers = await asyncio.gather(*(keeper.adjust(*lines) for lines in [forwards, backwards] * 10))
    assert {answer.status for answer in answers} == {201}
    assert [await shelf.on_hand(sku) for sku in skus] == [80] * 8
    await shelf.value("SELECT pg_stat_clear_snapshot()")
    assert await shelf.value(deadlocks) == before


async def test_the_number_of_statements_does_not_grow_with_the_lines(keeper: Keeper, shelf: Shelf) -> None:
    skus = [f"S{number}" for number in range(60)]
    await shelf.put(*skus, on_hand=9, threshold=8)
    # A connection asks about the types of its first statements, and the store has to be found once.
    expect(await keeper.adjust(_line(skus[0], -1, "lost")), 201)
    one = await keeper.adjust(_line(skus[1], -1, "lost"))
    many = await keeper.adjust(*(_line(sku, -1, "lost") for sku in skus[2:]))
    assert expect(many, 201)["lines"][0]["state"] == "low"
    # begin, key, rows, locks, levels, booking, event, audit, answer, commit
    assert one.statements == many.statements == 10


async def test_staff_changes_are_audited(keeper: Keeper, shelf: Shelf) -> None:
    await shelf.put("A", on_hand=5)
    booked = expect(await keeper.adjust(_line("A", -2, "damaged")), 201)
    entry = await shelf.value(
        "SELECT action || before::text || after::text FROM audit_log WHERE resource_id = $1", booked["id"]
    )
    assert entry == 'inventory.adjust{"A": 5}{"A": 3}'


async def test_who_may_not_adjust_changes_nothing(client: Client, actors: Actors, store: Store, shelf: Shelf) -> None:
    await shelf.put("A", on_hand=5)
    body = {"lines": [_line("A", 1)]}
    key = {"Idempotency-Key": "k"}
    assert (await client.post("/inventory/adjustments", body, headers=key)).status == 401
    for roles in (("customer",), ("staff",), ("seller",)):
        someone = client.signed_in(actors.token(store, roles=roles))
        assert (await someone.post("/inventory/adjustments", body, headers=key)).status == 403
    assert await shelf.on_hand("A") == 5
