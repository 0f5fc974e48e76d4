"""How are the parts of a scenario read, so that every fault is reported and reading goes on?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from engine.facts.answers import LiteralContext
from engine.facts.cart import Key
from engine.facts.expected import described, is_word, shown
from engine.facts.literals import read_literal
from engine.facts.measures import whole_number
from engine.facts.vocabulary import Fact, FactType, Vocabulary
from engine.text.diagnostics import error
from engine.text.faults import Faults
from engine.text.nodes import Entry, Node, Scalar, Sequence
from engine.text.nodes import Mapping as MappingNode
from engine.text.source import Span
from engine.text.suggest import did_you_mean

MOST_COUNTED: Final = 10**12
"""The largest number of uses, orders or units a scenario may state."""

MOST_FAULTS: Final = 50

MOST_MEMBERS: Final = 1_000
"""The most members of a list whose length means little, such as the tags of a customer."""

_NAMES: Final[frozenset[FactType]] = frozenset({"code", "codes", "region"})
_OR_LEAVE_OUT: Final = "write it, or leave the key out"


class Known:
    """The facts known of one thing (the cart, a line) under their vocabulary names; set-valued ones apart."""

    def __init__(self) -> None:
        self.facts: dict[str, Key] = {}
        self.sets: dict[str, frozenset[str]] = {}

    def text(self, name: str) -> str | None:
        """A fact that is text, or None while it is not known."""
        value = self.facts.get(name)
        return value if isinstance(value, str) else None

    def number(self, name: str) -> int | None:
        """A fact that is a number, or None while it is not known."""
        value = self.facts.get(name)
        return value if isinstance(value, int) else None


class ScenarioReader:
    """Reads nodes of one scenario. Methods answer None after they reported a fault, and for what is absent or null."""

    def __init__(self, vocabulary: Vocabulary, literals: LiteralContext, faults: Faults) -> None:
        self.vocabulary = vocabulary
        self.literals = literals
        self.faults = faults

    def report(self, code: str, message: str, span: Span, hint: str = "") -> None:
        """Keep one finding."""
        self.faults.add(error(code, message, span, hint=hint))

    # shape -----------------------------------------------------------------------------------------------------

    def mapping(self, node: Node | None, what: str) -> MappingNode | None:
        """The node when it is a map."""
        if node is None or isinstance(node, MappingNode):
            return node
        if not is_null(node):
            self.wrong_shape(node, f"{what} must be a map")
        return None

    def items(self, node: Node | None, what: str, most: int = MOST_MEMBERS) -> Iterator[Node]:
        """The items of a list, until enough faults are known; nothing for an absent list, or one that is too long."""
        if node is None or is_null(node):
            return
        if not isinstance(node, Sequence):
            self.wrong_shape(node, f"{what} must be a list")
            return
        if self.too_many(len(node.items), most, what, node.span):
            return
        for item in node.items:
            if self.faults.is_full:
                return
            yield item

    def named(self, fields: MappingNode | None, what: str, most: int = MOST_MEMBERS) -> Iterator[Entry]:
        """The entries of a map whose keys are names, until enough faults are known; nothing when they are too many."""
        if fields is None or self.too_many(len(fields.entries), most, what, fields.span):
            return
        for entry in fields.entries:
            if self.faults.is_full:
                return
            yield entry

    def too_many(self, count: int, most: int, what: str, span: Span) -> bool:
        """Whether more is written than is read; that is reported and nothing of it read, so that time is bounded."""
        if count > most:
            self.report("RS721", f"{what} has {count:,} entries, at most {most:,} are read", span, "leave some out")
        return count > most

    def entries(self, fields: MappingNode | None, keys: Iterable[str], what: str, owner: str = "") -> dict[str, Entry]:
        """The entries under known keys that are not null; other keys are reported.

        `owner` is the first word of the facts that stand there (`customer`), "" where none do.
        """
        known = dict.fromkeys(keys)
        found: dict[str, Entry] = {}
        for entry in () if fields is None else fields.entries:
            if entry.key.text not in known:
                self._unknown_key(entry, known, what, owner)
            elif not is_null(entry.value):
                found[entry.key.text] = entry
        return found

    def _unknown_key(self, entry: Entry, known: Iterable[str], what: str, owner: str) -> None:
        if self.faults.is_full:
            return
        key, keys = entry.key.text, list(known)
        if owner and self.vocabulary.find(f"{owner}.{key}") is not None:
            message = f"{owner}.{key} is worked out from the rest of the cart"
            self.report("RS720", message, entry.key.span, "leave it out")
            return
        hint = did_you_mean(key, keys) or f"known: {', '.join(keys)}"
        self.report("RS711", f"{what} has no '{shown(key)}'", entry.key.span, hint)

    # values ----------------------------------------------------------------------------------------------------

    def text(self, node: Node | None, what: str) -> str | None:
        """A text that is not empty; a plain number is taken as it is written."""
        if node is None or is_null(node):
            return None
        if not isinstance(node, Scalar) or not is_word(node):
            self.wrong_shape(node, f"{what} must be a text")
        elif not node.text.strip():
            self.report("RS713", f"{what} must not be empty", node.span, _OR_LEAVE_OUT)
        else:
            return node.text
        return None

    def flag(self, node: Node | None, what: str, default: bool) -> bool:
        """A true or false; `default` when absent or wrong."""
        if node is None or is_null(node):
            return default
        value = node.value if isinstance(node, Scalar) else None
        if isinstance(value, bool):
            return value
        self.wrong_shape(node, f"{what} must be true or false")
        return default

    def whole(self, node: Node | None, what: str, least: int = 0, most: int = MOST_COUNTED) -> int | None:
        """A whole number from `least` to `most`."""
        if node is None or is_null(node):
            return None
        number = whole_number(node)
        if number is None:
            self.wrong_shape(node, f"{what} must be a whole number")
        elif not least <= number <= most:
            self.report("RS715", f"{what} must be from {least} to {most}, got {number}", node.span)
            number = None
        return number

    def key(self, node: Node, fact: Fact) -> Key | None:
        """The key of a fact that is not set-valued. Money is not negative, except in attributes."""
        value, fault = read_literal(node, fact.type, self.literals)
        if fault is not None:
            self.report("RS710", f"{fact.name} ({fact.type}): {fault.message}", fault.span or node.span, fault.hint)
            return None
        if fact.type == "money" and isinstance(value, int) and value < 0 and ".attr." not in fact.name:
            self.report("RS715", f"{fact.name} must not be negative", node.span)
            return None
        if fact.type in _NAMES and isinstance(value, str) and not value.strip():
            self.report("RS710", f"{fact.name} ({fact.type}): must not be empty", node.span, _OR_LEAVE_OUT)
            return None
        return value

    def fact(self, node: Node, fact: Fact, known: Known) -> None:
        """Note the value of a fact."""
        if fact.type == "codes":
            known.sets[fact.name] = self._codes(node, fact)
            return
        key = self.key(node, fact)
        if key is not None:
            known.facts[fact.name] = key

    def facts(self, fields: Mapping[str, Entry], facts: Mapping[str, Fact], known: Known) -> None:
        """Note the value of every fact that has an entry."""
        for key, fact in facts.items():
            entry = fields.get(key)
            if entry is not None:
                self.fact(entry.value, fact, known)

    def attributes(self, node: Node | None, owner: str, declared: Mapping[str, Fact], known: Known) -> None:
        """Note the attributes of `owner` (`line`, `customer`, `cart`); each must have been declared."""
        fields = self.mapping(node, f"attr of a {owner}")
        for entry in self.named(fields, f"attr of a {owner}"):
            fact = declared.get(entry.key.text)
            if fact is None:
                self._undeclared(entry, owner, declared)
            elif not is_null(entry.value):
                self.fact(entry.value, fact, known)

    def _undeclared(self, entry: Entry, owner: str, declared: Iterable[str]) -> None:
        if self.faults.is_full:
            return
        name = f"{owner}.attr.{shown(entry.key.text)}"
        hint = did_you_mean(entry.key.text, declared) or f"declare it: store: {{attributes: {{{name}: code}}}}"
        self.report("RS718", f"nobody declared the attribute {name}", entry.key.span, hint)

    def _codes(self, node: Node, fact: Fact) -> frozenset[str]:
        members = [self.key(item, fact) for item in self.items(node, fact.name)]
        return frozenset(member for member in members if isinstance(member, str))

    def wrong_shape(self, node: Node, message: str) -> None:
        """RS713 with what stands there instead."""
        self.report("RS713", f"{message}, got {described(node)}", node.span)


def is_null(node: Node) -> bool:
    """Whether nothing stands there: `key:` or `key: null`, which mean the same as leaving the key out."""
    return isinstance(node, Scalar) and node.value is None
