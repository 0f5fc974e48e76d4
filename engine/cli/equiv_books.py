"""Which two rule books does `sostech equiv` compare? Two folders, or two versions of a ruleset among its neighbours."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from engine.cli import screen
from engine.cli.case_books import CaseBooks
from engine.cli.files import Files, shown
from engine.cli.shelf import APART_LEFT_OUT, NONE, Shelf, Standing
from engine.cli.vocabularies import vocabularies
from engine.documents.kinds import APART
from engine.runtime.book import Book
from engine.text.diagnostics import Diagnostic, has_errors


@dataclass(frozen=True, slots=True)
class Side:
    """The rulesets of one side; `path` is how it was named."""

    path: Path
    shelf: Shelf
    standing: tuple[Standing, ...]

    def currencies(self) -> set[str] | None:
        """Those all its rulesets have amounts in; None when no ruleset has any."""
        documents = (self.shelf.reading(each).document for each in self.standing)
        named = [set(document.head.currencies) for document in documents if document is not None]
        named = [each for each in named if each]
        return set.intersection(*named) if named else None

    def book(self, currency: str) -> tuple[Book | None, tuple[Diagnostic, ...]]:
        """The compiled rulesets, or None and what prevents it."""
        return self.shelf.book(self.standing, currency)


@dataclass(frozen=True, slots=True)
class Pair:
    """Two books of one currency."""

    currency: str
    old: Book
    new: Book


def sides_of(files: Files, old: Path, new: Path) -> tuple[Side | None, Side | None, list[Diagnostic]]:
    """Both sides, or what keeps one from being read. Ends the command when the call makes no sense."""
    if old.is_dir() != new.is_dir():
        screen.fail("compare two rulesets or two folders of them, not one of each")
    if old.is_dir():
        return _folders(files, old, new)
    known = vocabularies(files)
    books = CaseBooks(files, known)
    standing = [books.standing(path) for path in (old, new)]
    if standing[0] is None or standing[1] is None:
        return None, None, [fault for path in (old, new) for fault in books.faults_of(path)]
    kinds = [each.label.kind for each in standing if each is not None]
    if kinds[0] != kinds[1]:
        screen.fail(f"'{shown(old)}' is {kinds[0]} and '{shown(new)}' is {kinds[1]}: compare two rulesets of one kind")
    if kinds[0] in APART:
        screen.fail(f"a ruleset of kind {kinds[0]} decides no checkout; `sostech diff` compares what it says")
    shelf = books.shelf_of(new)
    others, faults = shelf.choose({kinds[1]: NONE, **APART_LEFT_OUT})
    if faults:
        return None, None, faults
    sides = [
        Side(path, shelf, (*others.values(), each)) for path, each in zip((old, new), standing, strict=True) if each
    ]
    return sides[0], sides[1], []


def pairs_of(old: Side, new: Side, wanted: str) -> tuple[list[Pair], list[Diagnostic]]:
    """The books in the currency that is wanted, or in each that both sides have, in alphabetical order."""
    named = [each for each in (old.currencies(), new.currencies()) if each is not None]
    currencies = [wanted] if wanted else sorted(set.intersection(*named)) if named else []
    pairs: list[Pair] = []
    found: dict[Diagnostic, None] = {}
    for currency in currencies:
        books = [side.book(currency) for side in (old, new)]
        for _, faults in books:
            found.update(dict.fromkeys(faults))
        (before, _), (after, _) = books
        if before is not None and after is not None:
            pairs.append(Pair(currency, before, after))
    if not currencies:
        found.update(dict.fromkeys(_faults((old, new))))
        if not has_errors(list(found)):
            screen.fail("the two have no currency in common; name that of the carts with --currency")
    return pairs, list(found)


def _folders(files: Files, old: Path, new: Path) -> tuple[Side | None, Side | None, list[Diagnostic]]:
    sides: list[Side] = []
    found: list[Diagnostic] = []
    for folder in (old, new):
        shelf = Shelf(files, vocabularies(files, folder), folder.absolute())
        standing, faults = shelf.choose(APART_LEFT_OUT)
        found += faults
        sides.append(Side(folder, shelf, tuple(standing.values())))
    return (None, None, found) if found else (sides[0], sides[1], [])


def _faults(sides: Iterable[Side]) -> list[Diagnostic]:
    return [fault for side in sides for each in side.standing for fault in side.shelf.reading(each).diagnostics]
