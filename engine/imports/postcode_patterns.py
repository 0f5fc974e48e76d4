"""Which prefixes or which whole postcodes does a regular expression over postcodes mean?

Rulesets compare postcodes by `in` and `starts_with`, which the lints can reason about. The subset that tax
tables use is translated: digits, `[0-4]`, `\\d`, counts in braces, `|` and one group around the whole. A
pattern of fixed length without free digits becomes a list of postcodes, exactly. One that ends in free
digits becomes prefixes: exact for the postcodes of a country whose length the pattern allows, and refused
for any other.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product

DIGITS = "0123456789"

# Digits of a postcode after folding (spaces and hyphens gone), Universal Postal Union addressing guides. Portugal
# writes the four digits of the place with or without the three of the street.
POSTCODE_LENGTHS: Mapping[str, tuple[int, ...]] = {
    "AT": (4,),
    "BE": (4,),
    "BG": (4,),
    "CY": (4,),
    "CZ": (5,),
    "DE": (5,),
    "DK": (4,),
    "EE": (5,),
    "ES": (5,),
    "FI": (5,),
    "FR": (5,),
    "GR": (5,),
    "HR": (5,),
    "HU": (4,),
    "IT": (5,),
    "LU": (4,),
    "PL": (5,),
    "PT": (4, 7),
    "RO": (6,),
    "SE": (5,),
    "SI": (4,),
    "SK": (5,),
}

_LARGEST_LIST = 200
_LONGEST_COUNT = 12
_PIECE = re.compile(
    r"(?P<set>\\d|[0-9]|\[(?:[0-9](?:-[0-9])?)+\])"
    r"(?:\{(?P<least>[0-9]{1,2})(?P<comma>,(?P<most>[0-9]{1,2})?)?\})?",
    re.ASCII,
)


class Untranslatable(Exception):
    """The pattern means something no list of prefixes or postcodes says; the text says why."""


@dataclass(frozen=True, slots=True)
class Postcodes:
    """The postcodes a pattern matches as a whole: exactly those listed, or all with one of the prefixes."""

    listed: tuple[str, ...] = ()
    prefixes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Piece:
    """`least` to `most` digits out of `digits`; no `most` is without end."""

    digits: str
    least: int
    most: int | None


def translate(pattern: str, country: str) -> Postcodes:
    """The postcodes of `country` that `pattern` matches from first to last character.

    Raises Untranslatable for syntax outside the subset, for more than 200 entries, and for free digits at
    the end when the pattern is shorter or longer than a postcode of that country.
    """
    branches = [_pieces(branch) for branch in _without_group(pattern).split("|")]
    listed: set[str] = set()
    prefixes: set[str] = set()
    for pieces in branches:
        head, tail = _split_tail(pieces)
        heads = _all_heads(head)
        if tail:
            _require_length(country, len(next(iter(heads))), tail)
            prefixes |= heads
        else:
            listed |= heads
    if len(listed | prefixes) > _LARGEST_LIST:
        raise Untranslatable(f"it means {len(listed | prefixes)} different beginnings")
    return Postcodes(tuple(sorted(listed)), tuple(sorted(prefixes)))


def _without_group(pattern: str) -> str:
    """The pattern without a pair of brackets around all of it; others are refused where they stand."""
    inner = pattern[1:-1]
    return inner if pattern[:1] == "(" and pattern[-1:] == ")" and not set("()") & set(inner) else pattern


def _pieces(branch: str) -> list[_Piece]:
    pieces: list[_Piece] = []
    position = 0
    while position < len(branch):
        match = _PIECE.match(branch, position)
        if match is None:
            raise Untranslatable(f"{branch[position:]!r} is not digits, a class of digits or \\d")
        pieces.append(_piece(match))
        position = match.end()
    if not pieces:
        raise Untranslatable("it matches the empty postcode")
    return pieces


def _piece(match: re.Match[str]) -> _Piece:
    digits = _digits(match["set"])
    least = 1 if match["least"] is None else int(match["least"])
    if match["comma"] is None:
        most: int | None = least
    else:
        most = None if match["most"] is None else int(match["most"])
    if least > _LONGEST_COUNT or (most is not None and not least <= most <= _LONGEST_COUNT):
        raise Untranslatable(f"{match[0]!r} counts to no length of a postcode")
    return _Piece(digits, least, most)


def _digits(written: str) -> str:
    if written == r"\d":
        return DIGITS
    if not written.startswith("["):
        return written
    chosen: set[str] = set()
    for first, last in re.findall(r"([0-9])(?:-([0-9]))?", written[1:-1]):
        if last and last < first:
            raise Untranslatable(f"{written!r} has a range that ends before it starts")
        chosen |= set(DIGITS[int(first) : int(last or first) + 1])
    return "".join(sorted(chosen))


def _split_tail(pieces: Sequence[_Piece]) -> tuple[Sequence[_Piece], Sequence[_Piece]]:
    """The pieces up to the last that is not free digits, and the free digits behind it."""
    end = len(pieces)
    while end and pieces[end - 1].digits == DIGITS:
        end -= 1
    return pieces[:end], pieces[end:]


def _all_heads(pieces: Sequence[_Piece]) -> set[str]:
    choices: list[str] = []
    count = 1
    for piece in pieces:
        if piece.most != piece.least:
            raise Untranslatable("its length varies before its end")
        choices += [piece.digits] * piece.least
        count *= len(piece.digits) ** piece.least
        if count > _LARGEST_LIST:
            raise Untranslatable(f"it means more than {_LARGEST_LIST} different beginnings")
    if not choices:
        raise Untranslatable("it names no digit, so it would match every postcode")
    return {"".join(chosen) for chosen in product(*choices)}


def _require_length(country: str, head: int, tail: Sequence[_Piece]) -> None:
    if country not in POSTCODE_LENGTHS:
        raise Untranslatable(f"the length of a postcode of {country} is not known here")
    least = head + sum(piece.least for piece in tail)
    ends = [piece.most for piece in tail]
    most = None if None in ends else head + sum(end for end in ends if end is not None)
    for length in POSTCODE_LENGTHS[country]:
        if length < least or (most is not None and length > most):
            raise Untranslatable(f"a postcode of {country} can have {length} digits, which it does not match")
