"""How is said that a value is not of the type that was expected?"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from engine.facts.vocabulary import FactType
from engine.text.diagnostics import Diagnostic, error
from engine.text.nodes import Mapping, Node, Scalar, Sequence

_LONGEST_SHOWN: Final = 40

_EXPECTED: Final[dict[FactType, str]] = {
    "money": "an amount of money",
    "count": "a whole number",
    "weight": "a weight",
    "volume": "a volume",
    "boolean": "true or false",
    "code": "a code (text)",
    "text": "a text",
    "country": "a country (two capital letters)",
    "region": "a region (text)",
    "postcode": "a postcode (text)",
    "category": "a category (a path)",
    "codes": "a code (text)",
    "instant": "a date, or a date and time",
    "time": "a time of day",
    "weekday": "a weekday",
}
_EXAMPLE: Final[dict[FactType, str]] = {
    "money": '"150.00"',
    "count": "3",
    "weight": "500g or 2.5kg",
    "volume": "4500cm3",
    "boolean": "true",
    "code": "vip",
    "text": '"abc"',
    "country": "BR",
    "region": "SP",
    "postcode": '"01310-100"',
    "category": "clothing/socks",
    "codes": "vip",
    "instant": "2026-11-01, 2026-11-01T10:00 or 2026-11-01T10:00:00Z",
    "time": '"18:30"',
    "weekday": "fri",
}


def example(fact_type: FactType) -> str:
    """A hint that shows how a value of the type is written."""
    return f"write it as in {_EXAMPLE[fact_type]}"


def wrong_type(node: Node, fact_type: FactType, code: str = "RS315", hint: str = "") -> Diagnostic:
    """`expected a country (two capital letters), got the number 5`, at the value."""
    message = f"expected {_EXPECTED[fact_type]}, got {described(node)}"
    return error(code, message, node.span, hint=hint or example(fact_type))


def described(node: Node) -> str:
    """What stands there, in the words of an author: `a list`, `the number 5`, `the text 'abc'`, `nothing`."""
    if isinstance(node, Mapping):
        return "a map"
    if isinstance(node, Sequence):
        return "a list"
    value = node.value
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return node.text
    return f"the number {shown(node.text)}" if isinstance(value, int | Decimal) else f"the text '{shown(node.text)}'"


def shown(text: str) -> str:
    """A text as a message quotes it: cut when long."""
    return text if len(text) <= _LONGEST_SHOWN else text[: _LONGEST_SHOWN - 1] + "…"


def is_word(node: Node) -> bool:
    """Whether a scalar says something that may be taken as text: not `null`, not a plain true or false."""
    return isinstance(node, Scalar) and not isinstance(node.value, bool | None)
