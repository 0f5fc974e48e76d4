"""Measure how long an event takes to its handlers, and how fast many are worked off (`make bench-events`).

python -m tests.benchmarks.events.run [--orders-per-second N] [--seconds N] [--drain N] [--page FILE]

One PostgreSQL of its own, with all its durability, and one worker in this process, which places the orders too.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import quantiles
from typing import Final

from notifications.events import OrderEvent
from notifications.outbox import announce
from server.background.worker import Worker
from server.events.delivering import deliver_due
from server.events.spreading import spread
from server.serve import working
from server.web.call import Shop
from server.web.reacting import HANDLERS, Handler, Reaction, always
from storage import audit
from storage.counting import counted_statements
from storage.database import APP_ROLE, Database
from storage.embedded import EmbeddedPostgres
from storage.ids import new_id
from storage.tenancy import Store
from storage.transaction import Transaction
from tests.database import SHARED, Cluster
from tests.shop import new_shop, new_store

STEPS: Final = ("OrderPlaced", "OrderPaid", "OrderConfirmed")
"""What an order announces soon after one another."""
HANDLERS_COUNT: Final = 3
BEGIN, END = "<!-- events -->", "<!-- /events -->"


@dataclass
class Measured:
    """When each event was committed, and when each handler was done with it, in seconds of one clock."""

    committed: dict[str, float] = field(default_factory=dict)
    lags: list[float] = field(default_factory=list)

    def done(self, it: Reaction) -> None:
        """A handler is done with it."""
        assert isinstance(it.event, OrderEvent)
        began = self.committed[f"{it.event.order_id} {it.event.order_seq}"]
        self.lags.append(time.perf_counter() - began)

    def percentile(self, percent: int) -> float:
        """Milliseconds."""
        return quantiles(self.lags, n=100)[percent - 1] * 1000


@dataclass(frozen=True)
class Found:
    """One line of the table."""

    what: str
    value: str


@asynccontextmanager
async def a_shop(folder: Path, measured: Measured) -> AsyncIterator[tuple[Shop, Store]]:
    """A shop with handlers that write one row each, on a PostgreSQL of its own."""
    postgres = EmbeddedPostgres(folder)
    cluster = Cluster(await asyncio.to_thread(postgres.start))
    try:
        await cluster.make_databases()
        database = await Database.open(cluster.url(SHARED, APP_ROLE))
        shop = new_shop(database, folder / "shop")
        shop.provide(HANDLERS, {f"h{number}": _handler(measured) for number in range(HANDLERS_COUNT)})
        yield shop, await new_store(shop)
        await database.close()
    finally:
        await asyncio.to_thread(postgres.stop)


def _handler(measured: Measured) -> Handler:
    async def react(it: Reaction) -> None:
        await audit.record(
            it.tx, actor_kind="system", actor_id=None, action="bench", resource_type="event",
            resource_id=str(it.event_id), before=None, after=None, request_id=None,
        )  # fmt: skip
        it.tx.after_commit(done(it))

    def done(it: Reaction):  # type: ignore[no-untyped-def]  # a coroutine function
        async def note() -> None:
            measured.done(it)

        return note

    return Handler(always(*STEPS), react)


async def place(shop: Shop, store: Store, measured: Measured) -> None:
    """One order takes its steps, each announced in a transaction of its own."""
    order_id = str(new_id())
    for seq, name in enumerate(STEPS, 1):
        event = OrderEvent(
            name=name, order_id=order_id, order_number=1, order_seq=seq, order_state="placed", order_total=1000,
            order_currency="BRL", order_payment_method="pix",
        )  # fmt: skip

        async def work(tx: Transaction, event: OrderEvent = event) -> None:
            await announce(tx, event)

        # From just before the commit: what comes before the answer to it counts, too.
        measured.committed[f"{order_id} {seq}"] = time.perf_counter()
        await shop.database.transaction(store.id, work)


async def at_rate(shop: Shop, store: Store, measured: Measured, per_second: float, seconds: float) -> float:
    """Orders at this rate, until every handler is done; CPU seconds for each second of it."""
    count = int(per_second * seconds)
    began, cpu = time.perf_counter(), time.process_time()
    placing = []
    async with working(Worker(shop)):
        for number in range(count):
            await asyncio.sleep(max(0.0, began + number / per_second - time.perf_counter()))
            placing.append(asyncio.create_task(place(shop, store, measured)))
        await asyncio.gather(*placing)
        while len(measured.lags) < count * len(STEPS) * HANDLERS_COUNT:
            await asyncio.sleep(0.05)
    return (time.process_time() - cpu) / (time.perf_counter() - began)


async def drain(shop: Shop, store: Store, measured: Measured, events: int) -> float:
    """Seconds until every handler is done with so many events that waited."""
    orders = events // len(STEPS)
    for start in range(0, orders, 8):
        await asyncio.gather(*(place(shop, store, measured) for _ in range(min(8, orders - start))))
    measured.lags.clear()
    began = time.perf_counter()
    async with working(Worker(shop)):
        while len(measured.lags) < orders * len(STEPS) * HANDLERS_COUNT:
            await asyncio.sleep(0.05)
    return time.perf_counter() - began


async def statements(shop: Shop, store: Store, measured: Measured, orders: int) -> tuple[int, float]:
    """Statements to spread the first events of so many orders, and those of each delivery."""
    for _ in range(orders):
        await place(shop, store, measured)
    with counted_statements() as spreading:
        count = await spread(shop)
    with counted_statements() as delivering:
        tried = 0
        while done := await deliver_due(shop, store):
            tried += done
    assert (count, tried) == (orders * len(STEPS), orders * len(STEPS) * HANDLERS_COUNT)
    return spreading.count, delivering.count / tried


async def measure(per_second: float, seconds: float, waiting: int) -> list[Found]:
    """The whole table."""
    measured = Measured()
    with tempfile.TemporaryDirectory(prefix="sostech-bench-", ignore_cleanup_errors=True) as name:
        Path(name).chmod(0o755)
        async with a_shop(Path(name), measured) as (shop, store):
            spreading, delivering = await statements(shop, store, measured, 100)
            measured.lags.clear()
            busy = await at_rate(shop, store, measured, per_second, seconds)
            p50, p95 = measured.percentile(50), measured.percentile(95)
            took = await drain(shop, store, measured, waiting)
    deliveries = waiting // len(STEPS) * len(STEPS) * HANDLERS_COUNT
    return [
        Found("orders per second, events each, handlers", f"{per_second:g}, {len(STEPS)}, {HANDLERS_COUNT}"),
        Found("commit to handler done, p50", f"{p50:.0f} ms"),
        Found("commit to handler done, p95", f"{p95:.0f} ms"),
        Found("CPU of the one Python process that places and works", f"{busy:.0%} of a core"),
        Found(f"{waiting:,} events that waited ({deliveries:,} deliveries) are worked off in", f"{took:.1f} s"),
        Found("deliveries per second then", f"{deliveries / took:,.0f}"),
        Found("statements to spread 300 events", str(spreading)),
        Found("statements of a delivery, besides the handler's own", f"{delivering - 1:.2f}"),
    ]


def table(found: Sequence[Found]) -> str:
    """As Markdown."""
    return "\n".join(["| | |", "|---|---|", *(f"| {each.what} | {each.value} |" for each in found)])


def write(page: Path, found: Sequence[Found]) -> None:
    """Put the table between its marks in the page."""
    before, _, rest = page.read_text("utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    page.write_text(f"{before}{BEGIN}\n{table(found)}\n{END}{after}", "utf-8")


def main() -> None:
    """Parse the command line, measure, tell."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--orders-per-second", type=float, default=50.0)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--drain", type=int, default=10_000)
    parser.add_argument("--page", type=Path, help="page whose table is replaced")
    arguments = parser.parse_args()
    found = asyncio.run(measure(arguments.orders_per_second, arguments.seconds, arguments.drain))
    if arguments.page is not None:
        write(arguments.page, found)
    print(table(found))


if __name__ == "__main__":
    main()
