"""How are carts compared by several processes of this machine, or of a cluster, and stopped cleanly?

Everywhere the same function compares a chunk. What comes back are sums, and those do not depend on who counted them.
"""

from __future__ import annotations

import gc
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context

from engine.cli import exits, screen
from engine.compare import Comparison, compare_carts, merge
from engine.facts.cart import Cart
from engine.runtime.book import Book

CHUNK = 250
"""Carts a worker takes at a time, as when orders are priced."""

Carts = Sequence[tuple[str, Cart]]


@dataclass(frozen=True, slots=True)
class Sides:
    """The two books every chunk is decided by."""

    before: Book
    after: Book


Compare = Callable[[Sides, Sequence[Carts]], Iterator[Comparison]]
"""Compares chunks in some order, each once."""

_sides: Sides | None = None  # in a worker process only: set once when it starts


def compare_chunk(carts: Carts, sides: Sides) -> Comparison:
    """Compare some carts in this process, wherever it runs."""
    return compare_carts(sides.before, sides.after, carts)


def compare_all(sides: Sides, carts: Carts, compare: Compare, progress: Callable[[int], None]) -> Comparison:
    """Compare all carts by chunks. The result does not depend on `compare`."""
    chunks = [carts[start : start + CHUNK] for start in range(0, len(carts), CHUNK)]
    found = Comparison()
    try:
        for part in compare(sides, chunks):
            merge(found, part)
            progress(part.read)
    except KeyboardInterrupt:
        screen.complain(f"stopped after {found.read:,} of {len(carts):,} carts; nothing was written")
        sys.exit(exits.INTERRUPTED)
    return found


def in_processes(workers: int) -> Compare:
    """Compare in so many processes of this machine; one is this one."""

    def here(sides: Sides, chunks: Sequence[Carts]) -> Iterator[Comparison]:
        gc.freeze()  # books and carts stay: the collector need not walk them again and again
        for chunk in chunks:
            yield compare_chunk(chunk, sides)

    def spread(sides: Sides, chunks: Sequence[Carts]) -> Iterator[Comparison]:
        # Spawned, not forked: the progress bar draws from a thread, and a fork would copy its locks.
        pool = ProcessPoolExecutor(workers, get_context("spawn"), _start, (sides,))
        try:
            yield from pool.map(_work, chunks)
        finally:
            pool.shutdown(wait=True, cancel_futures=True)

    return here if workers == 1 else spread


def _start(sides: Sides) -> None:
    """First thing in a worker: Ctrl-C is for the parent, which then lets the workers finish their chunk."""
    global _sides
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _sides = sides
    gc.freeze()


def _work(carts: Carts) -> Comparison:
    assert _sides is not None, "the worker was not started by _start"
    return compare_chunk(carts, _sides)
