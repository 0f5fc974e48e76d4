"""How are rulesets linted in tests, and how are findings written down?"""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from engine.documents.model import AnyDocument
from engine.documents.read import ReadContext, read_document
from engine.facts.vocabulary import Vocabulary, read_vocabulary
from engine.lint import lint
from engine.text.diagnostics import Diagnostic
from engine.text.load import load
from engine.text.source import Source

ROOT = Path(__file__).resolve().parents[3]
HEADS = {
    "pricing": "currency: BRL",
    "promotions": "currency: BRL",
    "coupons": "currency: BRL",
    "shipping": "currency: BRL",
    "checkout": "currency: BRL",
    "tax": "prices: included\nlevel: line",
}

Read = Callable[..., AnyDocument]
Told = Callable[..., str]


@pytest.fixture(scope="session")
def vocabulary() -> Vocabulary:
    """The vocabulary every ruleset in these tests names."""
    path = ROOT / "rules" / "vocabularies" / "checkout-1.yaml"
    found, faults = read_vocabulary(Source(path.name, path.read_text(encoding="utf-8")))
    assert found is not None, faults
    return found


@pytest.fixture(scope="session")
def read(vocabulary: Vocabulary) -> Read:
    """Reads the body of a ruleset of one kind; the head (five or six lines) is put before it."""

    def read(kind: str, body: str, tables: Mapping[str, str] | None = None) -> AnyDocument:
        files = {name: Source(name, text) for name, text in (tables or {}).items()}
        text = f"ruleset: {kind}\nname: test\nversion: 1\nvocabulary: checkout/1\n{HEADS[kind]}\n{body}"
        node = load(Source("rules.yaml", text)).node
        assert node is not None
        document, faults = read_document(node, ReadContext({vocabulary.ref: vocabulary}, files.get))
        assert document is not None, faults
        return document

    return read


@pytest.fixture(scope="session")
def told(read: Read, vocabulary: Vocabulary) -> Told:
    """What the lints say about a body, one paragraph a finding; `only` names the codes that matter."""

    def told(kind: str, body: str, *only: str, tables: Mapping[str, str] | None = None) -> str:
        findings = lint(read(kind, body, tables), vocabulary)
        return "\n".join(_told(finding) for finding in findings if not only or finding.code in only)

    return told


def _told(finding: Diagnostic) -> str:
    assert finding.span is not None
    assert finding.hint
    lines = [f"{finding.code} {finding.severity} at {finding.span}: {finding.message}"]
    lines += [f"  {place.span}: {place.message}" for place in finding.related]
    return "\n".join([*lines, *([f"  cart: {finding.witness}"] if finding.witness else [])])
