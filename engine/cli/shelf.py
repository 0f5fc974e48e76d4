"""Which rulesets of a folder decide together, and in which currency?"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from engine.cli.files import Files, shown
from engine.cli.vocabularies import newest
from engine.documents.kinds import APART, KINDS
from engine.documents.model import AnyDocument
from engine.facts.scenario import ScenarioContext
from engine.facts.vocabulary import Vocabulary
from engine.pipeline import Reading, compile_book, read_node, read_ruleset
from engine.runtime.book import Book
from engine.text.diagnostics import Diagnostic, error, has_errors
from engine.text.nodes import Mapping as MappingNode
from engine.text.nodes import Node, Scalar
from engine.text.source import Source
from engine.text.suggest import did_you_mean

DEFAULT_NAME = "default"
NONE = "none"
"""Written instead of a ruleset: this kind is left out."""

APART_LEFT_OUT: Final[Mapping[str, str]] = dict.fromkeys(APART, NONE)
"""What to add to the rulesets that are wanted for a checkout."""


@dataclass(frozen=True, slots=True)
class Label:
    """What identifies a ruleset in a folder."""

    kind: str
    name: str
    version: int

    def __str__(self) -> str:
        return f"{self.kind} {self.name}/{self.version}"


@dataclass(frozen=True, slots=True)
class Standing:
    """A ruleset on the shelf."""

    label: Label
    path: Path
    source: Source


class Shelf:
    """The rulesets of a folder (`<kind>/*.yaml` and those directly in it; presets below do not count), or none yet.

    Readings and books are kept, so asking again costs nothing.
    """

    def __init__(self, files: Files, vocabularies: Mapping[str, Vocabulary], folder: Path | None = None) -> None:
        self._files = files
        self._vocabularies = vocabularies
        self._folder = folder
        self._standing: list[Standing] = []
        self._inline: dict[str, MappingNode] = {}
        self._readings: dict[tuple[str, str | None], Reading] = {}
        self._books: dict[tuple[str, tuple[str, ...]], Book | None] = {}

    def add(self, standing: Standing) -> None:
        """Put one more ruleset on the shelf."""
        self._standing.append(standing)

    def standing(self, path: Path) -> Standing | None:
        """A file as a ruleset, on the shelf or not; None when it cannot be read or does not say its kind."""
        source = self._files.read(path)
        if source is None:
            return None
        label = label_of(self.read(path, source).node)
        return None if label is None else Standing(label, path, source)

    def inline(self, node: MappingNode, folder: Path) -> tuple[Standing | None, tuple[Diagnostic, ...]]:
        """A ruleset written inside another file; its attachments lie in `folder`. None comes with the faults."""
        source = self._files.sources.get(node.span.source) or Source(node.span.source, "")
        path = folder / f"{node.span}"
        self._inline[_identity(path)] = node
        label = label_of(node)
        faults = () if label is not None else self.read(path, source).diagnostics
        return (None if label is None else Standing(label, path, source)), faults

    def reading(self, standing: Standing, currency: str | None = None) -> Reading:
        """The document as it reads in a currency (None: its first)."""
        first = self.read(standing.path, standing.source)
        if currency is None or (first.document and first.document.head.currency in (currency, "")):
            return first
        return self.read(standing.path, standing.source, currency)

    def read(self, path: Path, source: Source, currency: str | None = None) -> Reading:
        """The same for a file that may not be a ruleset at all."""
        key = (_identity(path), currency)
        if key not in self._readings:
            self._readings[key] = self._fresh(path, source, currency)
        return self._readings[key]

    def choose(self, wanted: Mapping[str, str]) -> tuple[dict[str, Standing], list[Diagnostic]]:
        """One ruleset of each kind: as wanted (`name`, `name/version`, `none`), else the default, newest version."""
        self._fill()
        chosen: dict[str, Standing] = {}
        faults: list[Diagnostic] = []
        for kind in KINDS:
            here = [each for each in self._standing if each.label.kind == kind]
            standing = _one(kind, here, wanted.get(kind, ""))
            if isinstance(standing, Diagnostic):
                faults.append(standing)
            elif standing is not None:
                chosen[kind] = standing
        return chosen, faults

    def book(self, chosen: Iterable[Standing], currency: str) -> tuple[Book | None, tuple[Diagnostic, ...]]:
        """The compiled rulesets in a currency, or None and the errors that prevent it."""
        order = sorted(chosen, key=lambda standing: standing.label.kind)
        readings = [self.reading(standing, currency) for standing in order]
        faults = tuple(fault for reading in readings for fault in reading.diagnostics)
        key = (currency, tuple(_identity(standing.path) for standing in order))
        if has_errors(faults):
            return None, faults
        if key not in self._books:
            self._books[key] = compile_book(_by_kind(readings), currency, _vocabulary(readings))
        return self._books[key], faults

    def _fill(self) -> None:
        """Put the rulesets of the folder on the shelf, when they are first asked for."""
        folder, self._folder = self._folder, None
        for path in () if folder is None else _candidates(folder):
            standing = self.standing(path)
            if standing is not None:
                self._standing.append(standing)

    def _fresh(self, path: Path, source: Source, currency: str | None) -> Reading:
        attachments = self._files.attachments_of(path)
        node = self._inline.get(_identity(path))
        if node is None:
            return read_ruleset(source, vocabularies=self._vocabularies, attachments=attachments, currency=currency)
        return read_node(source, node, vocabularies=self._vocabularies, attachments=attachments, currency=currency)


def label_of(node: Node | None) -> Label | None:
    """Kind, name and version as written in the head; None for what is not a ruleset of a known kind."""
    if not isinstance(node, MappingNode):
        return None
    kind, name, version = (node.get(key) for key in ("ruleset", "name", "version"))
    if not isinstance(kind, Scalar) or kind.text not in KINDS:
        return None
    number = version.value if isinstance(version, Scalar) else 0
    return Label(
        kind.text,
        name.text if isinstance(name, Scalar) else "",
        number if isinstance(number, int) else 0,
    )


def context_of(readings: Iterable[Reading], vocabularies: Mapping[str, Vocabulary]) -> ScenarioContext:
    """How scenarios are read for rulesets: their vocabulary and attributes, first currency and first time zone."""
    documents = [reading.document for reading in readings if reading.document is not None]
    checkouts = [document for document in documents if document.head.kind not in APART]
    refs = [document.head.vocabulary for document in checkouts]
    vocabulary = vocabularies[max(refs)] if refs else newest(vocabularies, "checkout")
    attributes = {name: fact for document in checkouts for name, fact in document.attributes.items()}
    return ScenarioContext(
        vocabulary=vocabulary.with_attributes(attributes),
        currency=next((each.head.currency for each in checkouts if each.head.currency), None),
        timezone=next((each.head.timezone for each in checkouts), "UTC"),
    )


def _identity(path: Path) -> str:
    """The same for all ways to write the same path."""
    return os.path.abspath(path)


def _candidates(folder: Path) -> list[Path]:
    places = [folder, *(folder / kind for kind in KINDS)]
    return [path for place in places for path in sorted(place.glob("*.y*ml")) if path.is_file()]


def _one(kind: str, here: list[Standing], wanted: str) -> Standing | Diagnostic | None:
    if wanted == NONE:
        return None
    names = sorted({each.label.name for each in here})
    name, _, version = wanted.partition("/")
    if not name:
        name = DEFAULT_NAME if DEFAULT_NAME in names else names[0] if len(names) == 1 else ""
    if not name:
        return _which(kind, here, names) if names else None
    fitting = [each for each in here if each.label.name == name and version in ("", str(each.label.version))]
    if not fitting:
        return _not_there(kind, wanted, here)
    return max(fitting, key=lambda standing: standing.label.version)


def _which(kind: str, here: list[Standing], names: list[str]) -> Diagnostic:
    places = ", ".join(shown(each.path) for each in here)
    message = f"there are several {kind} rulesets and none is named {DEFAULT_NAME}: {', '.join(names)} ({places})"
    return error("RS906", message, None, hint=f"choose one with --use {kind}={names[0]}")


def _not_there(kind: str, wanted: str, here: list[Standing]) -> Diagnostic:
    known = [f"{each.label.name}/{each.label.version}" for each in here]
    hint = did_you_mean(wanted, [*known, *(each.label.name for each in here)]) or f"there are {', '.join(known)}"
    return error("RS612", f"there is no {kind} ruleset '{wanted}'", None, hint=hint if known else "")


def _by_kind(readings: Iterable[Reading]) -> dict[str, AnyDocument]:
    return {reading.document.head.kind: reading.document for reading in readings if reading.document is not None}


def _vocabulary(readings: Iterable[Reading]) -> Vocabulary | None:
    """The vocabulary checkout rulesets share; lifecycle and access have their own."""
    known = (reading.vocabulary for reading in readings if reading.vocabulary is not None)
    return next((vocabulary for vocabulary in known if vocabulary.name == "checkout"), None)
