"""Does anybody notice when rulesets are switched? S: two versions of the promotions take turns while carts change.

The versions are written with SQL, and switched as publishing does it: a plan, a count, and a notice to all who listen.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from time import monotonic, sleep
from typing import Any, Final
from uuid import UUID

import asyncpg

from storage.ids import new_id
from tests.benchmarks.shop.calls import connected, new_guest
from tests.benchmarks.shop.goods import Shelf
from tests.benchmarks.shop.house import BenchmarkBroken, House, Running
from tests.benchmarks.shop.sizes import ALWAYS

EVERY_SECONDS: Final = 0.5
_SEEN_SECONDS: Final = 5.0
"""Much longer than any process may take, so that a slow machine breaks nothing."""

_VERSION: Final = """
INSERT INTO ruleset_versions (id, store_id, kind, name, number, status, source, content_hash, hash, published_at)
VALUES ($1, $2, 'promotions', 'default', $3, 'published', $4, $5, $5, now())
"""
_PLAN: Final = """
INSERT INTO ruleset_plans (id, store_id, version_id, kind, name, starts_at)
VALUES ($1, $2, $3, 'promotions', 'default', clock_timestamp())
"""
_OVER: Final = "UPDATE ruleset_plans SET cancelled_at = clock_timestamp() WHERE store_id = $1 AND cancelled_at IS NULL"
_COUNT: Final = """
INSERT INTO rule_switches AS s (store_id, seq) VALUES ($1, 1) ON CONFLICT (store_id) DO UPDATE SET seq = s.seq + 1
"""
_TELL: Final = "SELECT pg_notify('sostech_rules', $1)"


@contextmanager
def switched(house: House, running: Running) -> Iterator[None]:
    """Switch while the block runs; before it, every process has been seen to follow. Raises BenchmarkBroken."""
    shelf = house.shelves[ALWAYS]
    versions = asyncio.run(_written(house, shelf))
    watcher = _Watcher(running, shelf)
    before = watcher.totals()
    asyncio.run(_switch(house, shelf, versions[0]))
    watcher.wait_for_others(before)
    over = threading.Event()
    thread = threading.Thread(target=_switch_until, args=(house, shelf, versions, over), name="switching")
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
        asyncio.run(_switch(house, shelf, None))
    watcher.wait_for(before)


class _Watcher:
    """A guest whose cart costs something else under each version."""

    def __init__(self, running: Running, shelf: Shelf) -> None:
        self._ports = running.ports
        with connected(running.ports[0]) as connection:
            self._guest = new_guest(connection, shelf.slug)
            self._guest.fill(list(shelf.variants.values())[:1])

    def totals(self) -> list[Any]:
        """What the cart costs, by process."""
        found = []
        for port in self._ports:
            with connected(port) as connection:
                found.append(replace(self._guest, connection=connection).call("GET", "/cart")["decision"]["totals"])
        return found

    def wait_for_others(self, before: list[Any]) -> None:
        """Until every process decides otherwise."""
        self._wait(lambda now: all(new != old for new, old in zip(now, before, strict=True)))

    def wait_for(self, wanted: list[Any]) -> None:
        """Until every process decides like that."""
        self._wait(lambda now: now == wanted)

    def _wait(self, is_so: Callable[[list[Any]], bool]) -> None:
        until = monotonic() + _SEEN_SECONDS
        while not is_so(self.totals()):
            if monotonic() > until:
                raise BenchmarkBroken("rulesets were switched, and a process went on deciding as before")
            sleep(0.05)


def _switch_until(house: House, shelf: Shelf, versions: tuple[UUID, ...], over: threading.Event) -> None:
    number = 0
    while not over.wait(EVERY_SECONDS):
        number += 1
        asyncio.run(_switch(house, shelf, versions[number % len(versions)]))


async def _written(house: House, shelf: Shelf) -> tuple[UUID, ...]:
    """Two versions of the store's promotions that give other percentages."""
    text = (house.rules / shelf.slug / "rules" / "promotions" / "v1.yaml").read_text("utf-8")
    connection = await asyncpg.connect(house.database.url)
    try:
        first = 2 + await connection.fetchval(
            "SELECT count(*) FROM ruleset_versions WHERE store_id = $1", shelf.store_id
        )
        ids = (new_id(), new_id())
        for at, version_id in enumerate(ids):
            source = text.replace("version: 1\n", f"version: {first + at}\n").replace(
                "percent_off: 5, on: order", f"percent_off: {6 + at}, on: order"
            )
            await connection.execute(_VERSION, version_id, shelf.store_id, first + at, source, version_id.hex)
        return ids
    finally:
        await connection.close()


async def _switch(house: House, shelf: Shelf, version_id: UUID | None) -> None:
    """Make a version live; with None what was before."""
    connection = await asyncpg.connect(house.database.url)
    try:
        async with connection.transaction():
            if version_id is None:
                await connection.execute(_OVER, shelf.store_id)
            else:
                await connection.execute(_PLAN, new_id(), shelf.store_id, version_id)
            await connection.execute(_COUNT, shelf.store_id)
            await connection.execute(_TELL, str(shelf.store_id))
    finally:
        await connection.close()
