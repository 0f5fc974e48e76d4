"""Which rule books does a replay decide by?"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import typer

from engine.cli import findings, screen
from engine.cli.files import Files
from engine.cli.scenario_books import Choice, ScenarioBooks
from engine.cli.vocabularies import vocabularies
from engine.runtime.book import Book


def rulesets_of(files: Files, folder: Path, wanted: Mapping[str, str]) -> Choice:
    """The rulesets of a folder, one of each kind; ends the command when it is none."""
    if not folder.is_dir():
        screen.fail(f"'{folder}' is not a folder of rulesets")
    return ScenarioBooks(files, vocabularies(files, folder), folder, wanted).default()


def book_of(files: Files, choice: Choice, currency: str) -> Book:
    """The rulesets compiled for a currency, or the end of the command."""
    book, faults = choice.book(currency)
    if book is None or files.faults:
        found = [*files.faults, *faults]
        findings.show(found, files.sources, stderr=True)
        raise typer.Exit(findings.exit_code(found))
    return book


def currency_of(choice: Choice) -> str:
    """The first currency of the rulesets; ends the command when they have none."""
    documents = [reading.document for reading in choice.readings()]
    found = [document.head.currency for document in documents if document is not None and document.head.currency]
    if not found:
        screen.fail("the rulesets do not say a currency; name that of the amounts with --currency")
    return found[0]
