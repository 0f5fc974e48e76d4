"""`sostech equiv`: two files among their neighbours, two folders, what is shown, exit codes, and its limit of time."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from engine.cli import equiv, equiv_view, screen
from engine.cli.app import build
from engine.cli.limited import OutOfTime, Tell, Work
from engine.equivalence import Equivalence, Limits
from engine.runtime.book import Book
from tests.engine.cli.conftest import Run

GOLDEN = Path(__file__).parent / "golden_equiv"
QUICK = ("--carts", "50", "--limit", "100")

Sostech = Callable[..., Any]


@pytest.fixture
def comparing(monkeypatch: pytest.MonkeyPatch) -> Sostech:
    """Runs the command, all of it in this process."""
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setattr(equiv, "within", lambda seconds, work, tell: work(tell))
    return _run


def _run(*words: str) -> Run:
    screen.console.cache_clear()
    result = CliRunner().invoke(build(["equiv"], {"equiv": "engine.cli.equiv"}), ["equiv", *words])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return Run(result.exit_code, result.stdout, result.stderr)


@pytest.fixture
def versions(shop: Path) -> Callable[..., tuple[str, str]]:
    """Writes version 2 of a ruleset of the shop; its path after that of version 1."""

    def made(kind: str, *replacements: tuple[str, str]) -> tuple[str, str]:
        path = shop / "rules" / kind / "v1.yaml"
        text = path.read_text(encoding="utf-8").replace("version: 1", "version: 2")
        for old, new in replacements:
            assert old in text, old
            text = text.replace(old, new)
        path.with_name("v2.yaml").write_text(text, encoding="utf-8")
        return f"rules/{kind}/v1.yaml", f"rules/{kind}/v2.yaml"

    return made


def holds_golden(name: str, text: str) -> None:
    """The text is that of the golden file; SOSTECH_TEST_REWRITE=1 writes it anew."""
    path = GOLDEN / name
    if os.environ.get("SOSTECH_TEST_REWRITE"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


def test_two_versions_of_a_file_are_shown_with_the_smallest_cart(comparing: Sostech, versions: Any) -> None:
    run = comparing(*versions("promotions", ('"100.00"}}, then', '"100.01"}}, then')), *QUICK)
    assert run.code == 1
    holds_golden("threshold.txt", run.out)


@pytest.fixture
def draft(shop: Path) -> Path:
    """Another folder of rulesets, with a larger discount, cheaper shipping at home, and abroad."""
    shutil.copytree(shop / "rules", shop / "draft")
    for kind, old, new in (
        ("promotions", "percent_off: 10", "percent_off: 20"),
        ("shipping", 'flat: "4.90"', 'flat: "3.90"'),
    ):
        path = shop / "draft" / kind / "v1.yaml"
        path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    (shop / "draft/shipping/tariffs/abroad.csv").write_text("destination.country,price\n,9.80\n")
    return Path("draft")


def test_two_folders_are_compared_with_all_their_rulesets(comparing: Sostech, draft: Path) -> None:
    run = comparing("rules", str(draft), "--never-more", *QUICK)
    assert run.code == 0
    holds_golden("folders.txt", run.out)


def test_what_costs_more_is_refuted_by_a_cart(comparing: Sostech, versions: Any) -> None:
    run = comparing(*versions("promotions", ("percent_off: 10", "percent_off: 9")), "--never-more", *QUICK)
    assert run.code == 1
    holds_golden("dearer.txt", run.out)


def test_other_names_and_layout_are_the_same(comparing: Sostech, versions: Any) -> None:
    run = comparing(*versions("promotions", ("id: ten-off", "id: ten"), ("lanes: [", "lanes:\n  [")), *QUICK)
    assert (run.code, run.out) == (0, "EUR: the same for every cart\n")


def test_the_answer_is_json_for_programs(comparing: Sostech, versions: Any) -> None:
    run = comparing(*versions("shipping", ('flat: "4.90"', 'flat: "5.90"')), "--json", "--never-more", *QUICK)
    assert run.code == 1
    answer = run.json["answers"][0]
    assert (answer["status"], answer["never_more"]) == ("different", "refuted")
    (region,) = answer["regions"]
    assert region["at_old"] == ["rules/shipping/v1.yaml:11:34"]
    assert region["at_new"] == ["rules/shipping/v2.yaml:11:34"]
    assert region["example"]["old"]["shipping"] == "4.90"
    assert region["example"]["given"]["destination"] == {"country": "DE"}


def test_what_is_not_decided_is_a_warning_and_fails_when_strict(
    comparing: Sostech, versions: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def too_late(seconds: float, work: Work[Equivalence], tell: Tell) -> None:
        def hear(told: object) -> None:
            tell(told)
            if isinstance(told, int):
                raise OutOfTime

        work(hear)

    monkeypatch.setattr(equiv, "within", too_late)
    words = versions("promotions", ("percent_off: 10", "percent_off: 9"))
    run = comparing(*words, "--limit", "2")
    assert run.code == 0
    assert run.out.endswith("EUR: not decided, 1 region: 1 not decided\n")
    assert run.err == "warning: not decided: the limit of 2 s was reached\n"
    assert comparing(*words, "--strict").code == 1


def test_where_even_structure_took_too_long_nothing_is_said_to_be_the_same(
    comparing: Sostech, versions: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def too_late(seconds: float, work: object, tell: object) -> None:
        raise OutOfTime

    monkeypatch.setattr(equiv, "within", too_late)
    words = versions("promotions", ("id: ten-off", "id: ten"))
    run = comparing(*words, "--limit", "2", "--never-more")
    assert (run.code, run.out) == (0, "EUR: not decided; NEW never charges more: not decided\n")
    assert run.err == "warning: not decided: the limit of 2 s was reached\n"
    assert comparing(*words, "--strict").code == 1


def test_the_first_regions_are_shown_and_how_many_more_there_are(
    comparing: Sostech, draft: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(equiv_view, "MOST_REGIONS", 2)
    run = comparing("rules", str(draft), *QUICK)
    assert (run.out.count("the smallest cart:"), "3 regions" in run.out) == (2, True)
    assert "\n… and 1 more region; --json has all\n" in run.out
    assert len(comparing("rules", str(draft), *QUICK, "--json").json["answers"][0]["regions"]) == 3


def test_the_work_is_done_in_a_process_of_its_own(versions: Any, monkeypatch: pytest.MonkeyPatch, shop: Path) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    run = _run(*versions("promotions", ('"100.00"}}, then', '"99.00"}}, then')), "--json", *QUICK)
    assert (run.code, run.json["answers"][0]["status"]) == (1, "different")


def _endless(old: Book, new: Book, limits: Limits, never_more: bool, why: str, tell: Tell) -> Equivalence:
    """Says what structure alone says, and never what is looked for."""
    equiv.compare(old, new, Limits(looks=False, solver=False, why=why), never_more, why, tell)
    while True:
        time.sleep(60)


def test_a_process_that_takes_too_long_is_ended_and_what_structure_said_by_then_holds(
    versions: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def elsewhere(*_arguments: object, **_options: object) -> None:
        pytest.fail("this is the other process's work")

    monkeypatch.setattr(equiv, "compare", _endless)
    monkeypatch.setattr(equiv, "compare_books", elsewhere)
    run = _run(*versions("promotions", ("percent_off: 10", "percent_off: 9")), "--limit", "2")
    assert (run.code, run.err) == (0, "warning: not decided: the limit of 2 s was reached\n")
    assert run.out.endswith("EUR: not decided, 1 region: 1 not decided\n")


def test_calls_that_make_no_sense_are_refused(comparing: Sostech, shop: Path) -> None:
    promotions, shipping = "rules/promotions/v1.yaml", "rules/shipping/v1.yaml"
    for words, why in (
        ((promotions, shipping), "compare two rulesets of one kind"),
        ((promotions, "rules"), "not one of each"),
    ):
        run = comparing(*words)
        assert run.code == 2
        assert why in run.err


def test_a_ruleset_with_faults_is_not_compared(comparing: Sostech, versions: Any) -> None:
    run = comparing(*versions("promotions", ("percent_off: 10", "percent_off: ten")))
    assert run.code == 1
    assert "rules/promotions/v2.yaml:8:98" in run.err
    assert comparing("gone.yaml", "rules/promotions/v1.yaml").code == 2
