"""Which rulesets lie in a folder, read for a currency? One of each kind: the one called `default`, its newest version.

Here the disk is read, and nowhere else in this room. Texts are named from the folder on (`rules/pricing/v1.yaml`), so
that decisions, which tell their places, are the same wherever the shop is installed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from engine import Reading, Source, Vocabulary, read_ruleset, read_vocabulary, render
from engine.documents.model import AnyDocument, Kind
from engine.text.diagnostics import Diagnostic, has_errors
from engine.text.load import decode

DEFAULT_NAME: Final = "default"
VOCABULARIES: Final = "vocabularies"


class RulesetsFaulty(Exception):
    """Rulesets cannot be read; the message shows every error with its place."""


@dataclass(frozen=True, slots=True)
class Library:
    """A folder of rulesets, `<kind>/*.yaml`. `name` begins the names of its texts."""

    folder: Path
    name: str

    def documents(
        self, kinds: Iterable[Kind], currency: str | None, vocabularies: Mapping[str, Vocabulary]
    ) -> dict[str, AnyDocument]:
        """The document of each of these kinds that is there, with its amounts in the currency (None: in its first).

        Raises RulesetsFaulty, also for a ruleset that is not written for the currency.
        """
        found: dict[str, AnyDocument] = {}
        for kind in kinds:
            document = newest([each for _, each in self._documents(kind, currency, vocabularies)])
            if document is not None:
                found[kind] = document
        return found

    def text(
        self, kind: Kind, currency: str | None, vocabularies: Mapping[str, Vocabulary]
    ) -> tuple[AnyDocument, str, dict[str, str]] | None:
        """The document of a kind with its text and those of the files it names, by the names written in it."""
        found = list(self._documents(kind, currency, vocabularies))
        document = newest([each for _, each in found])
        if document is None:
            return None
        path = next(path for path, each in found if each is document)
        texts: dict[str, str] = {}
        attachment = self._attachments(path)

        def noted(written: str) -> Source | None:
            beside = attachment(written)
            if beside is not None:
                texts[PurePosixPath(written).as_posix()] = beside.text
            return beside

        source = self._source(path)
        read_ruleset(source, vocabularies=vocabularies, attachments=noted, currency=currency)
        return document, source.text, texts

    def vocabularies(self) -> dict[str, Vocabulary]:
        """The vocabularies of the folder by reference (`checkout/1`). Raises RulesetsFaulty."""
        found: dict[str, Vocabulary] = {}
        for path in sorted((self.folder / VOCABULARIES).glob("*.yaml")):
            source = self._source(path)
            vocabulary, faults = read_vocabulary(source)
            if vocabulary is None:
                raise faulty(faults, source)
            found[vocabulary.ref] = vocabulary
        return found

    def _documents(
        self, kind: Kind, currency: str | None, vocabularies: Mapping[str, Vocabulary]
    ) -> Iterator[tuple[Path, AnyDocument]]:
        for path in sorted((self.folder / kind).glob("*.yaml")):
            reading = read_ruleset(
                self._source(path), vocabularies=vocabularies, attachments=self._attachments(path), currency=currency
            )
            if reading.document is None or has_errors(reading.diagnostics):
                raise faulty(reading.diagnostics, reading.source)
            yield path, reading.document

    def _attachments(self, document: Path) -> Callable[[str], Source | None]:
        """Files beside a document by the names written in it; never one outside its folder."""

        def attachment(written: str) -> Source | None:
            path = document.parent / PurePosixPath(written)
            is_inside = path.resolve().is_relative_to(document.parent.resolve())
            return self._source(path) if is_inside and path.is_file() else None

        return attachment

    def _source(self, path: Path) -> Source:
        name = f"{self.name}/{path.relative_to(self.folder).as_posix()}"
        try:
            source, faults = decode(name, path.read_bytes())
        except OSError as error:
            raise RulesetsFaulty(f"{name} cannot be read: {error.strerror}") from error
        if source is None:
            raise faulty(faults, Source(name, ""))
        return source


def read_own(
    kind: str,
    name: str,
    source: str,
    attachments: Mapping[str, str],
    vocabularies: Mapping[str, Vocabulary],
    currency: str | None,
) -> Reading:
    """A ruleset that is no file, with the files it names. Its text is called `<kind>/<name>.yaml`."""

    def attachment(written: str) -> Source | None:
        text = attachments.get(PurePosixPath(written).as_posix())
        return None if text is None else Source(f"{kind}/{written}", text)

    text = Source(f"{kind}/{name}.yaml", source)
    return read_ruleset(text, vocabularies=vocabularies, attachments=attachment, currency=currency)


def newest(documents: list[AnyDocument]) -> AnyDocument | None:
    """The document that decides of its kind: the newest of those called `default`, or of the only name there is."""
    names = {document.head.name for document in documents}
    wanted = DEFAULT_NAME if DEFAULT_NAME in names or len(names) != 1 else names.pop()
    fitting = [document for document in documents if document.head.name == wanted]
    return max(fitting, key=lambda document: document.head.version, default=None)


def faulty(faults: tuple[Diagnostic, ...], source: Source) -> RulesetsFaulty:
    """The error that shows these findings in their text."""
    return RulesetsFaulty("\n".join(render(fault, {source.name: source}) for fault in faults))
