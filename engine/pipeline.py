"""The engine on one page: how a ruleset becomes a program, and how a program decides a checkout.

| stage    | where             | takes → gives                                | why it stands here                    |
|----------|-------------------|----------------------------------------------|---------------------------------------|
| load     | engine/text       | text → nodes with their places               | nothing can be located before         |
| shape    | engine/documents  | nodes → the right keys in the right places   | JSON Schema; a wrong shape means none |
| document | engine/documents  | nodes → typed document, literals by type     | types, units and names in one reading |
| check    | engine/documents  | stages, scopes, references                   | needs the whole document              |
| hash     | engine/documents  | document → its identity                      | orders pin content, not spelling      |
| boxes    | engine/boxes      | conditions → boxes over facts                | index, lints and hints all read them  |
| lint     | engine/lint       | boxes → gaps, overlaps, dead rules           | meaning, once all is well formed      |
| compile  | engine/compiler   | document → program behind a bitmap index     | only what has no errors               |
| evaluate | engine/runtime    | program and cart → decision with postings    | pure: same input, same bytes          |
| explain  | engine/runtime    | decision → why, why not, what would change   | on demand, free when not asked for    |

Beside the stages stand those who ask about all carts at once: `engine/hunt` looks for one that shows something,
`engine/proof` proves what rulesets claim (with `engine/symbolic` for a solver), `engine/equivalence` compares
two books, `engine/mutation` tries their cases, `engine/exploits` looks for gains. They use the stages; no stage
knows of them, but for lints, which hunt for the cart that shows what they found.

Every stage is a pure function that collects all its faults; a stage with errors is the last one. Files, clocks and
processes are the caller's: texts, attachments, vocabularies and the instant come in as arguments.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from engine.compiler.book import compile_book
from engine.documents.canonical import ruleset_hash
from engine.documents.model import AnyDocument, OrdersDocument
from engine.documents.read import ReadContext, read_document, with_hash
from engine.facts.vocabulary import Vocabulary
from engine.lifecycle.model_check import model_check
from engine.lint import apply_allowances, lint
from engine.runtime.evaluate import evaluate
from engine.runtime.explain import explain
from engine.runtime.hints import hints
from engine.text.diagnostics import Diagnostic, has_errors, report
from engine.text.load import load
from engine.text.nodes import Node
from engine.text.source import Source

__all__ = ["Reading", "check_ruleset", "compile_book", "evaluate", "explain", "hints", "read_node", "read_ruleset"]


@dataclass(frozen=True, slots=True)
class Reading:
    """A ruleset as read: `document` is None when one of the diagnostics is an error, `node` when YAML itself failed.

    `vocabulary` is the one its head names, with the attributes the document declares.
    """

    source: Source
    node: Node | None
    document: AnyDocument | None
    vocabulary: Vocabulary | None
    diagnostics: tuple[Diagnostic, ...]


def read_ruleset(
    source: Source,
    *,
    vocabularies: Mapping[str, Vocabulary],
    attachments: Callable[[str], Source | None],
    currency: str | None = None,
) -> Reading:
    """Load, shape, document, check, hash.

    `vocabularies` by reference (`checkout/1`); `attachments` gives the text of a file beside the document, None when
    there is none; `currency` None reads amounts in the first currency of the head.
    """
    loaded = load(source)
    if loaded.node is None:
        return Reading(source, None, None, None, loaded.diagnostics)
    reading = read_node(source, loaded.node, vocabularies=vocabularies, attachments=attachments, currency=currency)
    return replace(reading, diagnostics=report([*loaded.diagnostics, *reading.diagnostics]))


def read_node(
    source: Source,
    node: Node,
    *,
    vocabularies: Mapping[str, Vocabulary],
    attachments: Callable[[str], Source | None],
    currency: str | None = None,
) -> Reading:
    """The same for a ruleset that is already loaded, or that stands inside another document of `source`."""
    document, findings = read_document(node, ReadContext(vocabularies, attachments, currency))
    if document is None:
        return Reading(source, node, None, None, report(findings))
    document = with_hash(document, ruleset_hash(node, attachments))
    vocabulary = vocabularies[document.head.vocabulary].with_attributes(document.attributes)
    return Reading(source, node, document, vocabulary, report(findings))


def check_ruleset(reading: Reading, *, cap: int | None = 50) -> tuple[Diagnostic, ...]:
    """Everything that can be said of a ruleset: the faults of reading it, then boxes and lints, less what it allows.

    More findings than `cap` are counted in a note (RS145); None gives all.
    """
    document = reading.document
    if document is None or reading.vocabulary is None or has_errors(reading.diagnostics):
        return reading.diagnostics
    findings = lint(document, reading.vocabulary)
    if isinstance(document, OrdersDocument):
        findings += model_check(document)
    return report([*reading.diagnostics, *apply_allowances(findings, document.allow)], cap)
