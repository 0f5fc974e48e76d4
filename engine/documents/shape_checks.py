"""How is a JSON Schema turned into checks over located nodes?

Only the keywords that our own schemas use are understood (any other is refused when a schema is compiled); for those
the verdict is that of JSON Schema 2020-12, which the tests hold against the reference validator. Checking nodes
directly is ten times faster than validating plain values and finding the places afterwards.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Final, cast

from engine.documents.values import described
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


def compiled(schema: Schema) -> Check:
    """The check that a whole schema asks for. Raises ValueError for a keyword it does not understand."""
    return _Compiler(schema).check_of(schema)


class _Compiler:
    def __init__(self, root: Schema) -> None:
        self._definitions = cast("Mapping[str, Schema]", root.get("$defs", {}))
        self._compiled: dict[str, Check] = {}

    def check_of(self, schema: Schema) -> Check:
        strangers = sorted(set(schema) - _KEYWORDS)
        if strangers:
            raise ValueError(f"keywords without a check: {', '.join(strangers)}")
        checks = list(self._checks(schema))
        if len(checks) == 1 and "type" not in schema:
            return checks[0]
        fits = _type_check(schema)

        def check(node: Node, faults: ShapeFaults) -> None:
            if fits(node, faults):
                for each in checks:
                    each(node, faults)

        return check

    def _checks(self, schema: Schema) -> Iterable[Check]:
        if "$ref" in schema:
            yield self._reference(cast(str, schema["$ref"]).removeprefix("#/$defs/"))
        if not _OBJECT_KEYWORDS.isdisjoint(schema):
            yield self._object(schema)
        if not _ARRAY_KEYWORDS.isdisjoint(schema):
            yield self._array(schema)
        if not _SCALAR_KEYWORDS.isdisjoint(schema):
            yield _scalar(schema)
        for keyword in ("oneOf", "anyOf"):
            if keyword in schema:
                keys, known = _required_keys(schema[keyword]), frozenset(cast("Schema", schema.get("properties", {})))
                yield _number_of_keys(keys, known, just_one=keyword == "oneOf")
        if "if" in schema:
            yield self._branch(schema)

    def _reference(self, name: str) -> Check:
        """A definition is compiled when it is first met, so that definitions may refer to each other."""

        def check(node: Node, faults: ShapeFaults) -> None:
            known = self._compiled.get(name)
            if known is None:
                known = self._compiled[name] = self.check_of(self._definitions[name])
            known(node, faults)

        return check

    def _object(self, schema: Schema) -> Check:
        listed = cast("Mapping[str, Schema]", schema.get("properties", {}))
        properties = {name: self.check_of(part) for name, part in listed.items()}
        required = cast("Sequence[str]", schema.get("required", ()))
        others = schema.get("additionalProperties", True)
        check_other = None if isinstance(others, bool) else self.check_of(cast(Schema, others))
        check_key = _key_check(schema.get("propertyNames"))
        companions = cast("Mapping[str, Sequence[str]]", schema.get("dependentRequired", {}))
        least, most = schema.get("minProperties", 0), schema.get("maxProperties", len)

        def check(node: Node, faults: ShapeFaults) -> None:
            if not isinstance(node, MappingNode):
                return
            present = set()
            for entry in node.entries:
                if faults.is_full:
                    return
                name = entry.key.text
                present.add(name)
                if check_key is not None:
                    check_key(entry.key, faults)
                known = properties.get(name, check_other)
                if known is not None:
                    known(entry.value, faults)
                elif others is False:
                    _unknown_key(entry.key, properties, faults)
            for name in required:
                if name not in present:
                    faults.add("RS202", f"'{name}' is missing", node.span)
            for name in companions:
                for needed in companions[name] if name in present else ():
                    if needed not in present:
                        faults.add("RS202", f"'{needed}' is missing beside '{name}'", node.span)
            _check_size(node, len(present), least, most, faults)

        return check

    def _array(self, schema: Schema) -> Check:
        check_item = self.check_of(cast(Schema, schema.get("items", {})))
        least, most = schema.get("minItems", 0), schema.get("maxItems", len)

        def check(node: Node, faults: ShapeFaults) -> None:
            if not isinstance(node, ListNode):
                return
            for item in node.items:
                if faults.is_full:
                    return
                check_item(item, faults)
            _check_size(node, len(node.items), least, most, faults)

        return check

    def _branch(self, schema: Schema) -> Check:
        """`if` as our schemas use it: whether a key is present."""
        condition = cast(Schema, schema["if"])
        (key,) = cast("Sequence[str]", condition["required"])
        with_key = self.check_of(cast(Schema, schema.get("then", {})))
        without = self.check_of(cast(Schema, schema.get("else", {})))

        def check(node: Node, faults: ShapeFaults) -> None:
            has_key = not isinstance(node, MappingNode) or node.get(key) is not None
            (with_key if has_key else without)(node, faults)

        return check


# one value -----------------------------------------------------------------------------------------------------


def _type_check(schema: Schema) -> Callable[[Node, ShapeFaults], bool]:
    asked = schema.get("type")
    allowed = frozenset([asked] if isinstance(asked, str) else cast("Sequence[str]", asked or ()))
    if "number" in allowed:
        allowed |= {"integer"}
    expected = _title(schema)

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


def _scalar(schema: Schema) -> Check:
    pattern = re.compile(cast(str, schema["pattern"])) if "pattern" in schema else None
    least, most = cast("int | None", schema.get("minimum")), cast("int | None", schema.get("maximum"))
    choices = cast("Sequence[object]", [schema["const"]] if "const" in schema else schema.get("enum", ()))
    expected = _title(schema)
    is_id = expected == "an id"

    def check(node: Node, faults: ShapeFaults) -> None:
        value = node.value if isinstance(node, Scalar) else None
        if choices and value not in choices:
            words = [str(choice) for choice in choices]
            hint = did_you_mean(value, words) if isinstance(value, str) else ""
            faults.add("RS204", f"expected {_either(words)}, got {described(node)}", node.span, hint)
        elif isinstance(value, str):
            if pattern is not None and not pattern.search(value):
                faults.add("RS208", f"expected {expected}, got {described(node)}", node.span, _ID if is_id else "")
        elif isinstance(value, int | Decimal) and not isinstance(value, bool):
            if least is not None and value < least:
                faults.add("RS207", f"{value} is less than {least}", node.span)
            if most is not None and value > most:
                faults.add("RS207", f"{value} is greater than {most}", node.span)

    return check


# several keys and items ----------------------------------------------------------------------------------------


def _number_of_keys(keys: Sequence[str], known: frozenset[str], just_one: bool) -> Check:
    """Where a key is unknown it is probably the one that seems to be missing, and has been reported."""

    def check(node: Node, faults: ShapeFaults) -> None:
        if not isinstance(node, MappingNode):
            return
        given = [entry.key.text for entry in node.entries if entry.key.text in keys]
        if not given and all(entry.key.text in known for entry in node.entries):
            number = "exactly" if just_one else "at least"
            faults.add("RS205", f"{number} one of {_either(keys)} is needed", node.span)
        elif just_one and len(given) > 1:
            faults.add("RS205", f"{' and '.join(given)} exclude each other", node.span, "keep one of them")

    return check


def _required_keys(branches: object) -> Sequence[str]:
    """The keys of `oneOf` or `anyOf` as our schemas use them: each branch requires one key and nothing else."""
    keys: list[str] = []
    for branch in cast("Sequence[Mapping[str, Sequence[str]]]", branches):
        (key,) = branch["required"]
        if len(branch) > 1:
            raise ValueError(f"a branch that asks for more than a key: {sorted(branch)}")
        keys.append(key)
    return keys


def _key_check(asked: object) -> Check | None:
    if not isinstance(asked, Mapping):
        return None
    pattern = re.compile(asked["pattern"]) if "pattern" in asked else None
    choices: Sequence[str] = asked.get("enum", ())
    expected = _title(asked)

    def check(key: Node, faults: ShapeFaults) -> None:
        name = key.text if isinstance(key, Scalar) else ""
        if (pattern is not None and not pattern.search(name)) or (choices and name not in choices):
            faults.add("RS208", f"'{_short(name)}' is not {expected}", key.span, did_you_mean(name, choices))

    return check


def _unknown_key(key: Scalar, known: Iterable[str], faults: ShapeFaults) -> None:
    hint = did_you_mean(key.text, known) or f"keys here: {', '.join(known)}"
    faults.add("RS201", f"there is no key '{_short(key.text)}' here", key.span, hint)


def _check_size(node: Node, size: int, least: object, most: object, faults: ShapeFaults) -> None:
    if isinstance(least, int) and size < least:
        message = "this must not be empty" if least == 1 else f"expected at least {least} parts, got {size}"
        faults.add("RS206", message, node.span)
    if isinstance(most, int) and size > most:
        faults.add("RS206", f"expected at most {most} parts, got {size}", node.span)


# words ---------------------------------------------------------------------------------------------------------


def _title(schema: Mapping[str, object]) -> str:
    title = schema.get("title")
    return title if isinstance(title, str) else "another value"


def _either(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


def _short(text: str) -> str:
    return text if len(text) <= 40 else text[:39] + "…"


_ID: Final = "letters, digits, '_', '-' and '.', beginning with a letter or digit"
_TYPES: Final[Mapping[type, str]] = {
    str: "string",
    int: "integer",
    Decimal: "number",
    bool: "boolean",
    type(None): "null",
}
_OBJECT_KEYWORDS: Final = frozenset(
    {
        "properties",
        "required",
        "dependentRequired",
        "additionalProperties",
        "propertyNames",
        "minProperties",
        "maxProperties",
    }
)
_ARRAY_KEYWORDS: Final = frozenset({"items", "minItems", "maxItems"})
_SCALAR_KEYWORDS: Final = frozenset({"pattern", "minimum", "maximum", "enum", "const"})
_ANNOTATIONS: Final = frozenset({"$schema", "$defs", "title", "description"})
_KEYWORDS: Final = (
    _OBJECT_KEYWORDS
    | _ARRAY_KEYWORDS
    | _SCALAR_KEYWORDS
    | _ANNOTATIONS
    | {"$ref", "type", "oneOf", "anyOf", "if", "then", "else"}
)
