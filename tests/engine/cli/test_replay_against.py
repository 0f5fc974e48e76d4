"""`sostech replay --against`: two folders of rulesets on the same orders, in one process, several, or a cluster."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from engine.cli.compare_cluster import on_cluster
from engine.cli.compare_workers import Sides, compare_all, in_processes
from engine.compare import encode
from tests.engine.compare.shops import basket
from tests.engine.compare.shops import shop as small_shop

Sostech = Callable[..., Any]

CART = '{{"id": "{id}", "lines": [{{"sku": "A", "price": "{price}", "quantity": {quantity}}}], ' \
    '"at": "2026-05-01T12:00:00Z", "destination": {{"country": "DE"}}}}\n'  # fmt: skip
WORDS = ("replay", "carts", "carts.jsonl", "--rules", "rules", "--against", "draft")


@pytest.fixture
def carts(shop: Path) -> Path:
    """600 carts, a row that is none, and a draft that takes 20 % off from 100.00 on instead of 10."""
    rows = [CART.format(id=f"order {n}", price=f"{n % 60 + 1}.00", quantity=n % 3 + 1) for n in range(600)]
    (shop / "carts.jsonl").write_text("".join(rows) + '{"lines": "none"}\n')
    shutil.copytree(shop / "rules", shop / "draft")
    draft = shop / "draft" / "promotions" / "v1.yaml"
    draft.write_text(draft.read_text().replace("percent_off: 10", "percent_off: 20"))
    return shop


def test_who_pays_less_and_why_is_told(sostech: Sostech, carts: Path) -> None:
    run = sostech(*WORDS)
    assert run.code == 0
    rows = [" ".join(line.split()) for line in run.out.splitlines()]
    assert "read 601" in rows
    assert "pay less 130 21.6667" in rows
    assert any(row.startswith("promotions ten-off changed 130 -") for row in rows)
    assert any("draft/promotions/v1.yaml:8:5" in row for row in rows)
    assert any(row.startswith("promotions/ten-off 1 2 ") for row in rows)


def test_the_report_is_printed_as_json_with_the_rows_that_cannot_be_read(sostech: Sostech, carts: Path) -> None:
    run = sostech(*WORDS, "--json")
    report = run.json["report"]
    assert (report["counts"]["read"], report["counts"]["changed"], report["counts"]["skipped"]) == (601, 130, 1)
    assert [row["row"] for row in run.json["unreadable"]] == ["carts.jsonl:601"]
    assert "carts.jsonl:601: left out: Expected `array`" in run.err


def test_the_page_is_written(sostech: Sostech, carts: Path) -> None:
    run = sostech(*WORDS, "--html", "page.html")
    assert "written to page.html" in run.out
    page = (carts / "page.html").read_text("utf-8")
    assert page.startswith("<!doctype html>")
    assert "promotions/<wbr>ten-off" in page


def test_two_processes_give_the_same_report_as_one(sostech: Sostech, carts: Path) -> None:
    one, two = (sostech(*WORDS, "--json", "--workers", workers).json["report"] for workers in ("1", "2"))
    assert one == two


def test_another_ruleset_of_the_same_folder_can_be_compared(sostech: Sostech, carts: Path) -> None:
    run = sostech("replay", "carts", "carts.jsonl", "--rules", "rules", "--against-use", "promotions=none", "--json")
    assert run.json["report"]["counts"]["dearer"] == 130


def test_the_same_rules_differ_in_nothing(sostech: Sostech, carts: Path) -> None:
    report = sostech("replay", "carts", "carts.jsonl", "--rules", "rules", "--against", "rules", "--json").json[
        "report"
    ]
    assert (report["counts"]["compared"], report["counts"]["changed"], report["witnesses"]) == (600, 0, [])


def test_a_limit_leaves_out_the_rest(sostech: Sostech, carts: Path) -> None:
    counts = sostech(*WORDS, "--limit", "30", "--json").json["report"]["counts"]
    assert (counts["compared"], counts["read"]) == (30, 31)


def test_orders_written_as_carts_are_compared_like_the_orders(sostech: Sostech, carts: Path) -> None:
    run = sostech("replay", "carts", "carts.jsonl", "--rules", "rules", "--carts", "again.jsonl")
    assert (run.code, "written to again.jsonl: 600 carts" in run.out) == (0, True)
    again = sostech("replay", "carts", "again.jsonl", *WORDS[3:], "--json").json["report"]
    first = sostech(*WORDS, "--json").json["report"]
    assert (again["currencies"], again["witnesses"]) == (first["currencies"], first["witnesses"])


def test_carts_of_a_file_are_priced_too(sostech: Sostech, carts: Path) -> None:
    result = sostech("replay", "carts", "carts.jsonl", "--rules", "rules", "--json").json
    assert result["rows"]["priced"] == 600
    assert result["rows"]["skipped"] == {"row cannot be read": 1}


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--html", "page.html"), "--html and --scheduler are for comparing"),
        (("--scheduler", "tcp://127.0.0.1:1"), "--html and --scheduler are for comparing"),
        (("--against", "draft", "--out", "results"), "--out is for pricing"),
        (("--against", "draft", "--carts", "again.jsonl"), "--carts only writes the carts"),
        (("--against", "nowhere"), "'nowhere' is not a folder of rulesets"),
        (("--against", "draft", "--html", "no/page.html"), "cannot write 'no/page.html'"),
        (("--currency", "ABC"), "'ABC' is not a currency"),
        (("--carts", "no/again.jsonl"), "cannot write 'no/again.jsonl'"),
    ],
)
def test_a_wrong_call_says_why(sostech: Sostech, carts: Path, words: tuple[str, ...], message: str) -> None:
    run = sostech("replay", "carts", "carts.jsonl", "--rules", "rules", *words)
    assert run.code == 2
    assert message in run.err


# the cluster ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def cluster() -> Iterator[str]:
    """The address of a scheduler with two worker processes."""
    distributed = pytest.importorskip("distributed", reason="needs the extra `cluster` (dask.distributed)")
    with distributed.LocalCluster(
        n_workers=2,
        threads_per_worker=1,
        processes=True,
        dashboard_address="127.0.0.1:0",
        host="127.0.0.1",
        silence_logs=50,
    ) as running:
        yield running.scheduler_address


def test_a_cluster_of_two_processes_gives_the_same_report_as_one_process(
    sostech: Sostech, carts: Path, cluster: str
) -> None:
    here = sostech(*WORDS, "--json", "--workers", "1").json["report"]
    there = sostech(*WORDS, "--json", "--scheduler", cluster)
    assert (there.code, there.json["report"]) == (0, here)


def test_a_cluster_counts_every_one_of_equal_chunks(cluster: str) -> None:
    sides = Sides(small_shop(), small_shop(percent="20"))
    carts = [("the same", basket("120.00"))] * 1_000
    counted: list[int] = []
    there = compare_all(sides, carts, on_cluster(cluster), counted.append)
    assert (there.read, counted) == (1_000, [250] * 4)
    assert encode(there) == encode(compare_all(sides, carts, in_processes(1), counted.append))


def test_a_scheduler_that_does_not_answer_ends_the_command(
    sostech: Sostech, carts: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("distributed", reason="needs the extra `cluster` (dask.distributed)")
    monkeypatch.setattr("engine.cli.compare_cluster.PATIENCE_SECONDS", 1)
    run = sostech(*WORDS, "--scheduler", "tcp://127.0.0.1:9")
    assert run.code == 2
    assert "no scheduler answers at tcp://127.0.0.1:9" in run.err


def test_without_the_extra_the_command_says_how_to_get_it(
    sostech: Sostech, carts: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    run = sostech(*WORDS, "--scheduler", "tcp://127.0.0.1:9")
    assert run.code == 2
    assert "install the extra `cluster`" in run.err
