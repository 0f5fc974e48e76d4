"""Which claims do the rulesets under some paths make, and with which book is each looked at?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.cli.case_books import CaseBooks
from engine.cli.files import Files
from engine.cli.shelf import APART_LEFT_OUT, Standing
from engine.cli.vocabularies import FOLDER
from engine.documents.kinds import APART
from engine.documents.model import Invariant
from engine.proof import Verdict
from engine.runtime.book import Book
from engine.text.diagnostics import Diagnostic, error, has_errors, warning
from engine.text.suggest import did_you_mean


@dataclass(frozen=True, slots=True)
class Claimed:
    """A claim of a ruleset, and the rulesets that decide together with it in one currency."""

    ruleset: Standing
    currency: str
    book: Book
    invariant: Invariant


class Claims:
    """Finds the claims; what keeps rulesets from being compiled is in `faults`."""

    def __init__(self, files: Files, books: CaseBooks) -> None:
        self._files = files
        self._books = books
        self.faults: list[Diagnostic] = []

    def under(self, paths: Sequence[Path]) -> list[Claimed]:
        """The claims of the rulesets in use under these paths: of a folder the newest versions, of a file its own.

        All rulesets of a folder decide together. Each claim is there once for every currency of its ruleset.
        """
        found: list[Claimed] = []
        for path in paths:
            for each in self._files.under(path, (".yaml", ".yml")):
                found += self._of_file(each, given=each == path)
        return list({(str(each.ruleset.path), each.currency, each.invariant.id): each for each in found}.values())

    def of(self, ruleset: Standing) -> Iterator[Claimed]:
        """The claims of one ruleset, with those beside it."""
        reading = self._books.shelf_of(ruleset.path).reading(ruleset)
        self.faults += [fault for fault in reading.diagnostics if fault.severity == "error"]
        document = reading.document
        if document is None or not document.invariants or has_errors(reading.diagnostics):
            return
        for currency in document.head.currencies or (self._currency_beside(ruleset),):
            book, faults = self._books.book_for(ruleset)({}, currency)
            self.faults += [fault for fault in faults if fault.severity == "error"]
            if book is not None:
                claims = book.documents[document.head.kind].invariants
                yield from (Claimed(ruleset, currency, book, invariant) for invariant in claims)

    def _of_file(self, path: Path, *, given: bool) -> Iterator[Claimed]:
        if path.parent.name == FOLDER:
            return
        ruleset = self._books.standing(path)
        if ruleset is None:
            self.faults += [fault for fault in self._books.faults_of(path) if fault.severity == "error"]
        elif ruleset.label.kind not in APART and (given or self._is_in_use(ruleset)):
            yield from self.of(ruleset)

    def _is_in_use(self, ruleset: Standing) -> bool:
        chosen, _ = self._books.shelf_of(ruleset.path).choose(APART_LEFT_OUT)
        found = chosen.get(ruleset.label.kind)
        return found is None or found.label == ruleset.label

    def _currency_beside(self, ruleset: Standing) -> str:
        """The currency of the rulesets beside one that has no amounts."""
        return self._books.context_for(ruleset).currency or "EUR"


def only(claims: Sequence[Claimed], wanted: str) -> tuple[list[Claimed], Diagnostic | None]:
    """The claims of that id, or what is wrong with it."""
    found = [each for each in claims if each.invariant.id == wanted]
    if found:
        return found, None
    known = sorted({each.invariant.id for each in claims})
    hint = did_you_mean(wanted, known) or (f"there are {', '.join(known)}" if known else "no ruleset claims anything")
    return [], error("RS652", f"there is no invariant '{wanted}'", None, hint=hint)


def finding(claimed: Claimed, verdict: Verdict, witness: str = "") -> Diagnostic | None:
    """What a verdict is as a finding: refuted an error, not decided a warning, proved none."""
    span, name = claimed.invariant.span, claimed.invariant.id
    if verdict.status == "refuted":
        return error("RS650", f"'{name}' is refuted: {verdict.said}", span, witness=witness)
    if verdict.status == "not_decided":
        message = f"'{name}' is not decided: {verdict.reason} ({verdict.scope})"
        return warning("RS651", message, span, hint="claim less, or search longer with --limit and --carts")
    return None
