"""What is a coupon code that the shop gives out? One that nobody guesses, and nobody takes for another one.

Codes are compared folded, and shown in capitals. Two of the same skeleton look alike to people.
"""

from __future__ import annotations

import secrets
import unicodedata
from typing import Final

LETTERS: Final = "ACDEFHJKMNPQRTUVWXY3479"
"""Of generated codes: each of its own skeleton, so none that is taken for another (0 O, 1 I L, 2 Z, 5 S, 6 G, 8 B)."""

SHORTEST: Final = 4
LONGEST: Final = 64
_BETWEEN: Final = "-_."
"""What may stand between letters and digits."""
RESERVED_CODES: Final = frozenset({"codes", "report"})
"""Words that stand in addresses where a code would; a test holds them against all addresses."""

_LETTER_OF_BYTE: Final = bytes(ord(LETTERS[number % len(LETTERS)]) for number in range(256))
_UNEVEN: Final = bytes(range(256 // len(LETTERS) * len(LETTERS), 256))
"""Bytes that would make some letters more likely than others."""

# Letters of other scripts that are drawn like Latin ones, and Latin ones that are drawn like digits. Compatibility
# forms (full-width, circled) are gone by NFKC before.
_AS_LATIN: Final = str.maketrans("АВЕЗКМНОРСТУХІЈЅΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "ABE3KMHOPCTYXIJSABEZHIKMNOPTYX")
_AS_DIGIT: Final = str.maketrans("OILSZBG", "0115286")


def fault_of(code: str) -> str | None:
    """What is wrong with a folded code that somebody chose; None when nothing is."""
    if not SHORTEST <= len(code) <= LONGEST:
        return f"has {len(code)} characters; {SHORTEST} to {LONGEST} are allowed"
    if not code[0].isalnum() or not all(character.isalnum() or character in _BETWEEN for character in code):
        return f"begins with a letter or digit, and goes on with letters, digits and {' '.join(_BETWEEN)}"
    return "is an address of its own; choose another one" if code in RESERVED_CODES else None


def skeleton(code: str) -> str:
    """What all codes have in common that people cannot tell apart: SPRING-10, SPR1NG10 and ЅPRİNG1O have one."""
    # Folded codes are upper-cased, for that is how people read them.
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", code).upper())
    drawn = "".join(character for character in decomposed if character.isalnum())
    return drawn.translate(_AS_LATIN).translate(_AS_DIGIT)


def unguessable(count: int, prefix: str, length: int) -> list[str]:
    """So many codes of so many random letters after the prefix; two may be the same, if hardly ever."""
    letters = ""
    while len(letters) < count * length:
        letters += secrets.token_bytes(count * length).translate(_LETTER_OF_BYTE, _UNEVEN).decode()
    return [f"{prefix}{letters[start : start + length]}" for start in range(0, count * length, length)]
