"""Which words tell an author what the loader refuses in well-formed YAML?"""

from __future__ import annotations

from collections.abc import Iterable

from engine.text.characters import describe, refusal_code
from engine.text.diagnostics import Diagnostic, Related, error
from engine.text.limits import Limits
from engine.text.plain_scalars import MAX_DIGITS, NumberFault
from engine.text.source import Span
from engine.text.suggest import did_you_mean

_SHOWN_CHARS = 40

_NUMBERS: dict[NumberFault, tuple[str, str, str]] = {
    "exponent": (
        "RS130",
        "'{}' is a number with an exponent",
        "write all its digits, or quote it if it is text",
    ),
    "radix": (
        "RS131",
        "'{}' is a hexadecimal or octal number",
        "quote it if it is text, or write it in decimal",
    ),
    "not_finite": ("RS132", "'{}' is not a finite number", "leave the limit out, or quote it if it is text"),
    "digits": ("RS133", f"'{{}}' has more than {MAX_DIGITS} digits", "quote it: an identifier is text"),
    "spelling": (
        "RS134",
        "'{}' is a number in YAML but not spelled like one here",
        "write digits on both sides of the point and no plus sign, or quote it if it is text",
    ),
}


def number(fault: NumberFault, text: str, span: Span) -> Diagnostic:
    """An unquoted scalar that is a number in YAML, but not one this language reads."""
    code, message, hint = _NUMBERS[fault]
    return error(code, message.format(_shortened(text)), span, hint=hint)


def duplicate_key(key: str, span: Span, first: Span) -> Diagnostic:
    """The same key twice in one mapping."""
    message = f"key '{_shortened(key)}' stands twice in one mapping"
    return error("RS106", message, span, hint="keep one of them", related=[Related(first, "it stands here first")])


def ambiguous(remedy: str, span: Span) -> Diagnostic:
    """Text that YAML readers understand in different ways."""
    return error("RS101", "YAML readers disagree about this text", span, hint=remedy)


def merge_key(span: Span) -> Diagnostic:
    """A YAML 1.1 merge key."""
    return error("RS107", "merge keys ('<<') are not read", span, hint="write the keys out, or use `define:`")


def tag(name: str, span: Span) -> Diagnostic:
    """An explicit tag on a node."""
    shown = _shortened(name.replace("tag:yaml.org,2002:", "!!"))
    hint = "remove the tag; quote a value to make it text"
    return error("RS108", f"tags are not read: '{shown}'", span, hint=hint)


def complex_key(span: Span) -> Diagnostic:
    """A list or mapping as a key."""
    return error("RS109", "a key must be text, not a list or a mapping", span, hint="quote the key if it is text")


def unknown_alias(name: str, known: Iterable[str], span: Span) -> Diagnostic:
    """An alias whose anchor is not defined above it."""
    hint = did_you_mean(name, known) or f"define it first with '&{_shortened(name)}', or quote the value"
    return error("RS111", f"nothing is named '&{_shortened(name)}' above this alias", span, hint=hint)


def recursive_alias(name: str, span: Span, anchor: Span) -> Diagnostic:
    """An alias inside the node that it repeats."""
    message = f"alias '*{_shortened(name)}' stands inside the node it repeats"
    related = [Related(anchor, "the node begins here")]
    return error("RS112", message, span, hint="write the inner value out", related=related)


def empty_document(span: Span) -> Diagnostic:
    """A document without content."""
    return error("RS104", "the document is empty", span, hint="a document is a mapping with keys")


def second_document(span: Span, first: Span) -> Diagnostic:
    """A second document where one is expected."""
    related = [Related(first, "the first document begins here")]
    hint = "keep one document in each file; remove the '---' line"
    return error("RS105", "the text holds more than one document", span, hint=hint, related=related)


def refused_value(character: str, span: Span) -> Diagnostic:
    """An escape that stands for a character no value may have."""
    return error(refusal_code(character), f"{describe(character)} may not stand in a value", span, hint="remove it")


def too_large(limits: Limits, span: Span) -> Diagnostic:
    """More bytes than `limits.max_bytes`."""
    message = f"the document is larger than {limits.max_bytes} bytes"
    return error("RS140", message, span, hint="split it, or move tables to CSV files")


def too_deep(limits: Limits, span: Span) -> Diagnostic:
    """Deeper nesting than `limits.max_depth`."""
    message = f"nested deeper than {limits.max_depth} levels"
    return error("RS141", message, span, hint="name inner conditions in `define:`, or flatten the structure")


def too_many_nodes(limits: Limits, span: Span) -> Diagnostic:
    """More nodes than `limits.max_nodes`."""
    message = f"the document has more than {limits.max_nodes} values and keys"
    return error("RS142", message, span, hint="split it, or move tables to CSV files")


def too_long(limits: Limits, length: int, span: Span) -> Diagnostic:
    """A longer scalar than `limits.max_scalar_chars`."""
    message = f"a value of {length} characters is longer than {limits.max_scalar_chars}"
    return error("RS143", message, span, hint="check for a quote that is not closed; keep long texts outside")


def too_much_repetition(limits: Limits, span: Span) -> Diagnostic:
    """Aliases that add more nodes than `limits.max_alias_nodes`."""
    message = f"aliases repeat more than {limits.max_alias_nodes} values and keys"
    return error("RS144", message, span, hint="name repeated parts in `define:` instead of anchors")


def _shortened(text: str) -> str:
    return text if len(text) <= _SHOWN_CHARS else text[:_SHOWN_CHARS] + "..."
