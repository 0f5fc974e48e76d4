"""Do the example carts come out as they say they do?"""

from __future__ import annotations

import json
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
