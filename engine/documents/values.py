"""How does a node of a document become a plain value, with a located fault when it cannot?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar
from zoneinfo import ZoneInfo

from engine.documents.conditions import Key
from engine.documents.model import Head
from engine.facts.expected import described
from engine.facts.literals import (
    LiteralContext,
    read_duration_seconds,
    read_literal,
    read_money,
    read_percent,
)
from engine.facts.vocabulary import FactType
from engine.text.diagnostics import Diagnostic, Related, error
from engine.text.faults import Faults
from engine.text.nodes import Mapping, Node, Scalar
from engine.text.nodes import Sequence as ListNode
from engine.text.source import Span
from engine.text.suggest import did_you_mean

Choice = TypeVar("Choice", bound=str)
Kept = TypeVar("Kept")
Ratio = tuple[int, int]

NO_CURRENCY = "the document has an amount but its head names no currency"


class ValueReader:
    """Reads scalars, lists and maps of one document and collects what is wrong with them.

    Every method answers None (or nothing) after it reported a fault, so a reader can go on and find the others.
    Faults of shape repeat what the shape stage says; `engine.documents.read` keeps only one of the two.
    """

    def __init__(self, head: Head, zone: ZoneInfo, faults: Faults) -> None:
        self.head = head
        self.zone = zone
        self.faults = faults

    # reporting -------------------------------------------------------------------------------------------------

    @property
    def is_full(self) -> bool:
        """Whether so many errors were found that the rest of the document need not be read."""
        return self.faults.is_full

    def report(self, code: str, message: str, span: Span, *, hint: str = "", related: Sequence[Related] = ()) -> None:
        """Keep one finding."""
        self.faults.add(error(code, message, span, hint=hint, related=related))

    def suggest(self, word: str, candidates: Iterable[str], otherwise: str = "") -> str:
        """A hint: the most similar candidate, or `otherwise`. No work is done once enough errors are known."""
        if self.is_full:
            return otherwise
        return did_you_mean(word, candidates) or otherwise

    # shape -----------------------------------------------------------------------------------------------------

    def mapping(self, node: Node | None) -> Mapping | None:
        """The node when it is a map."""
        if node is None or isinstance(node, Mapping):
            return node
        self._wrong_shape(node, "a map")
        return None

    def items(self, node: Node | None) -> Iterator[Node]:
        """The items of a list, until enough errors are known; nothing for an absent list."""
        if node is None:
            return
        if not isinstance(node, ListNode):
            self._wrong_shape(node, "a list")
            return
        for item in node.items:
            if self.is_full:
                return
            yield item

    def mappings(self, node: Node | None) -> Iterator[Mapping]:
        """The items of a list that are maps."""
        for item in self.items(node):
            fields = self.mapping(item)
            if fields is not None:
                yield fields

    def required(self, fields: Mapping, key: str) -> Node | None:
        """The value of a key that must be there."""
        node = fields.get(key)
        if node is None:
            self.report("RS202", f"'{key}' is missing", fields.span)
        return node

    def text(self, node: Node | None) -> str | None:
        """A text; a plain number or word is taken as it is written."""
        if node is None:
            return None
        if isinstance(node, Scalar) and (node.quoted or node.value is not None):
            return node.text
        self._wrong_shape(node, "a text")
        return None

    def identifier(self, node: Node | None) -> str | None:
        """An id or a name that others refer to: a text that is not empty."""
        text = self.text(node)
        if node is not None and text is not None and not text.strip():
            self.report("RS208", "an empty text names nothing", node.span)
            return None
        return text

    def identifiers(self, node: Node | None) -> tuple[str, ...]:
        """A list of ids; one alone may stand without brackets. Repetitions are dropped."""
        if isinstance(node, Scalar):
            alone = self.identifier(node)
            return () if alone is None else (alone,)
        found = (self.identifier(item) for item in self.items(node))
        return tuple(dict.fromkeys(text for text in found if text is not None))

    def choice(self, node: Node | None, choices: Sequence[Choice], default: Choice) -> Choice:
        """One word of `choices`; `default` when absent or wrong."""
        text = self.text(node)
        if node is None or text is None:
            return default
        for choice in choices:
            if text == choice:
                return choice
        hint = self.suggest(text, choices)
        self.report("RS204", f"'{text}' is not one of {', '.join(choices)}", node.span, hint=hint)
        return default

    def flag(self, node: Node | None, default: bool) -> bool:
        """True or false; `default` when absent or wrong."""
        value = node.value if isinstance(node, Scalar) else None
        if isinstance(value, bool):
            return value
        if node is not None:
            self._wrong_shape(node, "true or false")
        return default

    def integer(self, node: Node | None, low: int, high: int = 10**9) -> int | None:
        """A whole number within [low, high]; quoted or plain."""
        if node is None:
            return None
        number = _whole_number(node)
        if number is None:
            self._wrong_shape(node, "a whole number")
        elif not low <= number <= high:
            self.report("RS207", f"{number} is not within {low} and {high}", node.span)
            number = None
        return number

    # typed literals --------------------------------------------------------------------------------------------

    def literal(self, node: Node, fact_type: FactType) -> Key | None:
        """The key of a literal of a fact type (see `engine.facts.literals`)."""
        if fact_type == "money":
            return self.money(node)
        if isinstance(node, ListNode):
            self.report("RS315", f"expected {fact_type}, got a list", node.span)
            return None
        key, fault = read_literal(node, fact_type, LiteralContext(None, self.zone))
        if fault is not None:
            self.faults.add(fault)
        return key

    def money(self, node: Node | None) -> int | None:
        """An amount in minor units of the currency the document is read for; all its currencies are checked."""
        if node is None:
            return None
        if isinstance(node, ListNode):
            self.report("RS310", "expected an amount, got a list", node.span)
            return None
        if not self.head.currencies:
            self.report("RS317", NO_CURRENCY, node.span, hint="write `currency:` in the head")
            return None
        if not self._currencies_fit(node):
            return None
        amounts: dict[str, int | None] = {}
        for currency in self.head.currencies:
            amounts[currency] = self.kept(read_money(node, LiteralContext(currency, self.zone)))
        return amounts.get(self.head.currency)

    def price(self, node: Node | None) -> int | None:
        """An amount that is not negative."""
        amount = self.money(node)
        if node is not None and amount is not None and amount < 0:
            self.report("RS327", "an amount here must not be negative", node.span, hint="leave the sign out")
            return None
        return amount

    def percent(self, node: Node | None, most: int = 100) -> Ratio | None:
        """An exact ratio within 0 and `most` percent."""
        if node is None:
            return None
        if not isinstance(node, Scalar):
            self.report("RS311", "expected a percentage", node.span, hint="write it as in 12.5")
            return None
        ratio = self.kept(read_percent(node))
        if ratio is not None and ratio[0] * 100 > most * ratio[1]:
            self.report("RS318", f"{node.text} is not within 0 and {most} percent", node.span)
            return None
        return ratio

    def duration(self, node: Node | None) -> int | None:
        """A duration in seconds."""
        if node is None:
            return None
        if not isinstance(node, Scalar):
            self.report("RS313", "expected a duration", node.span, hint="write it as in 15m")
            return None
        return self.kept(read_duration_seconds(node))

    def kept(self, answer: tuple[Kept | None, Diagnostic | None]) -> Kept | None:
        """The value of an answer; its fault is reported."""
        value, fault = answer
        if fault is not None:
            self.faults.add(fault)
            return None
        return value

    def _currencies_fit(self, node: Scalar | Mapping) -> bool:
        currencies = self.head.currencies
        if isinstance(node, Scalar):
            if len(currencies) == 1 or _whole_number(node) == 0:
                return True
            example = ", ".join(f'{currency}: "…"' for currency in currencies)
            message = f"'{node.text}' leaves open which of {', '.join(currencies)} is meant"
            self.report("RS317", message, node.span, hint=f"write {{{example}}}")
            return False
        strangers = [entry for entry in node.entries if entry.key.text not in currencies]
        for entry in strangers:
            message = f"'{entry.key.text}' is not a currency of this document ({', '.join(currencies)})"
            self.report("RS317", message, entry.key.span, hint=self.suggest(entry.key.text, currencies))
        return not strangers

    def _wrong_shape(self, node: Node, expected: str) -> None:
        self.report("RS203", f"expected {expected}, got {described(node)}", node.span)


def _whole_number(node: Node) -> int | None:
    if not isinstance(node, Scalar):
        return None
    value = node.value
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    written = node.text.strip()
    is_plain = node.quoted and written.isascii() and written.removeprefix("-").isdigit() and len(written) < 20
    return int(written) if is_plain else None
