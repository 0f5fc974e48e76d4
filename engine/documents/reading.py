"""What does every reader of a document kind need at hand?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from engine.documents.conditions import ALWAYS, Aggregate, Condition
from engine.documents.model import Allowance, Window
from engine.documents.places import Place
from engine.documents.read_conditions import ConditionReader
from engine.documents.values import ValueReader
from engine.facts.literals import read_instant
from engine.facts.vocabulary import Fact, FactType, Vocabulary
from engine.text.diagnostics import Related
from engine.text.nodes import Mapping as MappingNode
from engine.text.nodes import Node, Scalar
from engine.text.source import Source, Span

__all__ = ["Ids", "Place", "ReadContext", "Reader"]

ORDERED_TYPES: frozenset[FactType] = frozenset({"money", "count", "weight", "volume"})


@dataclass(frozen=True, slots=True)
class ReadContext:
    """What reading needs from outside: vocabularies by reference (`checkout/1`), files beside the document by path,
    and the currency to read amounts for (None: the first of the head).
    """

    vocabularies: Mapping[str, Vocabulary]
    attachments: Callable[[str], Source | None]
    currency: str | None = None


class Reader(ValueReader):
    """Reads one document: its values, its conditions and everything rules of all kinds have in common."""

    def __init__(
        self,
        values: ValueReader,
        vocabulary: Vocabulary | None,
        attributes: Mapping[str, Fact],
        attachments: Callable[[str], Source | None],
        define: Node | None = None,
    ) -> None:
        super().__init__(values.head, values.zone, values.faults)
        self.vocabulary = vocabulary
        self.attributes = attributes
        self.attachments = attachments
        self._conditions = ConditionReader(self, vocabulary, self.mapping(define))

    @property
    def aggregates(self) -> dict[str, Aggregate]:
        """All aggregates that conditions and effects read so far, by axis name."""
        return self._conditions.aggregates

    def condition(self, node: Node | None, place: Place) -> Condition:
        """The condition of a `when` or `where`; always true when absent (or wrong, which is reported)."""
        return ALWAYS if node is None else self._conditions.read(node, place)

    def check_definitions(self) -> None:
        """Report the faults of named conditions and aggregates that no rule uses."""
        self._conditions.read_unused()

    def measured_fact(self, node: Node | None, place: Place) -> tuple[str, FactType] | None:
        """The ordered fact a rate or tier measures (`by:`): its name (or aggregate axis) and its type."""
        found = self.fact(node, place)
        if node is None or found is None:
            return None
        if found[1] not in ORDERED_TYPES:
            message = f"{found[0]} is a {found[1]}; only money, counts, weights and volumes can be measured"
            self.report("RS323", message, node.span)
            return None
        return found

    def fact(self, node: Node | None, place: Place) -> tuple[str, FactType] | None:
        """A fact named by a rule: its name (or aggregate axis) and its type."""
        name = self.identifier(node)
        if node is None or name is None:
            return None
        return self._conditions.fact(name, node.span, place)

    def money_basis(self, fields: MappingNode, key: str, place: Place) -> str | None:
        """The money fact a threshold or percentage is of, with `tax:` resolved to its gross or net variant."""
        found = self.fact(self.required(fields, key), place)
        node = fields.get(key)
        if node is None or found is None:
            return None
        if found[1] != "money":
            self.report("RS323", f"{found[0]} is a {found[1]}, not an amount of money", node.span)
            return None
        return self.with_tax(found[0], node.span, fields, place)

    def with_tax(self, name: str, span: Span, fields: MappingNode, place: Place) -> str | None:
        """The variant of a money fact that `tax: included | excluded` beside it asks for."""
        variants = self._tax_variants(name)
        tax = fields.get("tax")
        if tax is None:
            if not name.startswith("subtotal.") or name.endswith((".gross", ".net")):
                return name
            hint = "add `tax: included` or `tax: excluded`" if variants else self._with_variants()
            self.report("RS322", f"{name} does not say whether tax is meant", span, hint=hint)
            return None
        wanted = self.choice(tax, ("included", "excluded"), "")
        if not wanted:
            return None
        if wanted not in variants:
            message = f"{name} is not kept with tax {wanted}"
            self.report("RS322", message, tax.span, hint=self._with_variants())
            return None
        found = self._conditions.fact(variants[wanted], span, place)
        return None if found is None else found[0]

    def window(self, fields: MappingNode) -> Window:
        """`from` (included) and `until` (excluded) in the time zone of the document."""
        start_node, end_node = fields.get("from"), fields.get("until")
        start, end = self.instant(start_node), self.instant(end_node)
        if start is not None and end is not None and end_node is not None and start >= end:
            hint = "`until` is excluded and must lie after `from`"
            self.report("RS319", "the window is empty: it does not end after it starts", end_node.span, hint=hint)
            return Window()
        return Window(start, end)

    def instant(self, node: Node | None) -> int | None:
        """Microseconds since 1970 UTC."""
        if node is None:
            return None
        if not isinstance(node, Scalar):
            self.report("RS314", "expected a date or an instant", node.span, hint="write it as in 2026-11-01")
            return None
        return self.kept(read_instant(node, self.zone))

    def message(self, node: Node | None) -> Mapping[str, str]:
        """Text by locale tag."""
        fields = self.mapping(node)
        if fields is None:
            return {}
        texts = ((entry.key.text, self.text(entry.value)) for entry in fields.entries)
        return {locale: text for locale, text in texts if text is not None}

    def allowances(self, node: Node | None) -> tuple[Allowance, ...]:
        """The findings the author accepts, each with a reason."""
        return tuple(self._allowance(fields) for fields in self.mappings(node))

    def reference(self, node: Node | None, known: Iterable[str], what: str) -> str | None:
        """An id that must be among `known`; `what` names the kind of thing (`lane`, `zone`)."""
        text = self.identifier(node)
        if node is None or text is None:
            return None
        return text if self._is_known(text, known, what, node.span) else None

    def references(self, node: Node | None, known: Iterable[str], what: str) -> tuple[str, ...]:
        """A list of ids that must be among `known`; one alone may stand without brackets."""
        if isinstance(node, Scalar):
            alone = self.reference(node, known, what)
            return () if alone is None else (alone,)
        found = (self.reference(item, known, what) for item in self.items(node))
        return tuple(dict.fromkeys(text for text in found if text is not None))

    def _is_known(self, text: str, known: Iterable[str], what: str, span: Span) -> bool:
        known = known if isinstance(known, (set, frozenset, dict)) else set(known)
        if text in known:
            return True
        hint = self.suggest(text, known, f"known: {', '.join(sorted(known)[:8])}" if known else "the document has none")
        self.report("RS321", f"there is no {what} '{text}'", span, hint=hint)
        return False

    def _allowance(self, fields: MappingNode) -> Allowance:
        code = self.text(self.required(fields, "code")) or ""
        because = self.text(self.required(fields, "because")) or ""
        return Allowance(code, because, self.text(fields.get("rule")), fields.span)

    def _tax_variants(self, name: str) -> dict[str, str]:
        variants = {"included": f"{name}.gross", "excluded": f"{name}.net"}
        return {tax: fact for tax, fact in variants.items() if self._find(fact) is not None}

    def _with_variants(self) -> str:
        facts = self.vocabulary.facts if self.vocabulary else {}
        names = [name.removesuffix(".gross") for name in facts if name.endswith(".gross")]
        return f"kept with and without tax: {', '.join(names)}" if names else ""

    def _find(self, name: str) -> Fact | None:
        return None if self.vocabulary is None else self.vocabulary.find(name)


class Ids:
    """The ids of one list: each may stand for one thing only."""

    def __init__(self, reader: Reader, what: str) -> None:
        self._reader = reader
        self._what = what
        self._places: dict[str, Span] = {}

    def claim(self, fields: MappingNode, key: str = "id") -> str | None:
        """The id of an item, None when it is missing or wrong; reports an id that was claimed before."""
        node = self._reader.required(fields, key)
        text = self._reader.identifier(node)
        if node is None or text is None:
            return None
        before = self._places.setdefault(text, node.span)
        if before is not node.span:
            message = f"there are two {self._what}s '{text}'"
            related: Sequence[Related] = (Related(before, "the first one"),)
            self._reader.report("RS320", message, node.span, hint="give one of them another id", related=related)
        return text
