"""Are units kept for as long as the cases of an inventory ruleset say?

A case gives facts of who orders (`given: {customer.group: vip, customer.signed_in: true}`) and says what has to come
out (`expect: {keep: 2h, rule: vip}`, one of them at least). Facts that are not given are false or missing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

from engine.documents.conditions import Key
from engine.documents.model import InventoryDocument
from engine.facts.literals import LiteralContext, read_duration_seconds, read_literal, show_duration
from engine.facts.vocabulary import Vocabulary
from engine.stock.decide import kept_for
from engine.text.diagnostics import Diagnostic, error
from engine.text.nodes import Entry, Mapping, Scalar
from engine.text.nodes import Sequence as ListNode
from engine.text.source import Span
from engine.text.suggest import did_you_mean

_CASE: Final = ("name", "given", "expect")
_EXPECT: Final = ("keep", "rule")


@dataclass(frozen=True, slots=True)
class InventoryCase:
    """One case: what differs (RS363) or cannot be read, and which rule decided it."""

    name: str
    span: Span
    differences: tuple[Diagnostic, ...]
    exercised: frozenset[tuple[str, str]] = frozenset()

    @property
    def passed(self) -> bool:
        """Whether everything expected holds."""
        return not self.differences


def run_inventory_case(
    document: InventoryDocument, vocabulary: Vocabulary, node: Mapping, number: int = 1
) -> InventoryCase:
    """Decide one case. `number` (from 1) names a case without a name. Never raises."""
    written = node.get("name")
    name = written.text if isinstance(written, Scalar) and written.text else f"case {number}"
    span = node.span if written is None else written.span
    reader = _Reader(vocabulary)
    facts, expect = reader.facts(node), reader.expected(node, document)
    if reader.faults:
        return InventoryCase(name, span, tuple(reader.faults))
    found = kept_for(document, facts)
    got = {"keep": show_duration(found.keep_seconds), "rule": found.id}
    differences = tuple(
        error(
            "RS363", f"case '{name}': {key} is {got[key]}, expected {wanted}", entry.key.span,
            witness=f"'{found.id}' decides ({found.span})",
        )
        for entry, key, wanted in expect
        if got[key] != wanted
    )  # fmt: skip
    return InventoryCase(name, span, differences, frozenset({("reservation", found.id)}))


class _Reader:
    def __init__(self, vocabulary: Vocabulary) -> None:
        self._facts = vocabulary.facts
        self.faults: list[Diagnostic] = []

    def facts(self, case: Mapping) -> dict[str, Key]:
        self._only(case, _CASE, "RS611")
        known: dict[str, Key] = {name: 0 for name, fact in self._facts.items() if not fact.missing and fact.is_number}
        for entry in self._map(case, "given").entries:
            fact = self._facts.get(entry.key.text)
            if fact is None or isinstance(entry.value, ListNode):
                hint = did_you_mean(entry.key.text, self._facts) or f"known: {', '.join(self._facts)}"
                self._fault("RS611", f"there is no fact '{entry.key.text}' of stock", entry.key.span, hint)
                continue
            key, fault = read_literal(entry.value, fact.type, LiteralContext(None, ZoneInfo("UTC")))
            if fault is not None:
                self.faults.append(fault)
            elif key is not None:
                known[fact.name] = key
        return known

    def expected(self, case: Mapping, document: InventoryDocument) -> list[tuple[Entry, str, str]]:
        """Each entry of `expect` with its key and what it wants, as it would be shown."""
        expect = self._map(case, "expect")
        self._only(expect, _EXPECT, "RS601")
        return list(self._wishes(expect, [each.id for each in document.reservations]))

    def _wishes(self, expect: Mapping, rules: list[str]) -> Iterator[tuple[Entry, str, str]]:
        for entry in expect.entries:
            text = entry.value.text if isinstance(entry.value, Scalar) else ""
            if entry.key.text == "rule":
                if text in rules:
                    yield entry, "rule", text
                else:
                    hint = did_you_mean(text, rules) or f"one of {', '.join(rules)}"
                    self._fault("RS610", f"there is no rule '{text}'", entry.value.span, hint)
            elif entry.key.text == "keep" and isinstance(entry.value, Scalar):
                seconds, fault = read_duration_seconds(entry.value)
                if fault is not None:
                    self.faults.append(fault)
                else:
                    yield entry, "keep", show_duration(seconds or 0)

    def _map(self, case: Mapping, key: str) -> Mapping:
        node = case.get(key)
        if isinstance(node, Mapping) and node.entries:
            return node
        place = case if node is None else node
        self._fault("RS611", f"the case has nothing in `{key}`", place.span, "given: {…}, expect: {…}")
        return Mapping(place.span, ())

    def _only(self, node: Mapping, keys: tuple[str, ...], code: str) -> None:
        for entry in node.entries:
            if entry.key.text not in keys:
                hint = did_you_mean(entry.key.text, keys) or f"keys here: {', '.join(keys)}"
                self._fault(code, f"there is no key '{entry.key.text}' here", entry.key.span, hint)

    def _fault(self, code: str, message: str, span: Span, hint: str) -> None:
        self.faults.append(error(code, message, span, hint=hint))
