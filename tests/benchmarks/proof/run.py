"""What do lints, proofs, mutations and comparisons cost? Prints the page docs/explanation/benchmarks-proof.md.

    python -m tests.benchmarks.proof.run [--page PAGE]

Commands are run as people run them, each in a process of its own, one after the other.
"""

from __future__ import annotations

import argparse
import io
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
from contextlib import redirect_stdout
from pathlib import Path
from typing import NamedTuple

from tests.benchmarks.proof import solver

ROOT = Path(__file__).resolve().parents[3]
SHIPPED = ("access", "checkout", "coupons", "orders", "pricing", "promotions", "shipping", "tax")
TEXT = ROOT / "tests" / "benchmarks" / "proof" / "page.md"


class Ran(NamedTuple):
    """A command: seconds on the wall, seconds of CPU of all its processes, its exit code, and its last line."""

    wall: float
    cpu: float
    code: int
    said: str


def sostech(*words: str) -> Ran:
    """Run one command and wait for it."""
    before, start = _cpu(), time.perf_counter()
    command = [sys.executable, "-m", "engine.cli", *words]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env={**os.environ, "NO_COLOR": "1"})
    lines = [line for line in done.stdout.splitlines() if line.strip()]
    return Ran(time.perf_counter() - start, _cpu() - before, done.returncode, lines[-1] if lines else "")


def commands() -> list[str]:
    """One row for each command over the shipped rulesets."""
    rows = [
        ("check rules", sostech("check", "rules")),
        ("lint rules", sostech("lint", "rules")),
        ("prove rules", sostech("prove", "rules")),
        ("exploit rules", sostech("exploit", "rules")),
        *((f"mutate rules/{kind}", sostech("mutate", f"rules/{kind}/v1.yaml")) for kind in SHIPPED),
    ]
    with tempfile.TemporaryDirectory() as folder:
        old = ROOT / "rules" / "promotions" / "v1.yaml"
        new = Path(folder) / "v1.yaml"
        new.write_text(re.sub(r'at_least: "150\.00"', 'at_least: "149.99"', old.read_text("utf-8"), count=1), "utf-8")
        rows.append(("equiv, one threshold moved", sostech("equiv", str(old), str(new))))
        rows.append(("equiv, the same", sostech("equiv", str(old), str(old))))
    head = "| command | s | CPU s | exit | says |\n|---|--:|--:|--:|---|"
    return [head, *(f"| {name} | {ran.wall:.1f} | {ran.cpu:.1f} | {ran.code} | {ran.said} |" for name, ran in rows)]


def solved() -> str:
    """The table of the solver."""
    told = io.StringIO()
    with redirect_stdout(told):
        solver.main()
    return told.getvalue().strip()


def linted() -> str:
    """The table of large documents."""
    done = subprocess.run(
        [sys.executable, str(ROOT / "tests" / "benchmarks" / "lints.py")], capture_output=True, text=True, cwd=ROOT
    )
    return done.stdout.strip()


def main() -> None:
    """Measure everything, and print the page or write it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--page", type=Path, help="write it there instead of printing it")
    page = parser.parse_args().page
    text = TEXT.read_text("utf-8").format(commands="\n".join(commands()), lints=linted(), solver=solved())
    if page is None:
        print(text)
    else:
        page.write_text(text, "utf-8")


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()
