"""How many carts a second does a replay price, on one core and on several?"""

from __future__ import annotations

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
    """Carts per second: decided only, and decided and added up; and how much more so many processes do than one.

    `speedup` by the CPU time each needs, which leaves out what else runs on the machine; `speedup_wall` by the clock.
    """

    decided: float
    added_up: float
    processes: int
    speedup: float
    speedup_wall: float


def rates(book: Book, count: int, processes: int) -> Rates:
    """Price `count` different carts that are already conformed."""
    carts = [rulesets.cart(data) for data in w1.timed_carts(count)]
    decided = max(_per_second(book, carts) for _ in range(3))
    items = [ReplayItem(str(number), cart, rows=10) for number, cart in enumerate(carts)]
    started = process_time()
    price_items(book, items, evaluate)
    added_up = count / (process_time() - started)
    return Rates(decided, added_up, processes, *_speedups(book, count, processes))


def _per_second(book: Book, carts: list[Cart]) -> float:
    started = process_time()
    for cart in carts:
        evaluate(book, cart)
    return len(carts) / (process_time() - started)


def _speedups(book: Book, count: int, processes: int) -> tuple[float, float]:
    """How many times as much so many processes do at once: by the CPU time of each, and by the clock on the wall."""
    with ProcessPoolExecutor(
        processes, mp_context=get_context("spawn"), initializer=_take_book, initargs=(pickle.dumps(book),)
    ) as pool:
        list(pool.map(_work, [10] * (4 * processes)))  # everybody is up
        alone, together = [], []
        for _ in range(3):
            alone.append(_clocks(pool, 1, count))
            together.append(_clocks(pool, processes, count))
    (cpu, wall), (cpu_each, wall_all) = (
        [min(clock) for clock in zip(*runs, strict=True)] for runs in (alone, together)
    )
    return processes * cpu / cpu_each, processes * wall / wall_all


def _clocks(pool: ProcessPoolExecutor, workers: int, count: int) -> tuple[float, float]:
    """Seconds of CPU of the slowest worker, and on the wall for all."""
    started = perf_counter()
    cpu = max(pool.map(_work, [count] * workers))
    return cpu, perf_counter() - started


def _take_book(pickled: bytes) -> None:
    _WORKERS_BOOK.append(pickle.loads(pickled))


def _work(count: int) -> float:
    """Seconds of CPU for so many decisions."""
    carts = [rulesets.cart(data) for data in w1.timed_carts(20)]
    book = _WORKERS_BOOK[0]
    started = process_time()
    for number in range(count):
        evaluate(book, carts[number % len(carts)])
    return process_time() - started
