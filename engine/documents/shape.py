"""Does a document have the shape of its kind: the right keys, with the right sort of value?

The document is held against the JSON Schema that editors use; its errors are told in the words of an author.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from itertools import islice
from typing import Final

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from engine.documents.model import Kind
from engine.documents.schema import shape_schema
from engine.documents.values import described
from engine.text.diagnostics import Diagnostic, error
from engine.text.limits import DEFAULT_LIMITS
from engine.text.nodes import Mapping as MappingNode
from engine.text.nodes import Node, key_at, node_at, to_plain
from engine.text.nodes import Sequence as ListNode
from engine.text.source import Span
from engine.text.suggest import did_you_mean

MOST_FINDINGS: Final = DEFAULT_LIMITS.max_diagnostics


def check_shape(node: Node, kind: Kind) -> list[Diagnostic]:
    """Every fault of shape (RS2xx), located, at most 50."""
    errors = _validator(kind).iter_errors(to_plain(node))
    findings: list[Diagnostic] = []
    for fault in islice(errors, MOST_FINDINGS):
        findings.extend(_findings(node, fault))
    return findings[:MOST_FINDINGS]


@cache
def _validator(kind: Kind) -> Draft202012Validator:
    return Draft202012Validator(shape_schema(kind))


def _findings(root: Node, fault: ValidationError) -> Iterable[Diagnostic]:
    path = list(fault.absolute_path)
    node = node_at(root, path)
    schema = fault.schema if isinstance(fault.schema, Mapping) else {}
    if fault.validator == "additionalProperties":
        return _unknown_keys(node, schema)
    if fault.validator == "propertyNames" or "propertyNames" in fault.absolute_schema_path:
        return [_bad_key(node, fault)]
    return [_finding(root, node, path, fault, schema)]


def _unknown_keys(node: Node, schema: Mapping[str, object]) -> list[Diagnostic]:
    known = schema.get("properties")
    names = list(known) if isinstance(known, Mapping) else []
    entries = node.entries if isinstance(node, MappingNode) else ()
    strangers = [entry.key for entry in entries if entry.key.text not in names]
    return [_unknown_key(key.text, key.span, names) for key in strangers[:MOST_FINDINGS]]


def _unknown_key(name: str, span: Span, names: Sequence[str]) -> Diagnostic:
    shown = name if len(name) <= 40 else name[:39] + "…"
    hint = did_you_mean(name, names) or (f"keys here: {', '.join(names)}" if names else "")
    return error("RS201", f"there is no key '{shown}' here", span, hint=hint)


def _bad_key(node: Node, fault: ValidationError) -> Diagnostic:
    name = str(fault.instance)
    entry = node.entry(name) if isinstance(node, MappingNode) else None
    span = node.span if entry is None else entry.key.span
    words = _title(fault.schema) or "a key that fits"
    allowed = fault.validator_value if fault.validator == "enum" else ()
    hint = did_you_mean(name, allowed) if isinstance(allowed, list) else ""
    return error("RS208", f"'{name[:40]}' is not {words}", span, hint=hint)


def _finding(
    root: Node, node: Node, path: Sequence[str | int], fault: ValidationError, schema: Mapping[str, object]
) -> Diagnostic:
    expected, asked = _title(schema) or "another value", fault.validator_value
    match fault.validator:
        case "required":
            missing = fault.message.split("'")[1]
            return error("RS202", f"'{missing}' is missing", node.span)
        case "type":
            key = key_at(root, path)
            of = f" for '{key.text}'" if key is not None and len(key.text) <= 40 else ""
            return error("RS203", f"expected {expected}{of}, got {described(node)}", node.span)
        case "enum" | "const":
            return _not_a_choice(node, asked)
        case "oneOf" | "anyOf":
            return _wrong_number_of_keys(node, asked, fault.validator == "oneOf")
        case "minItems" | "minProperties":
            if asked == 1:
                return error("RS206", "this must not be empty", node.span)
            return error("RS206", f"expected at least {asked}, got {_size(node)}", node.span)
        case "maxItems" | "maxProperties":
            return error("RS206", f"expected at most {asked}, got {_size(node)}", node.span)
        case "minimum":
            return error("RS207", f"{described(node)} is less than {asked}", node.span)
        case "maximum":
            return error("RS207", f"{described(node)} is greater than {asked}", node.span)
        case "pattern":
            hint = "letters, digits, '_', '-' and '.', beginning with a letter or digit"
            hint = hint if expected == "an id" else ""
            return error("RS208", f"expected {expected}, got {described(node)}", node.span, hint=hint)
        case _:
            return error("RS203", f"expected {expected}, got {described(node)}", node.span)


def _not_a_choice(node: Node, asked: object) -> Diagnostic:
    choices = [str(choice) for choice in asked] if isinstance(asked, list) else [str(asked)]
    got = described(node)
    written = getattr(node, "text", "")
    hint = did_you_mean(written, choices)
    return error("RS204", f"expected {_listed(choices)}, got {got}", node.span, hint=hint)


def _wrong_number_of_keys(node: Node, asked: object, just_one: bool) -> Diagnostic:
    alternatives = asked if isinstance(asked, list) else []
    keys = [str(key) for alternative in alternatives for key in alternative.get("required", ())]
    given = [key for key in keys if isinstance(node, MappingNode) and node.get(key) is not None]
    if len(given) > 1:
        return error("RS205", f"{' and '.join(given)} exclude each other", node.span, hint="keep one of them")
    number = "exactly" if just_one else "at least"
    return error("RS205", f"{number} one of {_listed(keys)} is needed", node.span)


def _listed(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


def _title(schema: object) -> str:
    title = schema.get("title") if isinstance(schema, Mapping) else None
    return title if isinstance(title, str) else ""


def _size(node: Node) -> int:
    if isinstance(node, ListNode):
        return len(node.items)
    return len(node.entries) if isinstance(node, MappingNode) else 0
