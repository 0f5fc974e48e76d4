"""What can be said against a ruleset before it is live? Faults, warnings, cases that fail, and its neighbours. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from engine import Book, Reading, Vocabulary, check_ruleset, compile_book
from engine.cases import CASE_INSTANT, CaseReport, run_cases
from engine.documents.kinds import ANY_CURRENCY, APART
from engine.documents.model import AnyDocument
from engine.facts.scenario import ScenarioContext
from engine.text.diagnostics import Diagnostic
from server.decisions.books import LiveBook
from server.decisions.library import read_own
from server.rule_admin.snapshot import Allowed, Content

_NONE = "none"


@dataclass(frozen=True, slots=True)
class Checked:
    """Everything there is to say. `report` is None when the ruleset cannot be read, and so has no cases to run."""

    reading: Reading
    findings: tuple[Diagnostic, ...]
    report: CaseReport | None

    @property
    def said(self) -> tuple[Diagnostic, ...]:
        """Findings of the ruleset as a whole: what checking it found, and rules that no case shows at work."""
        if self.report is None:
            return self.findings
        of_cases = {finding for result in self.report.results for finding in result.diagnostics}
        return (*self.findings, *(each for each in self.report.diagnostics if each not in of_cases))

    @property
    def errors(self) -> tuple[Diagnostic, ...]:
        """What forbids to publish it."""
        found = (*self.findings, *(() if self.report is None else self.report.diagnostics))
        return tuple(finding for finding in found if finding.severity == "error")

    @property
    def warnings(self) -> tuple[Diagnostic, ...]:
        """What has to be allowed to publish it."""
        return tuple(finding for finding in self.said if finding.severity == "warning")


def open_warnings(warnings: Sequence[Diagnostic], allowed: Sequence[Allowed]) -> tuple[Diagnostic, ...]:
    """Those that nobody allowed."""
    codes = {each.code for each in allowed}
    return tuple(warning for warning in warnings if warning.code not in codes)


def check(live: LiveBook, vocabularies: Mapping[str, Vocabulary], kind: str, name: str, content: Content) -> Checked:
    """Read, check, and run the cases among the other rulesets that are live. Takes seconds for large documents."""
    currency = None if kind in ANY_CURRENCY else live.currency
    reading = read_own(kind, name, content.source, content.attachments, vocabularies, currency)
    findings = check_ruleset(reading)
    document = reading.document
    if document is None or any(finding.severity == "error" for finding in findings):
        return Checked(reading, findings, None)
    books, context = CaseBooks(live, document), case_context(live, document, reading)
    return Checked(reading, findings, run_cases(document, books, context))


class CaseBooks:
    """The books cases run with: the ruleset under test, and of the live ones those the case does not leave out."""

    def __init__(self, live: LiveBook, document: AnyDocument) -> None:
        self._live = live
        self._document = document

    def __call__(self, wanted: Mapping[str, str], currency: str) -> tuple[Book | None, tuple[Diagnostic, ...]]:
        kind = self._document.head.kind
        others = {each: found for each, found in self._live.book.documents.items() if wanted.get(each) != _NONE}
        documents = {**others, kind: self._document}
        return compile_book(documents, currency, self._live.vocabulary), ()


def case_context(live: LiveBook, document: AnyDocument, reading: Reading) -> ScenarioContext:
    """How the carts of its cases are read."""
    vocabulary = live.vocabulary
    if document.head.kind in APART and reading.vocabulary is not None:
        vocabulary = reading.vocabulary
    else:
        vocabulary = vocabulary.with_attributes(document.attributes)
    return ScenarioContext(
        vocabulary=vocabulary, currency=live.currency, now=CASE_INSTANT, timezone=document.head.timezone
    )
