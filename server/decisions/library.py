"""Which rulesets lie in a folder, read for a currency? One of each kind: the one called `default`, its newest version.

Here the disk is read, and nowhere else in this room. Texts are named from the folder on (`rules/pricing/v1.yaml`), so
that decisions, which tell their places, are the same wherever the shop is installed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final, NamedTuple

import msgspec

from engine import Reading, Source, Vocabulary, read_ruleset, read_vocabulary, render
from engine.documents.model import AnyDocument, Kind
from engine.documents.read import with_hash
from engine.text.diagnostics import Diagnostic, has_errors
from engine.text.load import decode

DEFAULT_NAME: Final = "default"
VOCABULARIES: Final = "vocabularies"


class RulesetsFaulty(Exception):
    """Rulesets cannot be read; the message shows every error with its place."""


class RulesetText(msgspec.Struct, frozen=True, kw_only=True):
    """A ruleset as it was written: all that is needed to read it again, also when it is gone from where it was.

    `path` is how the text was called, which decisions tell their places by, `currency` what its amounts were read in
    (None: kinds without amounts), and `hash` the one it had. `id` is the sha256 of all of it.
    """

    id: str
    kind: str
    name: str
    version: int
    hash: str
    currency: str | None
    path: str
    source: str
    attachments: Mapping[str, str]


class Written(NamedTuple):
    """A ruleset that was read, and what it was read from."""

    document: AnyDocument
    text: RulesetText


@dataclass(frozen=True, slots=True)
class Library:
    """A folder of rulesets, `<kind>/*.yaml`. `name` begins the names of its texts."""

    folder: Path
    name: str

    def rulesets(
        self, kinds: Iterable[Kind], currency: str | None, vocabularies: Mapping[str, Vocabulary]
    ) -> dict[str, Written]:
        """The ruleset of each of these kinds that is there, with its amounts in the currency (None: in its first).

        Raises RulesetsFaulty, also for a ruleset that is not written for the currency.
        """
        found: dict[str, Written] = {}
        for kind in kinds:
            written = newest(list(self._rulesets(kind, currency, vocabularies)))
            if written is not None:
                found[kind] = written
        return found

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

    def _rulesets(self, kind: Kind, currency: str | None, vocabularies: Mapping[str, Vocabulary]) -> Iterator[Written]:
        for path in sorted((self.folder / kind).glob("*.yaml")):
            beside = Noted(self._attachments(path))
            reading = read_ruleset(self._source(path), vocabularies=vocabularies, attachments=beside, currency=currency)
            yield written(reading, beside.texts, currency)

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


def reading_of(text: RulesetText, vocabularies: Mapping[str, Vocabulary]) -> Reading:
    """A ruleset read again from its text, faults and all."""

    def attachment(name: str) -> Source | None:
        beside = text.attachments.get(PurePosixPath(name).as_posix())
        return None if beside is None else Source(str(PurePosixPath(text.path).parent / name), beside)

    source = Source(text.path, text.source)
    return read_ruleset(source, vocabularies=vocabularies, attachments=attachment, currency=text.currency)


def read_kept(text: RulesetText, vocabularies: Mapping[str, Vocabulary]) -> Written:
    """A ruleset read again from its text. Raises RulesetsFaulty.

    It keeps the hash it had: a later version of the program may call the same text another, and decisions name it.
    """

    reading = reading_of(text, vocabularies)
    if reading.document is None or has_errors(reading.diagnostics):
        raise faulty(reading.diagnostics, reading.source)
    return Written(with_hash(reading.document, text.hash), text)


class Noted:
    """Gives the files a ruleset names, and keeps the texts of those that were asked for, by the names written in it."""

    def __init__(self, attachment: Callable[[str], Source | None]) -> None:
        self._attachment = attachment
        self.texts: dict[str, str] = {}

    def __call__(self, written: str) -> Source | None:
        beside = self._attachment(written)
        if beside is not None:
            self.texts[PurePosixPath(written).as_posix()] = beside.text
        return beside


def written(reading: Reading, attachments: Mapping[str, str], currency: str | None) -> Written:
    """A ruleset with its text. Raises RulesetsFaulty when it could not be read."""
    document = reading.document
    if document is None or has_errors(reading.diagnostics):
        raise faulty(reading.diagnostics, reading.source)
    head, source = document.head, reading.source
    said = [head.kind, head.hash, currency, source.name, source.text, sorted(attachments.items())]
    text = RulesetText(
        id=hashlib.sha256(msgspec.json.encode(said)).hexdigest(), kind=head.kind, name=head.name, version=head.version,
        hash=head.hash, currency=currency, path=source.name, source=source.text, attachments=dict(attachments),
    )  # fmt: skip
    return Written(document, text)


def newest(rulesets: list[Written]) -> Written | None:
    """The one that decides of its kind: the newest of those called `default`, or of the only name there is."""
    names = {document.head.name for document, _ in rulesets}
    wanted = DEFAULT_NAME if DEFAULT_NAME in names or len(names) != 1 else names.pop()
    fitting = [each for each in rulesets if each.document.head.name == wanted]
    return max(fitting, key=lambda each: each.document.head.version, default=None)


def faulty(faults: tuple[Diagnostic, ...], source: Source) -> RulesetsFaulty:
    """The error that shows these findings in their text."""
    return RulesetsFaulty("\n".join(render(fault, {source.name: source}) for fault in faults))
