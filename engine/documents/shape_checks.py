"""How is a JSON Schema turned into checks over located nodes?

Only the keywords that our own schemas use are understood (any other is refused when a schema is compiled); for those
the verdict is that of JSON Schema 2020-12, which the tests hold against the reference validator. Checking nodes
directly is ten times faster than validating plain values and finding the places afterwards.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, cast

from engine.documents.shape_values import (
    Check,
    Schema,
    ShapeFaults,
    either,
    key_check,
    scalar_check,
    short,
    type_check,
)
from engine.text.nodes import Mapping as MappingNode
from engine.text.nodes import Node, Scalar
from engine.text.nodes import Sequence as ListNode
from engine.text.suggest import did_you_mean


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
        fits = type_check(schema)

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
            yield scalar_check(schema)
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
        check_key = key_check(schema.get("propertyNames"))
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


# several keys and items ----------------------------------------------------------------------------------------


def _number_of_keys(keys: Sequence[str], known: frozenset[str], just_one: bool) -> Check:
    """Where a key is unknown it is probably the one that seems to be missing, and has been reported."""

    def check(node: Node, faults: ShapeFaults) -> None:
        if not isinstance(node, MappingNode):
            return
        given = [entry.key.text for entry in node.entries if entry.key.text in keys]
        if not given and all(entry.key.text in known for entry in node.entries):
            number = "exactly" if just_one else "at least"
            faults.add("RS205", f"{number} one of {either(keys)} is needed", node.span)
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


def _unknown_key(key: Scalar, known: Iterable[str], faults: ShapeFaults) -> None:
    hint = did_you_mean(key.text, known) or f"keys here: {', '.join(known)}"
    faults.add("RS201", f"there is no key '{short(key.text)}' here", key.span, hint)


def _check_size(node: Node, size: int, least: object, most: object, faults: ShapeFaults) -> None:
    if isinstance(least, int) and size < least:
        message = "this must not be empty" if least == 1 else f"expected at least {least} parts, got {size}"
        faults.add("RS206", message, node.span)
    if isinstance(most, int) and size > most:
        faults.add("RS206", f"expected at most {most} parts, got {size}", node.span)


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
