"""`sostech replay`: real orders through rulesets, in one process or several."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from engine.cli.replay_histogram import histogram

Sostech = Callable[..., Any]

HEAD = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
ROW = "{invoice},85123A,HOLDER,{quantity},2010-12-01T08:26,{price},17850,{country}\n"
IDLE_RULE = "  - {id: idle, lane: order, when: {customer.group: nobody}, then: {percent_off: 1, on: order}}"


@pytest.fixture
def retail(shop: Path) -> Path:
    for ruleset in (shop / "rules").rglob("v1.yaml"):
        ruleset.write_text(ruleset.read_text().replace("EUR", "GBP"))
    rows = [ROW.format(invoice=536000 + n, quantity=n % 7 + 1, price="20.00", country="Germany") for n in range(600)]
    rows += [ROW.format(invoice="C536999", quantity=-1, price="20.00", country="Germany")]
    (shop / "retail.csv").write_text(HEAD + "".join(rows))
    return shop


def without_timing(result: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in result.items() if name != "timing"}


def test_every_row_is_accounted_for(sostech: Sostech, retail: Path) -> None:
    run = sostech("replay", "online-retail", "retail.csv", "--rules", "rules", "--json")
    assert run.code == 0
    result = run.json
    assert result["orders"] == {"read": 601, "priced": 600, "refused": 0, "skipped": {"invoice is cancelled": 1}}
    assert result["rows"]["read"] == 601
    assert {rule["rule"] for rule in result["rules"]} == {"ten-off", "standard"}


def test_rules_that_did_nothing_are_named(sostech: Sostech, retail: Path) -> None:
    path = retail / "rules/promotions/v1.yaml"
    path.write_text(path.read_text().replace("rules:", "rules:\n" + IDLE_RULE, 1))
    words = ("replay", "online-retail", "retail.csv", "--rules", "rules")
    assert sostech(*words, "--json").json["never_fired"] == ["promotions idle"]
    assert "Rules that did nothing\n" in sostech(*words).out


def test_two_processes_give_the_same_result_as_one(sostech: Sostech, retail: Path) -> None:
    words = ("replay", "online-retail", "retail.csv", "--rules", "rules", "--json", "--workers")
    one, two = sostech(*words, "1").json, sostech(*words, "2").json
    assert two["timing"]["workers"] == 2
    assert without_timing(one) == without_timing(two)


def test_a_limit_leaves_the_rest_as_skipped(sostech: Sostech, retail: Path) -> None:
    run = sostech("replay", "online-retail", "retail.csv", "--rules", "rules", "--limit", "10", "--json")
    assert run.json["orders"]["priced"] == 10
    assert run.json["orders"]["skipped"]["beyond the limit asked for"] == 590


def test_results_are_written_to_a_folder(sostech: Sostech, retail: Path) -> None:
    run = sostech("replay", "online-retail", "retail.csv", "--rules", "rules", "--out", "results/first")
    assert run.code == 0
    folder = retail / "results" / "first"
    summary = msgspec.json.decode((folder / "summary.json").read_text())
    lines = [msgspec.json.decode(line) for line in (folder / "orders.jsonl").read_text().splitlines()]
    assert summary["orders"]["read"] == len(lines) == 601
    assert (lines[0]["order"], lines[0]["outcome"], lines[0]["total"]) == ("536000", "priced", "24.90")
    assert (lines[-1]["outcome"], lines[-1]["reason"]) == ("skipped", "invoice is cancelled")
    assert (folder / "histogram.txt").read_text().startswith("online-retail: discount in percent")
    assert "written to results/first" in run.out


def test_the_table_shows_money_rules_and_speed(sostech: Sostech, retail: Path) -> None:
    run = sostech("replay", "online-retail", "retail.csv", "--rules", "rules")
    rows = [" ".join(line.split()) for line in run.out.splitlines()]
    assert "orders 601 600 0 1" in rows
    assert any(row.startswith("promotions ten-off ") for row in rows)
    assert any("orders a second in 1 process" in row for row in rows)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("olits", "."), "no source 'olits'; did you mean 'olist'?"),
        (("online-retail", "gone.csv", "--rules", "rules"), "error[RS901]: cannot read 'gone.csv'"),
        (("olist", "retail.csv"), "olist needs"),
        (("online-retail", "cart.yaml", "--rules", "rules"), "cart.yaml"),
        (("online-retail", "retail.csv", "--rules", "gone"), "'gone' is not a folder of rulesets"),
        (("online-retail", "retail.csv", "--rules", "rules", "--out", "cart.yaml"), "error[RS913]"),
    ],
)
def test_a_wrong_call_says_why(sostech: Sostech, retail: Path, words: tuple[str, ...], message: str) -> None:
    run = sostech("replay", *words)
    assert run.code == 2
    assert message in run.err


def test_rulesets_without_the_currency_are_a_finding(sostech: Sostech, retail: Path) -> None:
    path = retail / "rules/promotions/v1.yaml"
    path.write_text(path.read_text().replace("GBP", "EUR"))
    run = sostech("replay", "online-retail", "retail.csv", "--rules", "rules")
    assert run.code == 1
    assert "no amounts in GBP" in run.err


@pytest.mark.parametrize(
    ("values", "drawn"),
    [
        ([], "  (no values)\n"),
        ([0, 0], "             0  " + "█" * 60 + " 2\n".replace("             0", "0")),
    ],
)
def test_a_histogram_of_nothing_or_zeros(values: list[int], drawn: str) -> None:
    assert histogram(values, str).strip() == drawn.strip()


def test_a_histogram_counts_every_value_in_half_open_ranges() -> None:
    assert histogram([0, 1, 9, 10, 19, 20], str, rows=3) == (
        "               0  " + "█" * 30 + " 1\n"
        " from 1 below 10  " + "█" * 60 + " 2\n"
        "from 10 below 20  " + "█" * 60 + " 2\n"
        "from 20 below 30  " + "█" * 30 + " 1\n"
    ).replace("\n", "\n  ").removesuffix("  ").join(["  ", ""])
