"""Are units kept for as long as the cases of an inventory ruleset say?

A case gives facts of who orders (`given: {customer.group: vip, customer.signed_in: true}`) and says what has to come
out (`expect: {keep: 2h, rule: vip}`, one of them at least). Facts that are not given are false or missing.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from engine.documents.conditions import Key
from engine.documents.model import InventoryDocument
from engine.facts.case_reading import CASE_KEYS, CaseReading, PlayedCase, name_of
from engine.facts.literals import read_duration_seconds, show_duration
from engine.facts.vocabulary import Vocabulary
from engine.stock.decide import kept_for
from engine.text.diagnostics import error
from engine.text.nodes import Entry, Mapping, Scalar
from engine.text.suggest import did_you_mean

_EXPECT: Final = ("keep", "rule")


def run_inventory_case(
    document: InventoryDocument, vocabulary: Vocabulary, node: Mapping, number: int = 1
) -> PlayedCase:
    """Decide one case. `number` (from 1) names a case without a name. Never raises."""
    name, span = name_of(node, number)
    reader = _Reader(document, vocabulary)
    facts, expect = reader.given(node), reader.expected(node, document)
    if reader.faults:
        return PlayedCase(name, span, tuple(reader.faults))
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
    return PlayedCase(name, span, differences, frozenset({("reservation", found.id)}))


class _Reader(CaseReading):
    def __init__(self, document: InventoryDocument, vocabulary: Vocabulary) -> None:
        super().__init__(document.head.currency, document.head.timezone)
        self._known = vocabulary.facts

    def given(self, case: Mapping) -> dict[str, Key]:
        """What is given, over what is always known: numbers are 0, flags false."""
        self.only(case, CASE_KEYS)
        facts: dict[str, Key] = {name: 0 for name, fact in self._known.items() if not fact.missing and fact.is_number}
        return {**facts, **self.facts(self.filled(case, "given"), self._known)}

    def expected(self, case: Mapping, document: InventoryDocument) -> list[tuple[Entry, str, str]]:
        """Each entry of `expect` with its key and what it wants, as it would be shown."""
        expect = self.filled(case, "expect")
        self.only(expect, _EXPECT, "RS601")
        return list(self._wishes(expect, [each.id for each in document.reservations]))

    def _wishes(self, expect: Mapping, rules: list[str]) -> Iterator[tuple[Entry, str, str]]:
        for entry in expect.entries:
            text = entry.value.text if isinstance(entry.value, Scalar) else ""
            if entry.key.text == "rule":
                if text in rules:
                    yield entry, "rule", text
                else:
                    hint = did_you_mean(text, rules) or f"one of {', '.join(rules)}"
                    self.fault("RS610", f"there is no rule '{text}'", entry.value.span, hint)
            elif entry.key.text == "keep" and isinstance(entry.value, Scalar):
                seconds = self.noted(read_duration_seconds(entry.value))
                if seconds is not None:
                    yield entry, "keep", show_duration(seconds)
