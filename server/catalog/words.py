"""Which words is a product found by? Folded ones: without accents and case, so that "calcao" finds "Calção"."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Final

LONGEST_WORD: Final = 64
LONGEST_SLUG: Final = 80

# Letters that NFKD leaves whole, as people type them who do not have them on the keyboard.
_WHOLE_LETTERS: Final = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ħ": "h", "ı": "i", "ŧ": "t"}
)
_WORD: Final = re.compile(r"[^\W_]+")
_PLAIN: Final = re.compile(r"[a-z0-9]+")


def fold(text: str) -> str:
    """The text in lower case and compatibility form, without accents: "Calção Nº 5" is "calcao no 5"."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    kept = "".join(character for character in apart if not unicodedata.combining(character))
    # Once more, because taking letters apart can bring out upper case ("№" is "No").
    return kept.casefold().translate(_WHOLE_LETTERS)


def words_of(text: str) -> list[str]:
    """The folded words of a text in order: letters and digits, each cut at LONGEST_WORD."""
    return [word[:LONGEST_WORD] for word in _WORD.findall(fold(text))]


def search_text(name: str, others: Iterable[str | None], skus: Iterable[str] = ()) -> str:
    """What products.search_text holds: the words of the name, a line break, then all other words, each once.

    The first line counts more when results are ranked. `others` are brand, category names, tags and the names of
    attribute values; a SKU is found by its parts and as a whole ("AB-12": ab, 12, ab12).
    """
    first = list(dict.fromkeys(words_of(name)))
    rest: dict[str, None] = {}
    for text in others:
        rest.update(dict.fromkeys(words_of(text or "")))
    for sku in skus:
        parts = words_of(sku)
        rest.update(dict.fromkeys([*parts, "".join(parts)[:LONGEST_WORD]]))
    return f"{' '.join(first)}\n{' '.join(word for word in rest if word and word not in first)}"


def slug_of(name: str, otherwise: str) -> str:
    """A slug for the name, of a-z, 0-9 and hyphens; `otherwise` when it has no such letters."""
    slug = "-".join(_PLAIN.findall(fold(name)))[:LONGEST_SLUG].strip("-")
    return slug or otherwise


def pairs_of(options: Iterable[tuple[str, str]]) -> list[str]:
    """Attribute and value codes as "colour:red", sorted."""
    return sorted(f"{attribute}:{value}" for attribute, value in options)


def split_pair(pair: str) -> tuple[str, str]:
    """ "colour:red" as attribute and value code."""
    attribute, _, value = pair.partition(":")
    return attribute, value


def tsquery(words: Sequence[str]) -> str:
    """PostgreSQL's query for all the words, the last one as a beginning; words must come from `words_of`."""
    return " & ".join([f"'{word}'" for word in words[:-1]] + [f"'{word}':*" for word in words[-1:]])
