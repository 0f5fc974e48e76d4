"""When are two e-mail addresses the same person's? When they are equal after folding: NFKC and lower case.

Only what could not be an address, or could end up as another header of a mail, is refused: the mailed link proves
the rest.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

from server.errors import Fault
from server.web.problems import invalid

LONGEST: Final = 254
"""RFC 5321, 4.5.3.1.3, less the angle brackets."""
_LONGEST_LOCAL: Final = 64
_SHAPE: Final = re.compile(
    r"(?P<local>[^\s@<>(),:;\"\\\[\]]+)@(?P<domain>[^\s@<>(),:;\"\\\[\]]+\.[^\s@<>(),:;\"\\\[\].]+)"
)


@dataclass(frozen=True, slots=True)
class Email:
    """An address as somebody wrote it, and as it is compared."""

    written: str
    folded: str


def parse_email(text: str, pointer: str = "/email") -> Email:
    """The address. Raises BODY_INVALID at the pointer for what is none."""
    written = text.strip(" ")
    folded = fold(written)
    match = _SHAPE.fullmatch(folded)
    is_plain = written.isprintable() and folded.isprintable() and folded == folded.lower()
    if match is None or not is_plain or len(match["local"]) > _LONGEST_LOCAL or not 3 <= len(folded) <= LONGEST:
        raise invalid([Fault(pointer, "email_invalid", f"{text[:80]!r} is not an e-mail address like ana@example.com")])
    return Email(written, folded)


def fold(text: str) -> str:
    """The form two spellings of one address have in common."""
    lower = unicodedata.normalize("NFKC", text).lower()
    return unicodedata.normalize("NFKC", lower)
