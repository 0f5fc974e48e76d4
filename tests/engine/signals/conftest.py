"""Signals documents in tests are written as their author would, and read with the vocabulary that ships."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from engine.documents.model.signals import SignalsDocument
from engine.documents.read import ReadContext, read_document
from engine.facts.vocabulary import Vocabulary, read_vocabulary
from engine.text.load import load
from engine.text.source import Source

VOCABULARY = Path(__file__).parents[3] / "rules" / "vocabularies" / "event-1.yaml"
HEAD = "ruleset: signals\nname: default\nversion: 1\nvocabulary: event/1\ncurrency: BRL\n"

Written = Callable[[str], SignalsDocument]


@pytest.fixture(scope="session")
def vocabulary() -> Vocabulary:
    found, faults = read_vocabulary(Source("event-1.yaml", VOCABULARY.read_text("utf-8")))
    assert found is not None, faults
    return found


@pytest.fixture(scope="session")
def written(vocabulary: Vocabulary) -> Written:
    def read(body: str) -> SignalsDocument:
        node = load(Source("signals.yaml", HEAD + body)).node
        assert node is not None
        context = ReadContext({vocabulary.ref: vocabulary}, lambda _path: None)
        document, findings = read_document(node, context)
        assert isinstance(document, SignalsDocument), findings
        return document

    return read
