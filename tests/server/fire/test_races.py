"""More people than pieces and coupons, at two server processes at once: as many get some as there are, and no more."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from http import HTTPStatus

from storage.ids import new_id
from tests.database import Cluster
from tests.server.cart.goods import Shopper
from tests.server.fire.conftest import Two
from tests.server.fire.deadlocks import without_deadlocks
from tests.server.fire.stores import Place
from tests.server.orders.buying import quoted, try_to_place
from tests.shop import Answer, expect

PATIENCE_SECONDS = 120
AT_ONCE = 8
"""Carts that are filled at the same time; orders are all sent at once."""


async def ready(place: Place, two: Two, count: int, *skus: str, coupon: str | None = None) -> list[tuple[Shopper, str]]:
    """So many strangers with a quote, half of them at either process."""
    return await readied([place.at(two.address(number)).guest() for number in range(count)], *skus, coupon=coupon)


async def readied(buyers: Sequence[Shopper], *skus: str, coupon: str | None = None) -> list[tuple[Shopper, str]]:
    """The same of these people."""
    seats = asyncio.Semaphore(AT_ONCE)

    async def fill(buyer: Shopper) -> tuple[Shopper, str]:
        async with seats:
            return buyer, await quoted(buyer, *skus, coupon=coupon)

    return await asyncio.gather(*(fill(buyer) for buyer in buyers))


async def all_at_once(buyers: Sequence[tuple[Shopper, str]]) -> list[Answer]:
    """Everybody sends their order at the same time."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        return await asyncio.gather(*(try_to_place(buyer, token) for buyer, token in buyers))


def told(answers: Sequence[Answer]) -> Counter[str]:
    """How often each answer was given: `placed`, or the code of a refusal."""
    return Counter("placed" if answer.status == HTTPStatus.CREATED else answer.code for answer in answers)


async def test_of_fifty_people_after_five_pieces_five_get_one(place: Place, two: Two) -> None:
    await place.stock("A", pieces=5)
    answers = await all_at_once(await ready(place, two, 50, "A"))
    assert told(answers) == {"placed": 5, "stock_taken": 45}
    assert {answer.status for answer in answers} == {HTTPStatus.CREATED, HTTPStatus.CONFLICT}
    assert all(
        "1 of A are wanted" in answer.json["detail"] for answer in answers if answer.status != HTTPStatus.CREATED
    )
    assert await place.stock_left() == {"A": (5, 5)}
    assert await place.faults() == []


async def test_a_coupon_with_three_uses_is_used_three_times(place: Place, two: Two) -> None:
    await place.stock("A", pieces=100)
    answers = await all_at_once(await ready(place, two, 20, "A", coupon="SPRING"))
    assert told(answers) == {"placed": 3, "coupon_exhausted": 17}
    assert await place.stock_left() == {"A": (100, 3)}
    held = "SELECT held FROM use_counters WHERE kind = 'coupon' AND subject = 'spring' AND customer = ''"
    assert await place.value(held) == 3
    assert await place.faults() == []


async def test_a_budget_of_a_coupon_is_not_overspent(place: Place, two: Two) -> None:
    await place.stock("A", pieces=100)
    answers = await all_at_once(await ready(place, two, 20, "A", coupon="POT"))
    assert told(answers) == {"placed": 2, "coupon_exhausted": 18}
    assert await place.faults() == []


async def test_once_per_customer_is_once_however_many_carts_they_have(place: Place, two: Two) -> None:
    # Guests are told apart by their address, and these all have the same one.
    await place.stock("A", pieces=100)
    answers = await all_at_once(await ready(place, two, 10, "A", coupon="ONCE"))
    assert told(answers) == {"placed": 1, "coupon_exhausted": 9}
    assert await place.faults() == []


async def test_once_per_customer_is_once_for_each_of_them(place: Place, two: Two) -> None:
    await place.stock("A", pieces=100)
    people = [await place.at(two.address(number)).user() for number in range(6)]
    answers = await all_at_once(await readied(people, "A", coupon="ONCE"))
    assert told(answers) == {"placed": 6}
    assert await place.faults() == []


async def test_one_key_twenty_times_at_two_processes_is_one_order(place: Place, two: Two) -> None:
    await place.stock("A", pieces=5)
    guest = place.guest()
    token, key = await quoted(guest, "A"), new_id().hex
    doors = [
        Shopper(place.at(two.address(number)).client.signed_in(guest.client.token), guest.owner) for number in range(20)
    ]

    async def insist(door: Shopper) -> bytes:
        while True:
            answer = await try_to_place(door, token, key)
            if answer.status != HTTPStatus.CONFLICT or answer.code != "idempotency_key_in_use":
                expect(answer, HTTPStatus.CREATED)
                return answer.raw
            await asyncio.sleep(0.01)

    async with asyncio.timeout(PATIENCE_SECONDS):
        answers = await asyncio.gather(*(insist(door) for door in doors))
    assert len(set(answers)) == 1
    assert await place.stock_left() == {"A": (5, 1)}
    assert await place.faults() == []


async def test_carts_with_the_same_goods_in_any_order_do_not_block_each_other(
    place: Place, two: Two, cluster: Cluster
) -> None:
    skus = ["A", "B", "C", "D"]
    await place.stock(*skus, pieces=15)
    there = await readied([place.at(two.address(number)).guest() for number in range(10)], *skus)
    back = await readied([place.at(two.address(number)).guest() for number in range(10)], *reversed(skus))
    async with without_deadlocks(cluster):
        answers = await all_at_once([buyer for pair in zip(there, back, strict=True) for buyer in pair])
    assert told(answers) == {"placed": 15, "stock_taken": 5}
    assert await place.stock_left() == dict.fromkeys(skus, (15, 15))
    assert await place.faults() == []
