"""Measure the running shop over HTTP and write docs/explanation/benchmarks-shop.md (`make bench-shop`).

python tests/benchmarks/shop/run.py [--quick] [--rounds N] [--promotions 0,5,100] [--json FILE] [--page FILE]
"""

from __future__ import annotations

import argparse
import importlib
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # importable at run time only once the path is set
    from tests.benchmarks.shop.results import Results
    from tests.benchmarks.shop.sizes import Size

ROOT = Path(__file__).resolve().parents[3]
PAGE = ROOT / "docs" / "explanation" / "benchmarks-shop.md"


def main() -> int:
    """Parse the command line, run, write, tell what was promised and what came out."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="one short round: whether it runs, not how fast")
    parser.add_argument("--smoke", action="store_true", help="shorter still, with few rules and clients")
    parser.add_argument("--rounds", type=int, choices=range(1, 11), metavar="N", help="rounds; 4 of a full run")
    parser.add_argument("--promotions", help="measure with so many only, e.g. 0,5,100; 0, 5 and 100 always take part")
    parser.add_argument("--json", type=Path, help="write everything measured to this file")
    parser.add_argument("--page", type=Path, help=f"page to put the figures into ({PAGE.name} after a full run)")
    arguments = parser.parse_args()
    sys.path.insert(0, str(ROOT))
    sizes = importlib.import_module("tests.benchmarks.shop.sizes")
    size = sizes.SMOKE if arguments.smoke else sizes.QUICK if arguments.quick else sizes.FULL
    if arguments.rounds is not None:
        size = replace(size, rounds=arguments.rounds)
    if arguments.promotions is not None:
        size = size.with_promotions(map(int, arguments.promotions.split(",")))
    given = " ".join(sys.argv[1:])
    results = run(size, f"python tests/benchmarks/shop/run.py {given}" if given else "make bench-shop")
    report = importlib.import_module("tests.benchmarks.shop.report")
    if arguments.json is not None:
        arguments.json.write_bytes(results.as_json())
    shown = arguments.page or (PAGE if size is sizes.FULL else None)
    if shown is not None:
        report.write(results, shown)
    print(report.summary(results))
    return 1 if results.errors else 0


def run(size: Size, command: str) -> Results:
    """Measure everything of this size, with a progress bar."""
    bench = importlib.import_module("tests.benchmarks.shop.bench")
    house_of = importlib.import_module("tests.benchmarks.shop.house")
    progress_of = importlib.import_module("rich.progress")
    started = perf_counter()
    columns = (*progress_of.Progress.get_default_columns(), progress_of.TimeElapsedColumn())
    with progress_of.Progress(*columns) as progress, house_of.opened(size) as house:
        bar = progress.add_task("opening the shop", total=bench.turns(size))

        def say(what: str) -> None:
            begun = progress.tasks[bar].description != "opening the shop"
            progress.update(bar, description=what, advance=1 if begun else 0)

        results: Results = importlib.import_module("tests.benchmarks.shop.results").Results(
            command=command,
            when=datetime.now(UTC).date().isoformat(),
            clients=size.clients,
            measured_seconds=size.measured_seconds,
            warm_up_seconds=size.warm_up,
            rounds=size.rounds,
            postgres=house.postgres_version,
            file_system=bench.file_system(house.folder),
        )
        bench.measure(size, house, results, say)
        progress.update(bar, description="done", completed=bench.turns(size))
    results.seconds = perf_counter() - started
    return results


if __name__ == "__main__":
    sys.exit(main())
