"""How do tests of access read an access ruleset as the engine does?"""

from collections.abc import Mapping, Sequence
from pathlib import Path

from engine.access.compile import Access, compile_access
from engine.documents.model import AccessDocument
from engine.documents.read import ReadContext, read_document
from engine.facts.vocabulary import Vocabulary, read_vocabulary
from engine.text.diagnostics import Diagnostic
from engine.text.load import load
from engine.text.source import Source

CHECKOUT = Path(__file__).parents[3]
SHIPPED = CHECKOUT / "rules" / "access" / "v1.yaml"

HEAD = (
    "ruleset: access\nname: t\nversion: 1\nvocabulary: access/1\ncurrency: BRL\ntimezone: America/Sao_Paulo\nroles:\n"
)
NEEDED = "  guest: {}\n  customer: {inherits: [guest]}\n"


def access_vocabulary() -> Vocabulary:
    """The shipped vocabulary access/1."""
    path = CHECKOUT / "rules" / "vocabularies" / "access-1.yaml"
    vocabulary, faults = read_vocabulary(Source(path.name, path.read_text(encoding="utf-8")))
    assert vocabulary is not None, faults
    return vocabulary


VOCABULARY = access_vocabulary()


def read_access_text(text: str, name: str = "t.yaml") -> tuple[AccessDocument | None, list[Diagnostic]]:
    """The document of a whole ruleset, and what is wrong with it."""
    loaded = load(Source(name, text))
    assert loaded.node is not None, loaded.diagnostics
    document, findings = read_document(loaded.node, ReadContext({VOCABULARY.ref: VOCABULARY}, lambda path: None))
    assert document is None or isinstance(document, AccessDocument)
    return document, findings


def document_of(text: str) -> AccessDocument:
    """A document without faults."""
    document, findings = read_access_text(text)
    assert document is not None, findings
    return document


def access_of(roles: str) -> Access:
    """The compiled roles, beside an empty guest and customer."""
    return compile_access(document_of(HEAD + NEEDED + roles))


def shipped() -> AccessDocument:
    """The ruleset of the repository."""
    return document_of(SHIPPED.read_text(encoding="utf-8"))


def written(roles: Mapping[str, tuple[Sequence[str], Sequence[str], int | None]]) -> str:
    """Roles as YAML: of each what it inherits, what it may, and the limit of its refunds in minor units per day."""
    lines = []
    for name, (inherits, may, limit) in roles.items():
        limits = (
            f'{{orders.refund: {{amount: "{limit // 100}.{limit % 100:02}", per: day}}}}' if limit is not None else "{}"
        )
        patterns = ", ".join(f'"{pattern}"' for pattern in may)
        lines.append(f"  {name}: {{inherits: [{', '.join(inherits)}], may: [{patterns}], limits: {limits}}}\n")
    return "".join(lines)
