r"""How are JSON's two-part escapes, such as `"\ud83d\ude00"`, read by a YAML parser that refuses them?

JSON writes a character above U+FFFF as two escapes (RFC 8259 section 7); YAML has `\U0001f600` for it, and
its parsers call each half an invalid character. So the parser is shown two other escapes of the same length,
which keeps every column, and the characters they stand for are put back into its scalars.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

# A backslash that is itself escaped does not start an escape, hence the even run before it.
_PAIR = re.compile(r"(?<!\\)((?:\\\\)*)(\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})")
_STAND_IN = r"\ufdd0\ufdd1"  # noncharacters, which no text means
_STAND_IN_DECODED = "\ufdd0\ufdd1"
_TAKEN = re.compile(r"(?<!\\)(?:\\\\)*\\u[fF][dD][dD][01]|[\ufdd0\ufdd1]")


def without_pairs(text: str) -> str:
    """The text with a stand-in of equal length for every pair; unchanged when it uses the stand-in itself."""
    if _PAIR.search(text) is None or _TAKEN.search(text) is not None:
        return text
    return _PAIR.sub(lambda match: match.group(1) + _STAND_IN, text)


def with_pairs(value: str, written: str, is_escaped: bool) -> str:
    """The value of a scalar with its stand-ins undone, in order, by the pairs in the `written` original.

    In double quotes (`is_escaped`) a pair becomes its character; elsewhere a backslash is only a backslash.
    """
    pairs = (match.group(2) for match in _PAIR.finditer(written))
    if is_escaped:
        return _undone(value, _STAND_IN_DECODED, map(_character, pairs))
    return _undone(value, _STAND_IN, pairs)


def _undone(value: str, stand_in: str, originals: Iterator[str]) -> str:
    return re.sub(re.escape(stand_in), lambda match: next(originals, match.group()), value)


def _character(pair: str) -> str:
    high, low = int(pair[2:6], 16), int(pair[8:12], 16)
    return chr(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00))
