"""`sostech prove`: verdicts with their places, carts and exit codes, and processes that are really ended."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from engine.cli import screen
from engine.cli.app import build
from engine.cli.limited import Tell
from engine.cli.prove_within import Prover
from engine.documents.model import Bound, Invariant
from engine.proof import Limits, Verdict, not_decided
from engine.runtime.book import Book
from tests.engine.cli.conftest import Run
from tests.engine.proof.claiming import claim
from tests.engine.runtime.books import book

SHIPPED = Path(__file__).parents[3] / "rules"
GOLDEN = Path(__file__).parent / "golden_prove"
UNPROVABLE = Bound(measure="total", side="at_most", amount=10**15)

Sostech = Callable[..., Any]


@pytest.fixture
def proving(monkeypatch: pytest.MonkeyPatch) -> Sostech:
    """Runs the command in this process; the claims are looked at in another one."""
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.setenv("NO_COLOR", "1")

    def run(*words: str) -> Run:
        screen.console.cache_clear()
        result = CliRunner().invoke(build(["prove"], {"prove": "engine.cli.prove"}), ["prove", *words])
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Run(result.exit_code, result.stdout, result.stderr)

    return run


@pytest.fixture
def claiming(shop: Path) -> Callable[..., None]:
    """Adds claims to the promotions of the shop."""

    def add(*claims: str) -> None:
        path = shop / "rules/promotions/v1.yaml"
        path.write_text(path.read_text() + "invariants:\n" + "".join(f"  - {each}\n" for each in claims))

    return add


NEVER = '{id: never-negative, always: {total: {at_least: "0.00"}}}'
ADDING = '{id: adding, adding_an_item: {lowers_total_by_at_most: "5.00"}}'
SPLIT = '{id: split, splitting: {saves_at_most: "0.00"}, when: {customer.group: nobody, cart.item_count: 1}}'


def golden(name: str, text: str) -> None:
    expected = GOLDEN / f"{name}.txt"
    if not expected.exists():
        expected.write_text(text, encoding="utf-8")
        pytest.fail(f"{expected.name} was missing and has been written; read it")
    assert text == expected.read_text(encoding="utf-8")


def test_a_proof_is_a_line_of_a_table(proving: Sostech, claiming: Callable[..., None]) -> None:
    claiming(NEVER)
    run = proving("rules")
    assert (run.code, run.err) == (0, "")
    golden("proved", run.out)


def test_a_refutation_shows_the_carts_as_they_can_be_pasted_into_a_case(
    proving: Sostech, claiming: Callable[..., None]
) -> None:
    claiming(NEVER, '{id: ten, always: {discount: {at_most: "9.99"}}}')
    run = proving("rules")
    assert (run.code, run.err) == (1, "")
    golden("refuted", re.sub("[0-9,]+ carts? searched", "some carts searched", run.out))


def test_what_is_not_decided_is_a_warning_that_only_strict_calls_fail_for(
    proving: Sostech, claiming: Callable[..., None]
) -> None:
    claiming(SPLIT)
    run = proving("--limit", "0.1", "--carts", "1000000", "rules")
    assert run.code == 0
    assert "warning[RS651]: 'split' is not decided: " in run.out
    assert run.out.splitlines()[-1] == "1 claim: 0 proved, 0 refuted, 1 not decided"
    assert proving("--limit", "0.1", "--carts", "1000000", "--strict", "rules").code == 1


def test_json_has_the_carts_of_every_verdict(proving: Sostech, claiming: Callable[..., None]) -> None:
    claiming(NEVER, ADDING)
    found = proving("--json", "rules").json
    assert (found["ok"], found["claims"], found["proved"], found["refuted"], found["not_decided"]) == (
        False,
        2,
        1,
        1,
        0,
    )
    proved, refuted = found["verdicts"]
    assert (proved["invariant"], proved["status"], proved["scope"], proved["by"]) == (
        "never-negative", "proved", "all carts", ["bounds"],
    )  # fmt: skip
    assert (refuted["path"], refuted["at"]) == ("rules/promotions/v1.yaml", "rules/promotions/v1.yaml:13:5")
    assert [step["says"] for step in refuted["steps"]] == ["with less", "with more"]
    assert refuted["steps"][1]["given"]["lines"][0]["price"]
    assert [each["code"] for each in found["diagnostics"]] == ["RS650"]


def test_one_claim_may_be_asked_for(proving: Sostech, claiming: Callable[..., None]) -> None:
    claiming(NEVER, ADDING)
    assert proving("--only", "never-negative", "rules").code == 0
    run = proving("--only", "never-negativ", "rules")
    assert run.code == 1
    assert "error[RS652]: there is no invariant 'never-negativ'" in run.out
    assert "did you mean 'never-negative'?" in run.out


def test_all_rulesets_of_a_folder_decide_together(proving: Sostech, claiming: Callable[..., None]) -> None:
    claiming('{id: post, always: {shipping: {at_most: "4.90"}}}')
    run = proving("rules/promotions/v1.yaml")
    assert run.code == 1
    assert "shipping is 9.90 EUR, claimed is at most 4.90 EUR" in run.out


def test_a_fault_keeps_a_ruleset_from_being_proved(proving: Sostech, claiming: Callable[..., None]) -> None:
    claiming("{id: a, adding_an_item: {}}")
    run = proving("rules")
    assert run.code == 1
    assert "error[RS355]" in run.out
    assert run.out.splitlines()[-1] == "0 claims: 0 proved, 0 refuted, 0 not decided"


def test_every_claim_of_the_shipped_rulesets_is_proved(proving: Sostech) -> None:
    run = proving(str(SHIPPED))
    assert run.code == 0
    assert re.search(r"([1-9]\d*) claims: \1 proved, 0 refuted, 0 not decided", run.out)


def test_each_currency_is_looked_at(proving: Sostech, shop: Path) -> None:
    path = shop / "rules/promotions/v1.yaml"
    text = path.read_text().partition("lanes:")[0].replace("currency: EUR", "currency: [EUR, JPY]")
    path.write_text(text + "lanes: []\nrules: []\ninvariants: [{id: never-negative, always: {total: {at_least: 0}}}]\n")
    (shop / "rules/shipping/v1.yaml").unlink()
    run = proving("rules")
    assert "never-negative (EUR)" in run.out
    assert "never-negative (JPY)" in run.out


def test_a_check_tells_what_is_refuted_soon_and_nothing_of_the_rest(
    sostech: Sostech, claiming: Callable[..., None]
) -> None:
    claiming(ADDING, SPLIT)
    run = sostech("check", "rules")
    assert run.code == 1
    assert "error[RS650]: 'adding' is refuted: the total falls from " in run.out
    assert "witness: given: {" in run.out
    assert "RS651" not in run.out


# the process ---------------------------------------------------------------------------------------------------


def _for_ever(book: Book, invariant: Invariant, limits: Limits, tell: Tell) -> Verdict:
    Path(invariant.message["en"]).write_text(str(os.getpid()))
    tell(7)
    while True:
        time.sleep(60)


def _ends(book: Book, invariant: Invariant, limits: Limits, tell: Tell) -> Verdict:
    tell(3)
    os._exit(9)


def _is_mistaken(book: Book, invariant: Invariant, limits: Limits, tell: Tell) -> Verdict:
    raise EOFError("a bug")


def _answers(book: Book, invariant: Invariant, limits: Limits, tell: Tell) -> Verdict:
    return not_decided(invariant, str(os.getpid()), 1)


def _is_alive(process: int) -> bool:
    with suppress(ProcessLookupError):
        os.kill(process, 0)
        return True
    return False


@pytest.fixture(scope="module")
def shop_book() -> Book:
    return book(promotions="lanes: [{id: a}]\nrules: [{id: a, lane: a, then: {percent_off: 5, on: order}}]")


def test_a_process_that_takes_too_long_is_ended(tmp_path: Path, shop_book: Book) -> None:
    told: list[int] = []
    invariant = claim(UNPROVABLE, en=str(tmp_path / "pid"))
    with Prover(1.0, _for_ever) as prover:
        verdict = prover.verdict(shop_book, invariant, Limits(), told.append)
        assert (verdict.status, verdict.reason, verdict.searched) == ("not_decided", "the limit of 1 s was reached", 7)
        assert told == [7]
        assert not _is_alive(int((tmp_path / "pid").read_text()))
        assert prover.verdict(shop_book, invariant, Limits(), told.append).status == "not_decided"  # by another one
    assert not _is_alive(int((tmp_path / "pid").read_text()))


def test_a_process_that_ends_by_itself_has_decided_nothing(shop_book: Book) -> None:
    with Prover(20.0, _ends) as prover:
        verdict = prover.verdict(shop_book, claim(UNPROVABLE), Limits(), lambda _: None)
    assert (verdict.status, verdict.searched) == ("not_decided", 3)
    assert verdict.reason == "the process that did the work ended by itself"


def test_a_bug_is_no_verdict(shop_book: Book) -> None:
    with Prover(20.0, _is_mistaken) as prover, pytest.raises(EOFError, match="a bug") as raised:
        prover.verdict(shop_book, claim(UNPROVABLE), Limits(), lambda _: None)
    assert "in _is_mistaken" in "".join(raised.value.__notes__)


def test_one_process_answers_many_questions(shop_book: Book) -> None:
    with Prover(20.0, _answers) as prover:
        answers = [prover.verdict(shop_book, claim(UNPROVABLE), Limits(), lambda _: None) for _ in range(3)]
    assert len({answer.reason for answer in answers} - {str(os.getpid())}) == 1
