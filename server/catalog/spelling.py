"""What did somebody mean whose word no product has? The nearest word that products have, commoner ones first.

The words of a store are remembered for a while, so that a misspelt search does not read the catalogue. A product
added meanwhile is found by its words all the same; only nobody is corrected to them yet.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping
from typing import Final
from uuid import UUID

from rapidfuzz.distance import OSA
from rapidfuzz.process import extract_iter

from server.web.call import Resource

REMEMBERED_SECONDS: Final = 300.0
MOST_STORES: Final = 1_000
SHORTEST_CORRECTED: Final = 4
"""Letters; a shorter word has too many neighbours to guess."""


class Dictionary:
    """The words of one store, by length."""

    def __init__(self, products_by_word: Mapping[str, int]) -> None:
        self._products = products_by_word
        self._by_length: dict[int, list[str]] = defaultdict(list)
        for word in products_by_word:
            self._by_length[len(word)].append(word)

    def nearest(self, word: str) -> str | None:
        """The word with the fewest slips from this one: one up to 7 letters, two from 8 on. None: nothing is near.

        A slip is a letter too many, missing, wrong, or swapped with its neighbour. Of words equally near the one
        that more products have wins, then the first in the alphabet.
        """
        if len(word) < SHORTEST_CORRECTED:
            return None
        slips = 1 if len(word) < 8 else 2
        near = [
            (distance, -self._products[found], found)
            for length in range(len(word) - slips, len(word) + slips + 1)
            for found, distance, _ in extract_iter(
                word, self._by_length.get(length, ()), scorer=OSA.distance, processor=None, score_cutoff=slips
            )
        ]
        return min(near)[2] if near else None


class Dictionaries:
    """The dictionaries of all stores that somebody misspelt a word in lately."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._remembered: dict[UUID, tuple[float, Dictionary]] = {}

    async def of(self, store_id: UUID, read: Callable[[], Awaitable[Mapping[str, int]]]) -> Dictionary:
        """The store's dictionary, of the words that `read` gives when they are not remembered."""
        until, dictionary = self._remembered.get(store_id, (0.0, None))
        if dictionary is not None and until > self._clock():
            return dictionary
        if len(self._remembered) >= MOST_STORES:
            self._remembered.clear()
        dictionary = Dictionary(await read())
        self._remembered[store_id] = (self._clock() + REMEMBERED_SECONDS, dictionary)
        return dictionary

    def forget(self, store_id: UUID) -> None:
        """Read the store's words again when they are next needed."""
        self._remembered.pop(store_id, None)


DICTIONARIES: Final = Resource[Dictionaries]("catalog.dictionaries")
