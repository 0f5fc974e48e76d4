"""How is one value or key held against its part of a JSON Schema, and its fault told to an author?"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Final, cast

from engine.facts.expected import described
from engine.text.diagnostics import Diagnostic, error
from engine.text.limits import DEFAULT_LIMITS
from engine.text.nodes import Mapping as MappingNode
from engine.text.nodes import Node, Scalar
from engine.text.nodes import Sequence as ListNode
from engine.text.source import Span
from engine.text.suggest import did_you_mean

Schema = Mapping[str, object]


class ShapeFaults:
    """The faults found so far; `is_full` asks the checks to stop."""

    def __init__(self) -> None:
        self.findings: list[Diagnostic] = []

    @property
    def is_full(self) -> bool:
        """Whether as many faults were found as are shown."""
        return len(self.findings) >= DEFAULT_LIMITS.max_diagnostics

    def add(self, code: str, message: str, span: Span, hint: str = "") -> None:
        """Keep a fault, unless enough are known."""
        if not self.is_full:
            self.findings.append(error(code, message, span, hint=hint))


Check = Callable[[Node, ShapeFaults], None]
"""Adds to the faults what is wrong with the shape of a node."""


def type_check(schema: Schema) -> Callable[[Node, ShapeFaults], bool]:
    """The check of `type`; answers whether the node passed, so that nothing more is said of one that did not."""
    asked = schema.get("type")
    allowed = frozenset([asked] if isinstance(asked, str) else cast("Sequence[str]", asked or ()))
    if "number" in allowed:
        allowed |= {"integer"}
    expected = title(schema)

    def fits(node: Node, faults: ShapeFaults) -> bool:
        if not allowed or _type_of(node) in allowed:
            return True
        faults.add("RS203", f"expected {expected}, got {described(node)}", node.span)
        return False

    return fits


def _type_of(node: Node) -> str:
    if isinstance(node, MappingNode):
        return "object"
    if isinstance(node, ListNode):
        return "array"
    return "string" if node.quoted else _TYPES[type(node.value)]


def scalar_check(schema: Schema) -> Check:
    """The check of `enum`, `const`, `pattern`, `minimum` and `maximum`."""
    pattern = re.compile(cast(str, schema["pattern"])) if "pattern" in schema else None
    least, most = cast("int | None", schema.get("minimum")), cast("int | None", schema.get("maximum"))
    choices = cast("Sequence[object]", [schema["const"]] if "const" in schema else schema.get("enum", ()))
    expected = title(schema)
    is_id = expected == "an id"

    def check(node: Node, faults: ShapeFaults) -> None:
        value = node.value if isinstance(node, Scalar) else None
        if choices and value not in choices:
            words = [str(choice) for choice in choices]
            hint = did_you_mean(value, words) if isinstance(value, str) else ""
            faults.add("RS204", f"expected {either(words)}, got {described(node)}", node.span, hint)
        elif isinstance(value, str):
            if pattern is not None and not pattern.search(value):
                faults.add("RS208", f"expected {expected}, got {described(node)}", node.span, _ID if is_id else "")
        elif isinstance(value, int | Decimal) and not isinstance(value, bool):
            if least is not None and value < least:
                faults.add("RS207", f"{value} is less than {least}", node.span)
            if most is not None and value > most:
                faults.add("RS207", f"{value} is greater than {most}", node.span)

    return check


def key_check(asked: object) -> Check | None:
    """The check of `propertyNames`, over the scalar of a key; None when nothing is asked."""
    if not isinstance(asked, Mapping):
        return None
    pattern = re.compile(asked["pattern"]) if "pattern" in asked else None
    choices: Sequence[str] = asked.get("enum", ())
    expected = title(asked)

    def check(key: Node, faults: ShapeFaults) -> None:
        name = key.text if isinstance(key, Scalar) else ""
        if (pattern is not None and not pattern.search(name)) or (choices and name not in choices):
            faults.add("RS208", f"'{short(name)}' is not {expected}", key.span, did_you_mean(name, choices))

    return check


def title(schema: Schema) -> str:
    """The words for what a schema expects."""
    words = schema.get("title")
    return words if isinstance(words, str) else "another value"


def either(words: Sequence[str]) -> str:
    """`a, b or c`."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


def short(text: str) -> str:
    """At most 40 characters of a text."""
    return text if len(text) <= 40 else text[:39] + "…"


_ID: Final = "letters, digits, '_', '-' and '.', beginning with a letter or digit"
_TYPES: Final[Mapping[type, str]] = {
    str: "string",
    int: "integer",
    Decimal: "number",
    bool: "boolean",
    type(None): "null",
}
