"""How many carts a second does a replay price, on one core and on several?"""

from __future__ import annotations

import os
import pickle
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from time import perf_counter, process_time

from engine.facts.cart import Cart
from engine.pipeline import evaluate
from engine.replay.items import ReplayItem
from engine.replay.pricing import price_items
from engine.runtime.book import Book
from tests.benchmarks import rulesets
from tests.benchmarks import workload as w1

_WORKERS_BOOK: list[Book] = []


@dataclass(frozen=True, slots=True)
class Rates:
    """Carts per second: decided only, decided and added up, and by so many processes over one, by the clock."""

    decided: float
    added_up: float
    processes: int
    speedup: float


def rates(book: Book, count: int, processes: int) -> Rates:
    """Price `count` different carts that are already conformed."""
    carts = [rulesets.cart(data) for data in w1.timed_carts(count)]
    decided = max(_per_second(book, carts) for _ in range(3))
    items = [ReplayItem(str(number), cart, rows=10) for number, cart in enumerate(carts)]
    started = process_time()
    price_items(book, items, evaluate)
    added_up = count / (process_time() - started)
    return Rates(decided, added_up, processes, _speedup(book, count, processes))


def _per_second(book: Book, carts: list[Cart]) -> float:
    started = process_time()
    for cart in carts:
        evaluate(book, cart)
    return len(carts) / (process_time() - started)


def _speedup(book: Book, count: int, processes: int) -> float:
    """How much faster so many processes go through so many times the carts, by the clock on the wall."""
    with ProcessPoolExecutor(
        processes, mp_context=get_context("spawn"), initializer=_take_book, initargs=(pickle.dumps(book),)
    ) as pool:
        list(pool.map(_work, [10] * (4 * processes)))  # everybody is up
        alone = min(_wall(pool, 1, count) for _ in range(3))
        together = min(_wall(pool, processes, count) for _ in range(3))
    return processes * alone / together


def _wall(pool: ProcessPoolExecutor, workers: int, count: int) -> float:
    started = perf_counter()
    list(pool.map(_work, [count] * workers))
    return perf_counter() - started


def _take_book(pickled: bytes) -> None:
    _WORKERS_BOOK.append(pickle.loads(pickled))


def _work(count: int) -> int:
    carts = [rulesets.cart(data) for data in w1.timed_carts(20)]
    book = _WORKERS_BOOK[0]
    for number in range(count):
        evaluate(book, carts[number % len(carts)])
    return os.getpid()
