"""How do tests get along with one reading of each ruleset? Who brings the same text again gets what was read from it.

A process of tests opens a hundred shops, and each reads the shipped rulesets; whoever publishes or tries a text reads
all others with it. Reading is pure, so that only the first time can tell anything. What was read is kept with the texts
beside it that were asked for: it is given again where those are the same too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from engine import Reading, Source, Vocabulary
from server.decisions import library

_MOST_TEXTS: Final = 300
"""Those that ship, for all currencies, and what the tests of the last minute wrote."""

_Attachments = Callable[[str], Source | None]


@dataclass(frozen=True)
class _Kept:
    """What was read, with which vocabularies (they are the same when they are equal), and which texts beside it."""

    vocabularies: tuple[Vocabulary, ...]
    beside: Mapping[str, Source | None]
    reading: Reading


_read_ruleset: Final = library.read_ruleset
_read_vocabulary: Final = library.read_vocabulary


def read_once() -> None:
    """From now on, in this process."""
    library.read_ruleset = _ruleset
    library.read_vocabulary = lru_cache(_MOST_TEXTS)(_read_vocabulary)


def _ruleset(
    source: Source,
    *,
    vocabularies: Mapping[str, Vocabulary],
    attachments: _Attachments,
    currency: str | None = None,
) -> Reading:
    known = tuple(vocabularies.values())
    kept = _kept(source, currency)
    for each in kept:
        if _are_same(each.vocabularies, known) and all(attachments(name) == it for name, it in each.beside.items()):
            return each.reading
    beside: dict[str, Source | None] = {}

    def noting(name: str) -> Source | None:
        beside[name] = attachments(name)
        return beside[name]

    reading = _read_ruleset(source, vocabularies=vocabularies, attachments=noting, currency=currency)
    kept.append(_Kept(known, beside, reading))
    return reading


@lru_cache(_MOST_TEXTS)
def _kept(_source: Source, _currency: str | None) -> list[_Kept]:
    """The place for what is read from it."""
    return []


def _are_same(some: tuple[Vocabulary, ...], others: tuple[Vocabulary, ...]) -> bool:
    return len(some) == len(others) and all(one is other for one, other in zip(some, others, strict=True))
