"""Do the example carts come out as they say they do, and can `make run` be read?"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]
CARTS = sorted((CHECKOUT / "examples" / "carts").glob("*.yaml"))


@pytest.fixture(scope="module")
def results() -> dict[str, dict[str, object]]:
    done = subprocess.run(
        [sys.executable, "-m", "engine.cli", "dry-run", "examples/carts", "--json"],
        cwd=CHECKOUT,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode in (0, 1), done.stderr
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    return {line["scenario"]: line for line in lines}


@pytest.mark.parametrize("cart", CARTS, ids=lambda path: path.stem)
def test_a_cart_is_decided_as_it_expects(cart: Path, results: dict[str, dict[str, object]]) -> None:
    result = results[cart.stem]
    assert result["ok"], result
    assert "\nexpect:" in cart.read_text("utf-8")


def test_each_store_and_each_outcome_is_shown(results: dict[str, dict[str, object]]) -> None:
    assert {name.split("-")[0] for name in results} == {"br", "uk", "jp"}
    decisions = [result["decision"] for result in results.values()]
    assert any(decision["refusals"] for decision in decisions)
    assert any(coupon["state"] == "pending" for decision in decisions for coupon in decision["coupons"])
    assert any(decision["gifts"] for decision in decisions)


@pytest.mark.parametrize("columns", [80, 100, 150])
def test_every_cart_is_shown_with_postings_why_and_hints_within_the_window(columns: int) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "engine.cli", "dry-run", "examples/carts", "--table"],
        cwd=CHECKOUT,
        env={**os.environ, "COLUMNS": str(columns), "NO_COLOR": "1"},
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    lines = done.stdout.splitlines()
    assert [line for line in lines if len(line) > columns or line != line.rstrip()] == []
    headings = [number for number, line in enumerate(lines) if line.endswith("──")]
    assert [lines[number].split()[0] for number in headings] == [path.stem for path in CARTS]
    for start, end in zip(headings, [*headings[1:], len(lines)], strict=True):
        assert {"Cart", "Postings", "Totals", "Shipping", "Payment", "Why"} <= set(lines[start:end])
    assert lines.count("Hints") == len(CARTS) - 1  # nothing could be added to get more to the Highlands
