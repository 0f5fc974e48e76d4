"""The floors of what writes: transactions by asyncpg alone, without HTTP and without deciding.

`bare.py JOB` reads a Floor from the file, prints `begin` and `end` around the measured time, and the Outcome as JSON.
The order is the floor of our promises; the add shows what as many round trips as an add takes cost by themselves.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from time import perf_counter_ns, process_time
from typing import Literal
from uuid import UUID

import asyncpg
import msgspec
import uvloop

from storage.ids import new_id
from tests.benchmarks.shop import bare_order
from tests.benchmarks.shop.tally import Tally

_ITEMS = "CREATE TABLE bare_items (cart uuid, variant uuid, quantity integer NOT NULL, PRIMARY KEY (cart, variant))"
_LINES = 10  # of a cart, before the next one begins

Kind = Literal["order", "add"]


class Floor(msgspec.Struct):
    """How to do it. `round_trips` counts BEGIN and COMMIT, and only adds need to be told; times are seconds."""

    kind: Kind
    url: str
    clients: int
    warm_up: float
    seconds: float
    round_trips: int = bare_order.ROUND_TRIPS


async def make_ready(connection: asyncpg.Connection[asyncpg.Record]) -> None:
    """The tables of both floors, in a database of their own."""
    await connection.execute(_ITEMS)
    await bare_order.make_ready(connection)


async def _repeat(kind: Kind, operation: Callable[[], Awaitable[None]], tally: Tally) -> None:
    while not tally.is_over:
        began = perf_counter_ns()
        await operation()
        tally.note(kind, perf_counter_ns() - began)


def changing_carts(connection: asyncpg.Connection[asyncpg.Record], reads: int) -> Callable[[], Awaitable[None]]:
    """Gives what puts one variant after the other into carts, each in a transaction that begins with reading."""
    store, changes = new_id(), 0
    cart: UUID = new_id()

    async def change() -> None:
        nonlocal cart, changes
        await connection.execute(f"BEGIN; SET LOCAL app.store_id = '{store}'")
        for _ in range(reads):
            await connection.fetch("SELECT variant, quantity FROM bare_items WHERE cart = $1", cart)
        await connection.fetchrow(
            "INSERT INTO bare_items VALUES ($1, $2, 1) ON CONFLICT (cart, variant)"
            " DO UPDATE SET quantity = bare_items.quantity + 1 RETURNING quantity",
            cart,
            new_id(),
        )
        await connection.execute("COMMIT")
        changes += 1
        if changes % _LINES == 0:
            cart = new_id()

    return change


async def measure(floor: Floor) -> bytes:
    """Warm up, measure; the Outcome as JSON."""
    tally = Tally()
    connections = [await asyncpg.connect(floor.url) for _ in range(floor.clients)]
    if floor.kind == "order":
        operations = [await bare_order.placing_orders(each) for each in connections]
    else:
        operations = [changing_carts(each, floor.round_trips - 3) for each in connections]
    tasks = [asyncio.create_task(_repeat(floor.kind, operation, tally)) for operation in operations]
    await asyncio.sleep(floor.warm_up)
    tally.is_measuring = True
    print("begin", flush=True)
    began, cpu_began = perf_counter_ns(), process_time()
    await asyncio.sleep(floor.seconds)
    tally.is_measuring, tally.is_over = False, True
    seconds, cpu_seconds = (perf_counter_ns() - began) / 1e9, process_time() - cpu_began
    print("end", flush=True)
    await asyncio.gather(*tasks)
    for connection in connections:
        await connection.close()
    return msgspec.json.encode(tally.outcome(seconds, cpu_seconds))


def main() -> None:
    """Measure the floor described by the file that is named."""
    floor = msgspec.msgpack.decode(Path(sys.argv[1]).read_bytes(), type=Floor)
    print(uvloop.run(measure(floor)).decode(), flush=True)


if __name__ == "__main__":
    main()
