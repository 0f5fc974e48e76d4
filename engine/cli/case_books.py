"""Which rulesets does a case run with?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from engine.cases import CASE_INSTANT, BookFor
from engine.cli.files import Files
from engine.cli.shelf import APART_LEFT_OUT, NONE, Shelf, Standing, context_of
from engine.documents.kinds import APART, KINDS
from engine.facts.scenario import ScenarioContext
from engine.facts.vocabulary import Vocabulary
from engine.runtime.book import Book
from engine.text.diagnostics import Diagnostic

_PRESETS = "presets"


class CaseBooks:
    """Books for cases: the ruleset under test with those beside it, one shelf for each rules folder."""

    def __init__(self, files: Files, vocabularies: Mapping[str, Vocabulary]) -> None:
        self._files = files
        self._vocabularies = vocabularies
        self._shelves: dict[Path, Shelf] = {}

    def standing(self, path: Path) -> Standing | None:
        """A file as a ruleset; None when it cannot be read or is none."""
        return self.shelf_of(path).standing(path)

    def faults_of(self, path: Path) -> tuple[Diagnostic, ...]:
        """Why a file that could be read is not a ruleset."""
        source = self._files.read(path)
        return () if source is None else self.shelf_of(path).read(path, source).diagnostics

    def shelf_of(self, path: Path) -> Shelf:
        """The shelf with the rulesets beside a ruleset."""
        folder = rules_folder(path)
        if folder not in self._shelves:
            self._shelves[folder] = Shelf(self._files, self._vocabularies, folder)
        return self._shelves[folder]

    def book_for(self, ruleset: Standing) -> BookFor:
        """Makes the books for the cases of one ruleset; its own kind is always itself."""
        shelf = self.shelf_of(ruleset.path)

        def book(wanted: Mapping[str, str], currency: str) -> tuple[Book | None, tuple[Diagnostic, ...]]:
            others, faults = shelf.choose({**wanted, ruleset.label.kind: NONE, **APART_LEFT_OUT})
            if faults:
                return None, tuple(faults)
            return shelf.book([*others.values(), ruleset], currency)

        return book

    def context_for(self, ruleset: Standing) -> ScenarioContext:
        """How the carts of its cases are read: in its own currency and time zone, with all attributes known here."""
        shelf = self.shelf_of(ruleset.path)
        reading = shelf.reading(ruleset)
        is_alone = reading.document is not None and not reading.document.cases
        if (is_alone or ruleset.label.kind in APART) and reading.vocabulary is not None:
            return ScenarioContext(vocabulary=reading.vocabulary)  # nothing is asked of the others
        others, _ = shelf.choose({ruleset.label.kind: NONE, **APART_LEFT_OUT})
        readings = [shelf.reading(each) for each in (ruleset, *others.values())]
        return replace(context_of(readings, self._vocabularies), now=CASE_INSTANT)


def rules_folder(path: Path) -> Path:
    """The folder of rulesets a file belongs to: above its kind's folder, or the one it lies in."""
    folder = path.absolute().parent
    if folder.name == _PRESETS and folder.parent.name in KINDS:
        folder = folder.parent
    return folder.parent if folder.name in KINDS else folder
