"""How are carts compared by a cluster of machines? By the workers of a dask scheduler that is running already.

Rulesets and carts go there pickled, as dask does it: only to machines that are trusted, with this program on them in
the same version.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from engine.cli import screen
from engine.cli.compare_workers import Carts, Compare, Sides, compare_chunk
from engine.compare import Comparison

if TYPE_CHECKING:
    from distributed import Client

PATIENCE_SECONDS = 10
"""So long a scheduler may take to answer."""


def on_cluster(scheduler: str) -> Compare:
    """Compare on the workers of the scheduler at `tcp://host:port`; ends the command when it cannot be reached."""

    def spread(sides: Sides, chunks: Sequence[Carts]) -> Iterator[Comparison]:
        with _connected(scheduler) as client:
            from distributed import as_completed

            there = client.scatter(sides, broadcast=True)
            # Two chunks may be equal, and each is to be counted: none is taken for the result of another.
            futures = client.map(compare_chunk, chunks, sides=there, pure=False)
            for future, part in as_completed(futures, with_results=True):
                future.release()
                yield part

    return spread


def _connected(scheduler: str) -> Client:
    try:
        from distributed import Client
    except ImportError:
        screen.fail("--scheduler needs dask.distributed: install the extra `cluster` (sostech-store[cluster])")
    try:
        client = Client(scheduler, timeout=PATIENCE_SECONDS)
    except (OSError, ValueError) as fault:
        screen.fail(f"no scheduler answers at {scheduler}: {str(fault) or type(fault).__name__}")
    if not client.scheduler_info()["workers"]:
        client.close()
        screen.fail(f"the scheduler at {scheduler} has no workers; start some there first")
    return client
