"""The vocabularies, the example documents and a way to read them, for all tests of documents."""

from collections.abc import Callable
from pathlib import Path

import pytest

from engine.documents.model import AnyDocument
from engine.documents.read import ReadContext, read_document
from engine.facts.vocabulary import Vocabulary, read_vocabulary
from engine.text.diagnostics import Diagnostic
from engine.text.load import load
from engine.text.nodes import Node
from engine.text.source import Source

HERE = Path(__file__).parent
CHECKOUT = HERE.parent.parent.parent

Reading = tuple[AnyDocument | None, list[Diagnostic]]


@pytest.fixture(scope="session")
def vocabularies() -> dict[str, Vocabulary]:
    found = {}
    for name in ("checkout", "order", "access", "event", "stock"):
        text = (CHECKOUT / "rules" / "vocabularies" / f"{name}-1.yaml").read_text(encoding="utf-8")
        vocabulary, diagnostics = read_vocabulary(Source(name, text))
        assert vocabulary is not None, diagnostics
        found[vocabulary.ref] = vocabulary
    return found


def example_file(path: str) -> Source | None:
    place = HERE / "examples" / path
    return Source(path, place.read_text(encoding="utf-8")) if place.is_file() else None


@pytest.fixture(scope="session")
def context(vocabularies: dict[str, Vocabulary]) -> ReadContext:
    """What the examples need."""
    return ReadContext(vocabularies, example_file)


@pytest.fixture(scope="session")
def read(context: ReadContext) -> Callable[[str], Reading]:
    """Reads the text of a document that loads without faults."""

    def read_text(text: str) -> Reading:
        loaded = load(Source("rules.yaml", text))
        assert loaded.node is not None, loaded.diagnostics
        return read_document(loaded.node, context)

    return read_text


@pytest.fixture(scope="session")
def examples() -> dict[str, Node]:
    """One valid document of every kind, by kind."""
    nodes = {}
    for place in sorted((HERE / "examples").glob("*.yaml")):
        node = load(Source(place.name, place.read_text(encoding="utf-8"))).node
        assert node is not None
        nodes[place.stem] = node
    return nodes
