"""What is this file really? By its first bytes, or all of them, whatever its upload calls it. Pure."""

from __future__ import annotations

import re
import unicodedata
from typing import Final, Literal

from server.media.rendering import format_of

PDF: Final = "application/pdf"
TEXT: Final = "text/plain"
LONGEST_NAME: Final = 200

_UNSEEN: Final = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]")
"""Control characters that no text has: tabs, ends of lines and pages are left."""
_ENDINGS: Final = {"picture": ".webp", PDF: ".pdf", TEXT: ".txt"}


def kind_of(content: bytes) -> Literal["picture", "application/pdf", "text/plain"] | None:
    """A picture to be decoded, a PDF, a text in UTF-8; None for anything else, or nothing at all."""
    if format_of(content) is not None:
        return "picture"
    if content.startswith(b"%PDF-"):
        return "application/pdf"
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return "text/plain" if text and not _UNSEEN.search(text) else None


def file_name(given: str, kind: str) -> str:
    """The name it is shown and saved by: without folders and unseen characters, with the ending of what it is."""
    last = unicodedata.normalize("NFC", given).replace("\\", "/").rpartition("/")[2]
    seen = " ".join("".join(each for each in last if unicodedata.category(each)[0] != "C").split()).strip(" .")
    ending = _ENDINGS[kind]
    stem = seen[: -len(ending)] if seen.lower().endswith(ending) else seen.rpartition(".")[0] or seen
    return f"{stem[: LONGEST_NAME - len(ending)].rstrip(' .') or 'file'}{ending}"
