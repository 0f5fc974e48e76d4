"""How are codes, countries, postcodes and categories read, so that equal things compare equal?"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from engine.facts.answers import Answer
from engine.facts.expected import described, example, is_word, wrong_type
from engine.facts.vocabulary import FactType
from engine.text.diagnostics import error
from engine.text.nodes import Node, Scalar

_COUNTRY = re.compile(r"[A-Z]{2}")
_MINUS_SIGN: Final = "\u2212"


def read_word(node: Node, fact_type: FactType) -> Answer[str]:
    """A text as it is written; a plain number counts as its digits (`85123`), plain true and false do not.

    Countries are two capital letters, postcodes are folded, categories get their closing slash.
    """
    if not isinstance(node, Scalar) or not is_word(node):
        hint = f'write it in quotes: "{node.text}"' if isinstance(node, Scalar) and node.value is not None else ""
        return None, wrong_type(node, fact_type, hint=hint)
    if fact_type == "country":
        return _country(node)
    if fact_type == "postcode":
        postcode = fold_postcode(node.text)
        return (postcode, None) if postcode else (None, wrong_type(node, fact_type))
    if fact_type == "category":
        return _category(node)
    return node.text, None


def fold_postcode(text: str) -> str:
    """Upper case without white space and hyphens, so that `01310-100` and `01310100` are one postcode.

    Full-width digits and the many Unicode dashes count as their plain forms. Folding twice changes nothing.
    """
    upper = _nfkc(_nfkc(text).upper())
    kept = "".join(character for character in upper if not _separates(character))
    return _nfkc(kept)  # a letter and an accent that a blank kept apart are one character now


def fold_code(text: str) -> str:
    """How coupon codes are compared: trimmed, NFKC, without case. Folding twice changes nothing."""
    return _nfkc(_nfkc(text).casefold()).strip()


def category_key(path: str) -> str:
    """`a/b` as `a/b/`: with the closing slash, "this or a descendant" is one prefix."""
    return path.strip().strip("/") + "/"


def _country(node: Scalar) -> Answer[str]:
    if _COUNTRY.fullmatch(node.text):
        return node.text, None
    meant = node.text.strip().upper()
    hint = f"write {meant}" if _COUNTRY.fullmatch(meant) else "use the ISO 3166-1 code, such as BR or GB"
    return None, wrong_type(node, "country", hint=hint)


def _category(node: Scalar) -> Answer[str]:
    key = category_key(node.text)
    parts = key[:-1].split("/")
    if all(part and part == part.strip() for part in parts):
        return key, None
    message = f"expected a category (a path), got {described(node)}"
    return None, error("RS315", message, node.span, hint=example("category"))


def _nfkc(text: str) -> str:
    return unicodedata.normalize("NFKC", text)


def _separates(character: str) -> bool:
    return character.isspace() or character == _MINUS_SIGN or unicodedata.category(character) == "Pd"
