"""Everybody at the same time, at the same few orders: customers, staff, webhooks, timers and the worker."""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from pathlib import Path
from typing import Final

import pytest_asyncio

from tests.database import Cluster
from tests.server.fire import scene
from tests.server.fire.deadlocks import without_deadlocks
from tests.server.fire.people import Order, People
from tests.server.fire.scene import Scene, opened
from tests.server.fire.test_random_lives import MINUTES

AT_ONCE: Final = 8
STEPS: Final = 200 if MINUTES else 12
"""What each of them does."""
PATIENCE_SECONDS: Final = 1800 if MINUTES else 300


@pytest_asyncio.fixture(loop_scope="session")
async def stage(cluster: Cluster, tmp_path: Path) -> AsyncIterator[Scene]:
    """A shop on a database of its own."""
    async with opened(None, cluster, tmp_path) as stage:
        yield stage


async def test_in_a_storm_nobody_gets_in_anybodys_way_and_the_books_agree(stage: Scene, cluster: Cluster) -> None:
    people = await stage.people()
    async with without_deadlocks(cluster), asyncio.timeout(PATIENCE_SECONDS):
        for _ in range(AT_ONCE):
            await people.order(["A", "B"], method="pix", coupon=None, regular=True)
        await asyncio.gather(*(storm(people, number) for number in range(AT_ONCE)))
    assert await people.place.faults() == []
    await scene.settle(people.place)
    assert await people.place.faults(settled=True) == []


async def storm(people: People, number: int) -> None:
    """One of those who do things, whatever comes to their mind."""
    chance = random.Random(f"{os.environ.get('SOSTECH_TEST_SEED', '')}storm {number}")
    for _ in range(STEPS):
        await chance.choice(_whims(people, chance.choice(people.orders), chance))()


def _whims(people: People, order: Order, chance: random.Random) -> Sequence[Callable[[], Awaitable[object]]]:
    place = people.place
    return (
        lambda: people.order([chance.choice(scene.SKUS)], method="pix", coupon="SPRING", regular=False),
        lambda: people.start_payment(order),
        lambda: people.pay(order, -1, outcome=chance.choice(["succeeded", "succeeded", "declined"])),
        lambda: _webhook(people, chance),
        lambda: _webhook(people, chance),
        lambda: people.bring(order, chance.choice(["cancel", "back-to-cart"]), by_staff=chance.random() < 0.5),
        lambda: people.bring(order, "process", by_staff=True),
        lambda: people.ship(order, everything=chance.random() < 0.5),
        lambda: people.arrive(order),
        lambda: people.ask_to_return(order, 0),
        lambda: people.decide_return(order, chance.choice(["approve", "receive", "refuse"])),
        lambda: people.refund(order, chance.choice(["unit", "amount"]), approve=True, restock=True),
        lambda: scene.work(place),
        lambda: scene.pass_time(place, 0.4),
    )


async def _webhook(people: People, chance: random.Random) -> None:
    found = await scene.deliveries(people.place, sent=chance.random() < 0.3)
    if found:
        await scene.send(people.place, chance.choice(found))
