"""How do tests of the lifecycle read an orders ruleset as the engine does?"""

from pathlib import Path

from engine.documents.model import OrdersDocument
from engine.documents.read import ReadContext, read_document
from engine.facts.vocabulary import Vocabulary, read_vocabulary
from engine.text.diagnostics import Diagnostic
from engine.text.load import load
from engine.text.source import Source

CHECKOUT = Path(__file__).parents[3]
ORDERS = CHECKOUT / "rules" / "orders"
SHIPPED = (ORDERS / "v1.yaml", *sorted((ORDERS / "presets").glob("*.yaml")))

HEAD = "ruleset: orders\nname: t\nversion: 1\nvocabulary: order/1\n"


def order_vocabulary() -> Vocabulary:
    """The shipped vocabulary order/1."""
    path = CHECKOUT / "rules" / "vocabularies" / "order-1.yaml"
    vocabulary, faults = read_vocabulary(Source(path.name, path.read_text(encoding="utf-8")))
    assert vocabulary is not None, faults
    return vocabulary


def read_orders_text(text: str, name: str = "t.yaml") -> tuple[OrdersDocument | None, list[Diagnostic], Source]:
    """The document of a whole ruleset, what is wrong with it, and its source."""
    source = Source(name, text)
    loaded = load(source)
    assert loaded.node is not None, loaded.diagnostics
    context = ReadContext({"order/1": order_vocabulary()}, lambda path: None)
    document, findings = read_document(loaded.node, context)
    assert document is None or isinstance(document, OrdersDocument)
    return document, findings, source


def shipped(path: Path) -> OrdersDocument:
    """A ruleset of the repository, which has no faults."""
    document, findings, _ = read_orders_text(path.read_text(encoding="utf-8"), path.name)
    assert document is not None, findings
    assert findings == []
    return document
