"""What do readers of cases share, whatever a case is about: names, maps with known keys, literals, and their faults?"""

from __future__ import annotations

from collections.abc import Mapping as MappingABC
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar
from zoneinfo import ZoneInfo

from engine.facts.literals import LiteralContext, read_literal
from engine.facts.timezones import zone
from engine.facts.vocabulary import Fact, FactType
from engine.text.diagnostics import Diagnostic, error
from engine.text.nodes import Entry, Mapping, Node, Scalar
from engine.text.nodes import Sequence as ListNode
from engine.text.source import Span
from engine.text.suggest import did_you_mean

Key = int | str
FactsByName = MappingABC[str, Fact]

CASE_KEYS = ("name", "given", "expect")

Read = TypeVar("Read")


@dataclass(frozen=True, slots=True)
class PlayedCase:
    """One case: what differs or cannot be read, and what of the document had an effect in it, by kind and id."""

    name: str
    span: Span
    differences: tuple[Diagnostic, ...]
    exercised: frozenset[tuple[str, str]] = frozenset()

    @property
    def passed(self) -> bool:
        """Whether everything expected holds."""
        return not self.differences


class CaseReading:
    """Reads parts of one case, and collects what is wrong with them: RS601 in `expect`, RS611 elsewhere, and the codes
    of literals. After a fault it goes on with a stand-in.
    """

    def __init__(self, currency: str, timezone: str) -> None:
        """Amounts are in `currency` (empty: there are none), dates of the IANA `timezone`."""
        self.zone = zone(timezone) or ZoneInfo("UTC")
        self.literals = LiteralContext(currency or None, self.zone)
        self.faults: list[Diagnostic] = []

    def fault(self, code: str, message: str, span: Span, hint: str = "") -> None:
        """Note a fault."""
        self.faults.append(error(code, message, span, hint=hint))

    def noted(self, read: tuple[Read | None, Diagnostic | None]) -> Read | None:
        """What was read; its fault is noted."""
        value, fault = read
        if fault is not None:
            self.faults.append(fault)
        return value

    def literal(self, node: Node, fact_type: FactType) -> int | str | None:
        """The key of a literal."""
        key, fault = read_literal(node, fact_type, self.literals)
        if fault is not None:
            self.faults.append(fault)
        return key

    def filled(self, case: Mapping, key: str, example: str = "given: {…}, expect: {…}") -> Mapping:
        """The map at `given` or `expect`, which must not be empty; an empty one after a fault."""
        node = case.get(key)
        if isinstance(node, Mapping) and node.entries:
            return node
        place = case if node is None else node
        self.fault("RS611", f"the case has nothing in `{key}`", place.span, example)
        return Mapping(place.span, ())

    def entries(self, node: Node | None) -> tuple[Entry, ...]:
        """The entries of a map; none where there is none, or something else, which is a fault."""
        if node is not None and not isinstance(node, Mapping):
            self.fault("RS611", "expected a map", node.span, "{order.payment_method: card}")
        return node.entries if isinstance(node, Mapping) else ()

    def facts(self, node: Node | None, known: FactsByName) -> dict[str, Key]:
        """The facts of a map, by the names of those that are known here; a list is no fact."""
        found: dict[str, Key] = {}
        for entry in self.entries(node):
            fact = known.get(entry.key.text)
            if fact is None:
                hint = did_you_mean(entry.key.text, known) or f"known here: {', '.join(known)}"
                self.fault("RS611", f"there is no fact '{entry.key.text}' here", entry.key.span, hint)
            elif not isinstance(entry.value, Scalar):
                self.fault("RS611", f"{fact.name} is one {fact.type}", entry.value.span)
            else:
                key = self.literal(entry.value, fact.type)
                if key is not None:
                    found[fact.name] = key
        return found

    def only(self, node: Mapping | None, keys: Sequence[str], code: str = "RS611") -> None:
        """Report every key that is none of these."""
        for entry in () if node is None else node.entries:
            if entry.key.text not in keys:
                hint = did_you_mean(entry.key.text, keys) or f"keys here: {', '.join(keys)}"
                self.fault(code, f"there is no key '{entry.key.text}' here", entry.key.span, hint)


def name_of(case: Mapping, number: int) -> tuple[str, Span]:
    """What a case is called, and where; `number` (from 1) names one without a name."""
    node = case.get("name")
    name = node.text if isinstance(node, Scalar) and node.text else f"case {number}"
    return name, case.span if node is None else node.span


def items_of(node: Node | None) -> tuple[Node, ...]:
    """The items of a list; one alone may stand without brackets."""
    if isinstance(node, ListNode):
        return node.items
    return () if node is None else (node,)


def words_of(node: Node | None) -> tuple[str, ...]:
    """The words of a list; one alone may stand without brackets."""
    return tuple(item.text for item in items_of(node) if isinstance(item, Scalar))


def shown_list(words: Sequence[str]) -> str:
    """A word, or several in brackets."""
    return words[0] if len(words) == 1 else f"[{', '.join(words)}]"
