"""Which known word did the author probably mean?"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import SequenceMatcher
from heapq import nlargest
from itertools import islice
from operator import itemgetter

_LEAST_SIMILARITY = 0.6
_LONGEST_WORD = 80
_MOST_CANDIDATES = 2_000
_MOST_COMPARISONS = 50


def did_you_mean(word: str, candidates: Iterable[str]) -> str:
    """`did you mean 'x'?` for the most similar candidate, or "" when none is similar enough.

    Letter case is ignored; ties go to the alphabetically first candidate. The work is bounded: words over 80
    characters get no suggestion, the first 2,000 candidates are looked at, and 50 of them compared in full.
    """
    closest = _closest(word, candidates)
    return f"did you mean '{closest}'?" if closest else ""


def _closest(word: str, candidates: Iterable[str]) -> str:
    if not word or len(word) > _LONGEST_WORD:
        return ""
    known = {candidate for candidate in islice(candidates, _MOST_CANDIDATES) if len(candidate) <= _LONGEST_WORD}
    matcher = SequenceMatcher(b=word.casefold(), autojunk=False)
    best_score, best = 0.0, ""
    for candidate in _promising(matcher, sorted(known - {word})):
        matcher.set_seq1(candidate.casefold())
        score = matcher.ratio()
        if score >= _LEAST_SIMILARITY and (score > best_score or (score == best_score and candidate < best)):
            best_score, best = score, candidate
    return best


def _promising(matcher: SequenceMatcher[str], candidates: list[str]) -> list[str]:
    """The candidates with the highest upper bound of similarity, which is cheaper than the similarity."""
    bounds: list[tuple[float, str]] = []
    for candidate in candidates:
        matcher.set_seq1(candidate.casefold())
        if matcher.real_quick_ratio() >= _LEAST_SIMILARITY:
            bounds.append((matcher.quick_ratio(), candidate))
    return [candidate for _, candidate in nlargest(_MOST_COMPARISONS, bounds, key=itemgetter(0))]
