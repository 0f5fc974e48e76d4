"""Which bytes and characters may a document be written with?"""

from __future__ import annotations

import re
import unicodedata

from engine.text.diagnostics import Diagnostic, error
from engine.text.faults import Faults
from engine.text.source import Source

_REFUSED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")
_REFUSED_DECODED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_REORDERING = re.compile("[\u202a-\u202e\u2066-\u2069]")

_NAMES = {
    "\x85": "NEXT LINE",
    "\u2028": "LINE SEPARATOR",
    "\u2029": "PARAGRAPH SEPARATOR",
    "\ufeff": "BYTE ORDER MARK",
    "\x00": "NUL",
    "\x07": "BELL",
    "\x08": "BACKSPACE",
    "\x0b": "VERTICAL TAB",
    "\x0c": "FORM FEED",
    "\x1b": "ESCAPE",
    "\x7f": "DELETE",
}


def decode(name: str, data: bytes) -> tuple[Source | None, tuple[Diagnostic, ...]]:
    """The text of a file. Only UTF-8 is read; a leading byte order mark is dropped.

    Without a text (None) there is exactly one diagnostic, located at the first byte that is not UTF-8.
    """
    try:
        return Source(name, data.decode("utf-8")), ()
    except UnicodeDecodeError as fault:
        before = Source(name, data[: fault.start].decode("utf-8"))
        end = len(before.text)
        message = f"byte 0x{data[fault.start]:02x} at offset {fault.start} is not UTF-8 ({fault.reason})"
        return None, (error("RS120", message, before.span(end, end), hint=_encoding_hint(data)),)


def refuse_characters(source: Source, faults: Faults) -> None:
    """Report every character that may not stand in a document, and those that mislead a reader of it."""
    faults.add_each(_REFUSED.finditer(source.text), lambda match: _refused(source, match))
    faults.add_each(_REORDERING.finditer(source.text), lambda match: _reordering(source, match))


def refused_in_value(value: str) -> str | None:
    """The first character that a value may not have even when written as an escape, or None.

    Tab, line feed and carriage return are allowed; NUL, other control characters and lone surrogates are not.
    """
    match = _REFUSED_DECODED.search(value)
    return None if match is None else match.group()


def refusal_code(character: str) -> str:
    """The diagnostic code for a refused character."""
    return _refusal(character)[0]


def describe(character: str) -> str:
    """`U+2028 LINE SEPARATOR`: the code point and, where there is one, its name."""
    name = _NAMES.get(character) or unicodedata.name(character, "")
    return f"U+{ord(character):04X} {name}".rstrip()


def _refused(source: Source, match: re.Match[str]) -> Diagnostic:
    code, hint = _refusal(match.group())
    message = f"{describe(match.group())} may not stand in a document"
    return error(code, message, source.span(match.start(), match.end()), hint=hint)


def _reordering(source: Source, match: re.Match[str]) -> Diagnostic:
    message = f"{describe(match.group())} shows this line in another order than it is read"
    hint = "remove it, or write it as an escape in double quotes"
    return error("RS125", message, source.span(match.start(), match.end()), hint=hint)


def _refusal(character: str) -> tuple[str, str]:
    if character == "\x00":
        return "RS121", "remove it; the file may be binary, or saved as UTF-16"
    if "\ud800" <= character <= "\udfff":
        return "RS123", "half of a character pair is no text; write the whole character"
    if character in "\u2028\u2029\ufeff\ufffe\uffff":
        return "RS124", f'remove it, or write it as the escape "\\u{ord(character):04x}" in double quotes'
    return "RS122", "remove it; it is invisible and usually comes from copying"


def _encoding_hint(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "the file looks like UTF-16; save it as UTF-8"
    return "save the file as UTF-8; it may be Latin-1 or Windows-1252"
