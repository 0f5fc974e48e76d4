"""`sostech import catalog` fills a store and says what it could not take."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import typer
from click.testing import Result
from typer.testing import CliRunner

from engine.cli import screen
from server.cli import imports
from storage.database import APP_ROLE
from storage.ids import new_id
from tests.database import SHARED, Cluster

GOOD = "product,product_name,sku,list_price\nmug,Mug,MUG,39.90\n"


Run = Callable[..., Result]


@pytest.fixture
def run(cluster: Cluster, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Calls `sostech import catalog` on the cluster of the tests."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", cluster.url(SHARED, APP_ROLE))
    app = typer.Typer()
    imports.register(app)

    def run(*words: str) -> Result:
        screen.console.cache_clear()  # it would keep the streams of the run before
        return CliRunner().invoke(app, ["import", "catalog", *words])

    return run


def test_a_file_fills_a_store_that_is_made_for_it(run: Run, tmp_path: Path) -> None:
    (tmp_path / "c.csv").write_text(GOOD)
    slug = f"s-{new_id().hex}"
    first = run("csv", "c.csv", "--store", slug)
    assert (first.exit_code, first.output.splitlines()[0]) == (0, "1 row read, 0 rejected; done")
    again = run("csv", "c.csv", "--store", slug)
    assert "variants  0     0        1" in again.output


def test_rejected_rows_are_shown_and_the_others_kept(run: Run, tmp_path: Path) -> None:
    (tmp_path / "c.csv").write_text(GOOD + "vase,Vase,VASE,free\n")
    result = run("csv", "c.csv", "--store", f"s-{new_id().hex}")
    assert result.exit_code == 1
    assert "line 3, list_price: 'free'" in result.output
    assert "products  1" in result.output


def test_a_dry_run_makes_nothing_not_even_the_store(run: Run, tmp_path: Path) -> None:
    (tmp_path / "c.csv").write_text(GOOD)
    for _ in range(2):
        result = run("csv", "c.csv", "--store", f"s-{new_id().hex}", "--dry-run")
        assert result.exit_code == 2
        assert "without --dry-run it is made" in result.output


def test_prices_of_another_currency_are_refused(run: Run, shared_data: Path) -> None:
    slug = f"s-{new_id().hex}"
    path = str(shared_data / "online_retail" / "online_retail_2010-12-01_to_07.csv")
    made = run("online-retail", path, "--store", slug, "--limit", "5")
    assert "products  5" in made.output
    refused = run("olist", str(shared_data / "olist"), "--store", slug)
    assert (refused.exit_code, "prices of olist are BRL" in refused.output) == (2, True)


def test_a_source_that_does_not_exist_is_answered_with_one_that_does(run: Run) -> None:
    result = run("olst", ".")
    assert (result.exit_code, "olist" in result.output) == (2, True)
