"""What do tests of lints need: the vocabulary, and rulesets read from YAML?"""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from engine.documents.model import AnyDocument
from engine.documents.read import ReadContext, read_document
from engine.facts.vocabulary import Vocabulary, read_vocabulary
from engine.text.load import load
from engine.text.source import Source

ROOT = Path(__file__).resolve().parents[3]

Read = Callable[[Source, Mapping[str, Source]], AnyDocument]


@pytest.fixture(scope="session")
def vocabulary() -> Vocabulary:
    """The vocabulary every ruleset of a checkout in these tests names."""
    path = ROOT / "rules" / "vocabularies" / "checkout-1.yaml"
    found, faults = read_vocabulary(Source(path.name, path.read_text(encoding="utf-8")))
    assert found is not None, faults
    return found


@pytest.fixture(scope="session")
def read(vocabulary: Vocabulary) -> Read:
    """Reads a ruleset without faults; the tables beside it by name."""
    known = {vocabulary.ref: vocabulary}
    for name in ("access", "event"):
        path = ROOT / "rules" / "vocabularies" / f"{name}-1.yaml"
        other, unreadable = read_vocabulary(Source(path.name, path.read_text(encoding="utf-8")))
        assert other is not None, unreadable
        known[other.ref] = other

    def read(source: Source, tables: Mapping[str, Source]) -> AnyDocument:
        node = load(source).node
        assert node is not None
        document, faults = read_document(node, ReadContext(known, tables.get))
        assert document is not None, faults
        return document

    return read
