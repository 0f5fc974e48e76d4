"""How are conditions and values of a document said in one line?"""

from __future__ import annotations

from zoneinfo import ZoneInfo

from engine.documents.conditions import AnyOf, Condition, Key, Not, Test
from engine.documents.effects import Ratio
from engine.documents.model import AnyDocument
from engine.facts.literals import show
from engine.facts.timezones import zone
from engine.facts.vocabulary import FactType, Vocabulary
from engine.lint.domain import Domain
from engine.money import format_amount

_ANY_MONEY = "EUR"


class Said:
    """Writes values as the author of one document would."""

    def __init__(self, document: AnyDocument, vocabulary: Vocabulary) -> None:
        self._domain = Domain(vocabulary, getattr(document, "aggregates", {}))
        self._currency = document.head.currency or _ANY_MONEY
        self._zone = zone(document.head.timezone) or ZoneInfo("UTC")

    def type_of(self, fact: str) -> FactType | None:
        """The type of a fact or aggregate."""
        return self._domain.type_of(fact)

    def money(self, minor: int) -> str:
        """`150.00`."""
        return format_amount(minor, self._currency)

    def instant(self, microseconds: int) -> str:
        """`2026-11-27T00:00`, on a clock of the document."""
        return show(microseconds, "instant", self._currency, self._zone)

    def value(self, fact: str, key: Key) -> str:
        """`500g`, `150.00`, `clothing/socks`."""
        kind = self.type_of(fact)
        return str(key) if kind is None else show(key, kind, self._currency, self._zone)

    def fact(self, name: str) -> str:
        """The name of a fact; for an aggregate what it adds up."""
        return f"{name.rpartition('.')[2]} of these lines" if name.startswith("lines[") else name

    def operand(self, test: Test) -> str:
        """`at_least 150.00`, `in [member, vip]`, `known`."""
        values = [self.value(test.fact, key) for key in test.operands]
        if test.operator == "known":
            return "known" if test.operands[0] else "missing"
        if len(values) == 1 and test.operator not in ("in", "not_in", "any_of", "all_of", "none_of"):
            return f"{test.operator} {values[0]}"
        return f"{test.operator} [{', '.join(values)}]"

    def condition(self, condition: Condition) -> str:
        """One line; a long one is cut."""
        return _cut(self._condition(condition))

    def _condition(self, condition: Condition) -> str:
        if isinstance(condition, Test):
            return f"{self.fact(condition.fact)} {self.operand(condition)}"
        if isinstance(condition, Not):
            return f"not ({self._condition(condition.part)})"
        joined = " or " if isinstance(condition, AnyOf) else " and "
        return joined.join(
            f"({said})" if isinstance(part, AnyOf) else said
            for part in condition.parts
            for said in (self._condition(part),)
        )


def percent(ratio: Ratio) -> str:
    """`12.5 %`; a third is `33.3333 %`."""
    numerator, denominator = ratio
    whole, rest = divmod(numerator * 1_000_000, denominator)
    text = f"{whole // 10_000}.{whole % 10_000:04d}".rstrip("0").rstrip(".")
    return f"{text}{'…' if rest else ''} %"


def _cut(text: str, most: int = 90) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"
