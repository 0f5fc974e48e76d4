"""Rulesets from text with a judge of their mutants, and the brute force that its verdicts are held against."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from engine.cases import CASE_INSTANT, run_cases
from engine.cases.insertion import Written
from engine.documents.model import AnyDocument
from engine.facts.scenario import ScenarioContext
from engine.facts.vocabulary import Vocabulary, read_vocabulary
from engine.mutation.judge import judge_of
from engine.mutation.judging import Judge
from engine.mutation.model import Judged, Mutant
from engine.pipeline import compile_book, read_ruleset
from engine.runtime.book import Book
from engine.text.diagnostics import Diagnostic
from engine.text.source import Source

VOCABULARIES = Path(__file__).resolve().parents[3] / "rules" / "vocabularies"


@cache
def vocabulary(name: str = "checkout") -> Vocabulary:
    found, faults = read_vocabulary(Source(name, (VOCABULARIES / f"{name}-1.yaml").read_text("utf-8")))
    assert found is not None, faults
    return found


def document(text: str) -> AnyDocument:
    known = {f"{name}/1": vocabulary(name) for name in ("checkout", "order", "access")}
    reading = read_ruleset(Source("rules.yaml", text), vocabularies=known, attachments=lambda _: None)
    assert reading.document is not None, [f"{fault.span} {fault.message}" for fault in reading.diagnostics]
    return reading.document


@dataclass
class Ruleset:
    """One ruleset under test, alone."""

    text: str

    def __post_init__(self) -> None:
        self.document = document(self.text)
        self.vocabulary = vocabulary(self.document.head.vocabulary.partition("/")[0])
        self.context = ScenarioContext(vocabulary=self.vocabulary, currency="EUR", now=CASE_INSTANT)

    def book_for(
        self, tested: AnyDocument, wanted: Mapping[str, str], currency: str
    ) -> tuple[Book, tuple[Diagnostic, ...]]:
        return compile_book({tested.head.kind: tested}, currency, self.vocabulary), ()

    def judge(self) -> Judge:
        return judge_of(
            self.document,
            self.vocabulary,
            lambda wanted, currency: self.book_for(self.document, wanted, currency),
            self.context,
            most_carts=200,
        )

    def failing(self, mutant: Mutant | None, more: Written | None = None) -> set[str]:
        """Names of the cases that fail for a document with the fault, found the long way; with `more` at their end."""
        whole = document(self.text + "".join(f"  {line}\n" for line in more.lines)) if more else self.document
        tested = replace(mutant.of(whole) if mutant else whole, cases=whole.cases)
        report = run_cases(tested, lambda wanted, currency: self.book_for(tested, wanted, currency), self.context)
        return {result.name for result in report.results if not result.passed}


def hold_against_brute_force(ruleset: Ruleset) -> tuple[Judge, list[Judged]]:
    """Every verdict is as the cases themselves say, and every proposed case does what it is proposed for."""
    judge = ruleset.judge()
    judged = [judge.judge(number) for number in range(len(judge.mutants))]
    assert ruleset.failing(None) == set()
    for each in judged:
        mutant = judge.mutants[each.number]
        failing = ruleset.failing(mutant)
        if each.status == "killed":
            assert each.by in failing, mutant.said
        else:
            assert not failing, mutant.said
        if each.proposal is not None:
            assert ruleset.failing(None, each.proposal) == set(), mutant.said
            assert ruleset.failing(mutant, each.proposal) == {each.proposal.name}, mutant.said
    return judge, judged
