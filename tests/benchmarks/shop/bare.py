"""The floor of a change to a cart: the same number of round trips by asyncpg alone, without HTTP and without deciding.

`bare.py JOB` reads a Floor from the file, prints `begin` and `end` around the measured time, and the Outcome as JSON.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from time import perf_counter_ns, process_time
from uuid import UUID

import asyncpg
import msgspec
import uvloop

from storage.ids import new_id
from tests.benchmarks.shop.load import Request, Tally

TABLE = "CREATE TABLE bare_items (cart uuid, variant uuid, quantity integer NOT NULL, PRIMARY KEY (cart, variant))"
_LINES = 10  # of a cart, before the next one begins


class Floor(msgspec.Struct):
    """How to do it. `round_trips` counts BEGIN and COMMIT; times are seconds."""

    url: str
    clients: int
    round_trips: int
    warm_up: float
    seconds: float


async def change_carts(connection: asyncpg.Connection[asyncpg.Record], reads: int, tally: Tally) -> None:
    """Put one variant after the other into carts, each in a transaction that begins with reading the cart."""
    store, upserted, changes = new_id(), Request("upsert", b""), 0
    cart: UUID = new_id()
    while not tally.is_over:
        began = perf_counter_ns()
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
        tally.note(upserted, perf_counter_ns() - began, b"")
        changes += 1
        if changes % _LINES == 0:
            cart = new_id()


async def measure(floor: Floor) -> bytes:
    """Warm up, measure; the Outcome as JSON."""
    tally = Tally()
    connections = [await asyncpg.connect(floor.url) for _ in range(floor.clients)]
    tasks = [asyncio.create_task(change_carts(each, floor.round_trips - 3, tally)) for each in connections]
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
