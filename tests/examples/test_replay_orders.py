"""Orders of the past live through a running shop, and everything it says of them agrees with the engine."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from examples.orders_replay.agreement import Judge
from examples.orders_replay.checking import Books, check
from examples.orders_replay.goods import needed
from examples.orders_replay.history import History, read_history
from examples.orders_replay.living import Life
from server.decisions.books import RuleBooks
from storage.database import APP_ROLE, Database
from storage.tenancy import Store, StoreDirectory
from tests.books import faults
from tests.conftest import CHECKOUT
from tests.database import Cluster
from tests.examples.olist_slice import write_slice
from tests.server.program import Ended, serving

QUIET = {"SOSTECH_RATE_LIMITS": "false", "SOSTECH_LOG_LEVEL": "warning"}


@pytest.fixture(scope="module")
def tables(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("olist")
    write_slice(shared_data / "olist", folder)
    return folder


@pytest.fixture(scope="module")
def history(tables: Path) -> History:
    return read_history(tables, None)


@dataclass(frozen=True)
class Run:
    """What the script printed, the address of the shop it ran against, which is still there, and its database."""

    ended: Ended
    address: str
    url: str

    @property
    def result(self) -> Any:
        return json.loads(self.ended.out)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def run(cluster: Cluster, tables: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Run]:
    folder = tmp_path_factory.mktemp("shop")
    url = cluster.url(await asyncio.to_thread(cluster.new_database), APP_ROLE)
    async with serving(folder=folder, DATABASE_URL=url, **QUIET) as shop:
        ended = await _replay(str(tables), "--address", shop.address, "--store", "past", folder=folder, url=url)
        yield Run(ended, shop.address, url)


async def _replay(*words: str, folder: Path, url: str) -> Ended:
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(CHECKOUT / "examples" / "replay_orders.py"), *words, "--json", cwd=folder,
        env={**os.environ, **QUIET, "DATABASE_URL": url},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, err = await process.communicate()
    assert process.returncode is not None
    return Ended(process.returncode, out.decode(), err.decode())


async def test_every_order_is_placed_or_refused_or_skipped_and_agrees_with_the_engine(run: Run) -> None:
    assert run.ended.code == 0, run.ended
    result = run.result
    assert (result["ok"], result["differences"]) == (True, [])
    orders = result["orders"]
    assert orders["read"] == orders["placed"] + sum(orders["refused"].values()) + sum(orders["skipped"].values())
    assert orders["skipped"] == {"order has no items": 2}
    assert orders["placed"] == result["decisions_alike"] > 30


async def test_orders_end_where_the_past_says(run: Run) -> None:
    states = run.result["states"]
    assert set(states) == {"delivered", "shipped", "processing", "refunded"}
    assert states["delivered"] > states["refunded"] > states["shipped"]


async def test_the_books_of_the_shop_balance(run: Run) -> None:
    database, store = await _opened(run)
    try:
        lifecycle = RuleBooks().live(store).orders
        assert await faults(database, store, lifecycle, settled=True) == []
    finally:
        await database.close()


async def test_parcels_leave_seller_by_seller(run: Run) -> None:
    database, store = await _opened(run)
    try:
        parcels = await database.transaction(store.id, lambda tx: tx.fetch(_PARCELS))
    finally:
        await database.close()
    assert [row for row in parcels if row["sellers"] != row["parcels"]] == []
    assert max(row["parcels"] for row in parcels) > 1


async def test_a_store_that_has_orders_is_not_taken_for_another_replay(run: Run, tables: Path, tmp_path: Path) -> None:
    again = await _replay(str(tables), "--address", run.address, "--store", "past", folder=tmp_path, url=run.url)
    assert (again.code, again.out) == (2, "")
    assert "there is a store 'past' already; name another one with --store" in again.err


async def test_without_a_shop_nothing_is_made(tables: Path, tmp_path: Path) -> None:
    ended = await _replay(str(tables), "--address", "http://127.0.0.1:9", folder=tmp_path, url="postgresql://nowhere")
    assert (ended.code, ended.out) == (2, "")
    assert "no shop answers at http://127.0.0.1:9" in ended.err


@pytest.fixture
def lived(history: History) -> tuple[list[Life], Books]:
    """Two orders that went as they should, and the books of the shop that had them."""
    judge = Judge()
    lives = [_life(judge, number, order) for number, order in enumerate(_placeable(judge, history)[:2], start=1)]
    taken = needed(life.past for life in lives if life.keeps_goods)
    books = Books(
        orders={
            str(life.number): {
                "state": life.past.ends,
                "total": life.totals["total"],
                "captured": life.totals["total"],
                "refunded": life.totals["total"] if life.past.ends == "refunded" else "0.00",
            }
            for life in lives
        },
        on_hand={sku: units - taken[sku] for sku, units in needed(life.past for life in lives).items()},
    )
    return lives, books


def test_what_agrees_is_not_complained_of(lived: tuple[list[Life], Books]) -> None:
    lives, books = lived
    assert check(Judge(), lives, books).differences == []


def test_a_cent_is_told(lived: tuple[list[Life], Books]) -> None:
    lives, books = lived
    lives[0].totals = {**lives[0].totals, "shipping": "0.01"}
    (difference,) = check(Judge(), lives, books).differences
    assert "shipping is 0.01 in the shop" in difference


def test_a_piece_too_many_is_told(lived: tuple[list[Life], Books]) -> None:
    lives, books = lived
    sku = next(iter(books.on_hand))
    wrong = replace(books, on_hand={**books.on_hand, sku: books.on_hand[sku] + 1})
    (difference,) = check(Judge(), lives, wrong).differences
    assert difference.startswith(sku)


def test_an_order_that_is_elsewhere_is_told(lived: tuple[list[Life], Books]) -> None:
    lives, books = lived
    wrong = replace(books, orders={**books.orders, "2": {**books.orders["2"], "state": "pending"}})
    (difference,) = check(Judge(), lives, wrong).differences
    assert difference.endswith("it is pending")


def test_an_order_the_engine_would_have_taken_is_told(lived: tuple[list[Life], Books], history: History) -> None:
    lives, books = lived
    refused = _life(Judge(), 0, _placeable(Judge(), history)[2])
    refused.number, refused.refused = None, ("minimum_order",)
    differences = check(Judge(), [*lives, refused], books).differences
    assert "the shop refuses it for minimum_order, the engine for nothing" in differences[0]


async def _opened(run: Run) -> tuple[Database, Store]:
    database = await Database.open(run.url)
    store = await StoreDirectory(database).by_slug("past")
    assert store is not None
    return database, store


def _placeable(judge: Judge, history: History) -> list[Any]:
    return [order for order in history.orders if not judge.decide(order, _NOON).refusals]


def _life(judge: Judge, number: int, order: Any) -> Life:
    answer = judge.decide(order, _NOON)
    return Life(order, left=deque(), number=str(number), totals=answer.totals, digest=answer.digest, decided_at=_NOON)


_NOON = datetime(2026, 6, 1, 15, tzinfo=UTC)
_PARCELS = """
SELECT o.number, count(DISTINCT l.seller) AS sellers,
       (SELECT count(*) FROM shipments s WHERE s.order_id = o.id) AS parcels
  FROM orders o JOIN order_lines l ON l.order_id = o.id
 WHERE o.state IN ('shipped', 'delivered')
 GROUP BY o.id, o.number
"""
