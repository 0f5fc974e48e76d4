"""Measure the engine against others and write docs/explanation/benchmarks.md, .png and .json (`make bench`).

python tests/benchmarks/run.py [--quick] [--out FOLDER]
"""

from __future__ import annotations

import argparse
import importlib
import sys
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter

ROOT = Path(__file__).resolve().parents[2]


def main() -> int:
    """Parse the command line, run, tell what was promised and what came out."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="few rules, few rounds: whether it runs, not how fast")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "explanation", help="folder to write into")
    arguments = parser.parse_args()
    sys.path.insert(0, str(ROOT))
    bench = importlib.import_module("tests.benchmarks.bench")
    results_of = importlib.import_module("tests.benchmarks.results")
    report = importlib.import_module("tests.benchmarks.report")
    results = results_of.Results(
        command="make bench" if not arguments.quick else "tests/benchmarks/run.py --quick",
        when=datetime.now(UTC).date().isoformat(),
        rounds=(bench.QUICK if arguments.quick else bench.FULL).rounds,
    )
    started = perf_counter()

    def say(what: str) -> None:
        print(f"{perf_counter() - started:6.1f} s  {what}", flush=True)

    bench.measure(bench.QUICK if arguments.quick else bench.FULL, results, say)
    results.seconds = perf_counter() - started
    for path in bench.write(results, arguments.out):
        say(f"wrote {path}")
    print("\n" + report.summary(results))
    return 0


if __name__ == "__main__":
    sys.exit(main())
