"""Is what was published still what it was? `rules/rules.lock` holds the hash of every published ruleset."""

from __future__ import annotations

import shutil
from contextlib import chdir
from pathlib import Path

import pytest
from typer.testing import CliRunner

from engine.cli.app import build

CHECKOUT = Path(__file__).resolve().parents[2]
RULES = CHECKOUT / "rules"


def verified(rules: Path) -> tuple[int, str]:
    words = ["hash", str(rules), "--lock", str(rules / "rules.lock"), "--verify"]
    with chdir(CHECKOUT):
        done = CliRunner().invoke(build(words[:1]), words)
    return done.exit_code, done.output


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(RULES, tmp_path / "rules", ignore=shutil.ignore_patterns("__pycache__")))


def changed(path: Path, before: str, after: str) -> None:
    text = path.read_text("utf-8")
    assert before in text
    path.write_text(text.replace(before, after), "utf-8")


def test_no_published_ruleset_was_changed() -> None:
    code, printed = verified(RULES)
    assert code == 0, (
        f"{printed}\nA published version never changes: take the change back and write it as the next version "
        "(v2.yaml), then `sostech hash rules --lock rules/rules.lock`."
    )


def test_every_published_ruleset_and_vocabulary_is_locked() -> None:
    locked = {line.split("  ")[2] for line in (RULES / "rules.lock").read_text("utf-8").splitlines() if line[0] != "#"}
    assert locked == {path.relative_to(RULES).as_posix() for path in RULES.rglob("*.yaml")}


def test_a_changed_threshold_is_noticed_and_the_way_out_told(copy: Path) -> None:
    changed(copy / "promotions" / "v1.yaml", 'at_least: "150.00"', 'at_least: "140.00"')
    code, printed = verified(copy)
    assert code == 1
    assert "promotions default/1 was changed after it was published" in printed
    assert "write it as the next version" in printed


def test_a_changed_tariff_is_noticed_in_the_ruleset_that_uses_it(copy: Path) -> None:
    changed(copy / "shipping" / "tariffs" / "inland-2026.csv", "16.90", "15.90")
    assert "shipping default/1 was changed" in verified(copy)[1]


def test_a_ruleset_that_went_is_noticed(copy: Path) -> None:
    (copy / "coupons" / "v1.yaml").unlink()
    code, printed = verified(copy)
    assert code == 1
    assert "coupons/v1.yaml" in printed


def test_a_fact_with_another_meaning_is_noticed(copy: Path) -> None:
    changed(copy / "vocabularies" / "order-1.yaml", "order.total: {type: count", "order.total: {type: money")
    assert "vocabulary order/1 was changed" in verified(copy)[1]


def test_an_action_that_went_is_noticed(copy: Path) -> None:
    changed(copy / "vocabularies" / "access-1.yaml", "jobs.manage:", "jobs.drop:")
    assert "vocabulary access/1 was changed" in verified(copy)[1]


def test_a_role_that_may_more_is_noticed(copy: Path) -> None:
    changed(copy / "access" / "v1.yaml", "may: [catalog.write_own, orders", "may: [catalog.write, orders")
    assert "access default/1 was changed" in verified(copy)[1]


def test_cases_and_comments_may_change(copy: Path) -> None:
    path = copy / "promotions" / "v1.yaml"
    path.write_text(path.read_text("utf-8").split("\ncases:")[0] + "\n# no cases any more\n", "utf-8")
    assert verified(copy)[0] == 0
