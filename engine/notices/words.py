"""What does a store's own text say of one event?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from engine.documents.model.notifications import OwnText, Words
from engine.documents.own_texts import SHOP, filled

_PARTS: Final = ("subject", "heading", "body", "button", "link")


def words_for(text: OwnText, locale: str) -> Words:
    """The text in a language: in exactly this one, in the same language of another country, or in its first."""
    language = locale.partition("-")[0].lower()
    exact = (words for tag, words in text.words.items() if tag.lower() == locale.lower())
    near = (words for tag, words in text.words.items() if tag.partition("-")[0].lower() == language)
    return next(exact, None) or next(near, None) or next(iter(text.words.values()))


def written(words: Words, values: Mapping[str, str], shop: str) -> dict[str, str]:
    """The parts of the text with facts filled in. A value that is missing leaves its place empty.

    Publishing refuses a text that names what may be missing, so that is a text of an older program only.
    """
    known = _Values({**values, SHOP: shop})
    said = ((part, getattr(words, part)) for part in _PARTS)
    return {part: filled(text, known) for part, text in said if text is not None}


class _Values(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return ""
