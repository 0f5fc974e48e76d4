"""How are orders priced by several processes, and stopped cleanly?"""

from __future__ import annotations

import gc
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context

import msgspec

from engine.cli import exits, screen
from engine.facts.cart import Cart
from engine.money import formatter
from engine.pipeline import evaluate
from engine.replay.items import ReplayItem
from engine.replay.pricing import price_items
from engine.replay.summary import ReplaySummary
from engine.runtime.book import Book
from engine.runtime.decision import Decision

CHUNK = 250
"""Orders a worker takes at a time: enough to make the trip between processes cheap."""

WORTH_A_WORKER = 20_000
"""Below this many orders for each, starting another process and sending it the orders takes longer than it saves."""

Progress = Callable[[int], None]
Priced = tuple[ReplaySummary, list[bytes]]


@dataclass(frozen=True, slots=True)
class _Task:
    """What every chunk of a worker is priced under."""

    book: Book
    record: bool


_task: _Task | None = None  # in a worker process only: set once when it starts


def default_workers(orders: int) -> int:
    """One process for each processor, but not more than pay off."""
    return max(1, min(os.cpu_count() or 1, orders // WORTH_A_WORKER))


def replay_orders(
    book: Book, items: Sequence[ReplayItem], workers: int, progress: Progress, *, record: bool
) -> tuple[ReplaySummary, list[bytes]]:
    """Price all orders; with `record` also one line of JSON for each, in the order of the items.

    The result does not depend on the number of workers, except for durations.
    """
    summary = ReplaySummary()
    lines: list[bytes] = []
    chunks = [items[start : start + CHUNK] for start in range(0, len(items), CHUNK)]
    try:
        for chunk, (part, recorded) in zip(chunks, _priced(book, chunks, workers, record=record), strict=True):
            summary.merge(part)
            lines += recorded
            progress(len(chunk))
    except KeyboardInterrupt:
        done = summary.accounting.orders_read
        screen.complain(f"stopped after {done:,} of {len(items):,} orders; nothing was written")
        sys.exit(exits.INTERRUPTED)
    return summary, lines


def _priced(book: Book, chunks: Sequence[Sequence[ReplayItem]], workers: int, *, record: bool) -> Iterator[Priced]:
    if workers == 1:
        gc.freeze()  # books and orders stay: the collector need not walk them again and again
        for chunk in chunks:
            yield price_chunk(_Task(book, record), chunk)
        return
    # Spawned, not forked: the progress bar draws from a thread, and a fork would copy its locks.
    pool = ProcessPoolExecutor(workers, get_context("spawn"), _start, (_Task(book, record),))
    try:
        yield from pool.map(_work, chunks)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def price_chunk(task: _Task, items: Sequence[ReplayItem]) -> Priced:
    """Price some orders in this process."""
    decided: list[Decision] = []

    def decide(book: Book, cart: Cart) -> Decision:
        decision = evaluate(book, cart)
        if task.record:
            decided.append(decision)
        return decision

    summary = price_items(task.book, items, decide, time.perf_counter_ns)
    return summary, list(_lines(items, decided)) if task.record else []


def _start(task: _Task) -> None:
    """First thing in a worker: Ctrl-C is for the parent, which then lets the workers finish their chunk."""
    global _task
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _task = task
    gc.freeze()


def _work(items: Sequence[ReplayItem]) -> Priced:
    assert _task is not None, "the worker was not started by _start"
    return price_chunk(_task, items)


def _lines(items: Sequence[ReplayItem], decided: Sequence[Decision]) -> Iterator[bytes]:
    decisions = iter(decided)
    for item in items:
        decision = None if item.cart is None else next(decisions)
        yield msgspec.json.encode(_line(item, decision))


def _line(item: ReplayItem, decision: Decision | None) -> dict[str, object]:
    """One order for `orders.jsonl`: what became of it, its totals, and the rules behind them."""
    line: dict[str, object] = {"order": item.id, "rows": item.rows, "skipped": dict(item.skipped)}
    if decision is None:
        return {**line, "outcome": "skipped", "reason": item.skipped_reason}
    money = formatter(decision.currency)
    totals = msgspec.structs.asdict(decision.totals)
    return {
        **line,
        "outcome": "refused" if decision.refusals else "priced",
        "currency": decision.currency,
        **{name: money(amount) for name, amount in totals.items()},
        "applied": decision.applied,
        "shipping_method": decision.shipping_method,
        "refusals": [refusal.code for refusal in decision.refusals],
        "notes": item.notes,
    }
