"""Are whole histories priced under the rulesets made for them, and is every row accounted for?"""

from __future__ import annotations

import json
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]
WEEK = "online_retail/online_retail_2010-12-01_to_07.csv"


def replay(source: str, path: Path) -> dict[str, Any]:
    rules = f"examples/replays/{source}/rules"
    command = ["replay", source, str(path), "--rules", rules, "--json"]
    done = subprocess.run(
        [sys.executable, "-m", "engine.cli", *command], cwd=CHECKOUT, capture_output=True, encoding="utf-8", check=False
    )
    assert done.returncode == 0, done.stderr
    result: dict[str, Any] = json.loads(done.stdout)
    return result


@pytest.fixture(scope="module")
def olist(shared_data: Path) -> dict[str, Any]:
    return replay("olist", shared_data / "olist")


@pytest.fixture(scope="module")
def week(shared_data: Path) -> dict[str, Any]:
    return replay("online-retail", shared_data / WEEK)


def accounted(counts: dict[str, Any]) -> int:
    return int(counts["priced"]) + int(counts["refused"]) + sum(counts["skipped"].values())


@pytest.mark.parametrize(("history", "rows", "orders"), [("olist", 5_603, 5_000), ("week", 14_553, 698)])
def test_every_row_and_order_is_priced_refused_or_skipped_for_a_reason(
    request: pytest.FixtureRequest, history: str, rows: int, orders: int
) -> None:
    result = request.getfixturevalue(history)
    assert (result["rows"]["read"], result["orders"]["read"]) == (rows, orders)
    assert (accounted(result["rows"]), accounted(result["orders"])) == (rows, orders)


@pytest.mark.parametrize(("history", "currency"), [("olist", "BRL"), ("week", "GBP")])
def test_the_sums_of_rules_are_the_sums_of_orders(request: pytest.FixtureRequest, history: str, currency: str) -> None:
    result = request.getfixturevalue(history)
    money = {name: Decimal(result["currencies"][currency][name]) for name in ("items", "discount", "shipping", "total")}
    assert money["items"] - money["discount"] + money["shipping"] == money["total"]
    by_kind: dict[str, Decimal] = {}
    for rule in result["rules"]:
        by_kind[rule["kind"]] = by_kind.get(rule["kind"], Decimal(0)) + Decimal(rule["amount"])
    assert by_kind["promotions"] + by_kind["shipping"] == money["shipping"] - money["discount"]
    assert by_kind["tax"] == Decimal(result["currencies"][currency]["tax"])


def test_the_rules_ask_for_nothing_that_history_does_not_tell(olist: dict[str, Any], week: dict[str, Any]) -> None:
    for result in (olist, week):
        assert {refusal["code"] for refusal in result["refusals"]}.isdisjoint({"fact_missing", "tax_not_decided"})
        assert result["shipping_methods"].get("none", 0) == 0


def test_each_history_shows_most_of_its_rules(olist: dict[str, Any], week: dict[str, Any]) -> None:
    assert len(olist["rules"]) > 15 > len(olist["never_fired"])
    assert {"promotions advent-basket", "tax vat-2010"}.isdisjoint(week["never_fired"])
    assert "tax vat-2011" in week["never_fired"], "the week ends before the rate changed"
