"""Run the cases stored with a ruleset: does it decide what its author says, and which rules does no case reach?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from engine.access.cases import run_access_case
from engine.access.compile import compile_access
from engine.cases.compare import compare
from engine.cases.coverage import Reached, Rule, never_reached, reached, rules_of, unexercised
from engine.cases.read_case import Case, read_cases
from engine.cases.seen import Seen
from engine.cases.watching import Watching, play
from engine.documents.model import (
    AccessDocument,
    AnyDocument,
    OrdersDocument,
    Transition,
)
from engine.facts.scenario import ScenarioContext, read_scenario
from engine.facts.vocabulary import Vocabulary
from engine.lifecycle.cases import not_taken, run_case
from engine.lifecycle.compile import compile_lifecycle
from engine.pipeline import evaluate, hints
from engine.runtime.book import Book
from engine.text.diagnostics import Diagnostic, error, has_errors, report, warning
from engine.text.source import Span

CASE_INSTANT = 1_767_225_600_000_000
"""When a case is decided that does not say `at`: 2026-01-01T00:00:00Z in microseconds. Never the clock: a case
that holds today must hold tomorrow."""

BookFor = Callable[[Mapping[str, str], str], tuple[Book | None, tuple[Diagnostic, ...]]]
"""Makes the book a case runs with: from what `with` chooses (kind to name, `name/version` or `none`) and a currency.

The ruleset under test is always part of it. None comes with the errors that prevent it.
"""


@dataclass(frozen=True, slots=True)
class CaseResult:
    """One case: what it found, and which rules had an effect in it."""

    name: str
    span: Span
    diagnostics: tuple[Diagnostic, ...]
    reached: frozenset[Reached] = frozenset()

    @property
    def passed(self) -> bool:
        """Whether everything expected holds."""
        return not has_errors(self.diagnostics)


@dataclass(frozen=True, slots=True)
class CaseReport:
    """All cases of a document in written order. `unexercised` are rules without a case that shows their effect."""

    results: tuple[CaseResult, ...]
    rules: tuple[Rule, ...]
    unexercised: tuple[Rule, ...]
    diagnostics: tuple[Diagnostic, ...]

    @property
    def failed(self) -> int:
        """How many cases do not hold."""
        return sum(not result.passed for result in self.results)


def run_cases(document: AnyDocument, book_for: BookFor, context: ScenarioContext) -> CaseReport:
    """Run every case. Faults of cases are findings (RS6xx, or RS7xx inside `given`), never exceptions."""
    if isinstance(document, OrdersDocument):
        return _run_lifecycle(document, context.vocabulary)
    if isinstance(document, AccessDocument):
        return _run_access(document)
    if isinstance(document, Watching):
        return _run_watching(document, context.vocabulary)
    cases, faults = read_cases(document.cases)
    results = tuple(_run(case, book_for, context) for case in cases)
    rules = rules_of(document)
    missed = never_reached(rules, frozenset().union(*(result.reached for result in results)))
    found = [*faults, *(finding for result in results for finding in result.diagnostics)]
    if not document.cases:
        found.append(_no_cases(document))
    else:
        found += [unexercised(rule) for rule in missed]
    return CaseReport(results, rules, missed, report(found))


def _run_lifecycle(document: OrdersDocument, vocabulary: Vocabulary) -> CaseReport:
    lifecycle = compile_lifecycle(document)
    cases = tuple(run_case(lifecycle, vocabulary, node, number) for number, node in enumerate(document.cases, 1))
    results = tuple(CaseResult(case.name, case.span, case.differences) for case in cases)
    transitions = {each.span: each for each in document.transitions}.values()
    missed = tuple(_of_transition(each) for each in not_taken(lifecycle, cases))
    found = [finding for case in cases for finding in case.differences]
    found += [unexercised(rule) for rule in missed] if document.cases else [_no_cases(document)]
    return CaseReport(results, tuple(map(_of_transition, transitions)), missed, report(found))


def _run_access(document: AccessDocument) -> CaseReport:
    access = compile_access(document)
    cases = [run_access_case(access, node, number) for number, node in enumerate(document.cases, 1)]
    results = tuple(CaseResult(case.name, case.span, case.differences, case.exercised) for case in cases)
    rules = rules_of(document)
    missed = never_reached(rules, frozenset().union(*(result.reached for result in results)))
    found = [finding for result in results for finding in result.diagnostics]
    found += [unexercised(rule) for rule in missed] if document.cases else [_no_cases(document)]
    return CaseReport(results, rules, missed, report(found))


def _run_watching(document: Watching, vocabulary: Vocabulary) -> CaseReport:
    played = [play(document, vocabulary, node, number) for number, node in enumerate(document.cases, 1)]
    results = tuple(CaseResult(case.name, case.span, case.differences, case.exercised) for case in played)
    rules = rules_of(document)
    missed = never_reached(rules, frozenset().union(*(result.reached for result in results)))
    found = [finding for result in results for finding in result.diagnostics]
    found += [unexercised(rule) for rule in missed] if document.cases else [_no_cases(document)]
    return CaseReport(results, rules, missed, report(found))


def _of_transition(transition: Transition) -> Rule:
    return Rule("transition", f"{transition.event} to {transition.target}", transition.span)


def _run(case: Case, book_for: BookFor, context: ScenarioContext) -> CaseResult:
    scenario, faults = read_scenario(case.given, context)
    if scenario is None:
        return CaseResult(case.name, case.span, tuple(faults))
    book, troubles = book_for(case.rulesets, scenario.cart.currency)
    if book is None:
        return CaseResult(case.name, case.span, tuple(_at(case, trouble) for trouble in troubles))
    decision = evaluate(book, scenario.cart, trace=True)
    seen = Seen(f"case '{case.name}'", decision, lambda: hints(book, scenario.cart, decision))
    return CaseResult(case.name, case.span, (*faults, *compare(case.expect, seen)), frozenset(reached(decision)))


def _at(case: Case, trouble: Diagnostic) -> Diagnostic:
    """What keeps a case from running, at the place of the case that asks for it."""
    if trouble.code == "RS612":
        return error(trouble.code, f"case '{case.name}': {trouble.message}", case.with_span, hint=trouble.hint)
    place = "" if trouble.span is None else f" ({trouble.span})"
    message = f"case '{case.name}' cannot be run: {trouble.message}{place}"
    return error("RS613", message, case.span, hint="repair that ruleset, or leave it out: with: {KIND: none}")


def _no_cases(document: AnyDocument) -> Diagnostic:
    head = document.head
    message = f"{head.kind} {head.name}/{head.version} has no cases"
    return warning("RS621", message, head.span, hint="add `cases:` with what is given and what to expect")
