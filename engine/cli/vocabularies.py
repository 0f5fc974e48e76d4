"""Which vocabularies do rulesets read their facts from, and where do the shipped rules lie?"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources
from pathlib import Path

from engine.cli.files import Files
from engine.facts.vocabulary import Vocabulary, read_vocabulary

FOLDER = "vocabularies"


def shipped_rules() -> Path:
    """The folder of the rulesets that come with the program."""
    return Path(str(resources.files("rules")))


def vocabularies(files: Files, rules: Path | None = None) -> Mapping[str, Vocabulary]:
    """The shipped vocabularies by reference (`checkout/1`), and those in the folder `vocabularies` of `rules`.

    Faults go to `files.faults`. What is shipped cannot be replaced: a published vocabulary never changes.
    """
    found: dict[str, Vocabulary] = {}
    for folder in (shipped_rules(), *([] if rules is None else [rules])):
        for path in sorted((folder / FOLDER).glob("*.y*ml")):
            vocabulary = _read(files, path)
            if vocabulary is not None:
                found.setdefault(vocabulary.ref, vocabulary)
    return found


def newest(known: Mapping[str, Vocabulary], name: str) -> Vocabulary:
    """The highest version of a vocabulary; the shipped ones always have one of each name."""
    return max((each for each in known.values() if each.name == name), key=lambda each: each.version)


def _read(files: Files, path: Path) -> Vocabulary | None:
    source = files.read(path)
    if source is None:
        return None
    vocabulary, faults = read_vocabulary(source)
    files.faults += faults
    return vocabulary
