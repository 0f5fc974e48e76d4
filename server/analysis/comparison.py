"""What do two rule books make of these carts? Worked out in another process, from bytes to bytes. Pure."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import msgspec

from engine.compare.compare import compare_carts
from engine.compare.merging import merge
from engine.compare.model import Comparison
from engine.compare.report import report
from engine.compare.witnesses import wanted, witnesses
from server.decisions.books import LiveBook, RuleBooks
from server.decisions.facts import Basket, to_cart
from server.decisions.sides import Side
from server.decisions.stored import StoredCart

BOOKS_KEPT: Final = 8
"""Compiled books that stay: both sides of as many replays as take turns."""


class Found(msgspec.Struct):
    """What was found up to some cart, and the carts that show it best, by name."""

    comparison: Comparison = msgspec.field(default_factory=Comparison)
    kept: dict[str, Basket] = msgspec.field(default_factory=dict)


def packed(carts: list[StoredCart]) -> bytes:
    """Carts on their way to the other process."""
    return msgspec.json.encode(carts)


def compare(before: str, after: str, carts: bytes, found: bytes | None) -> bytes:
    """What was found before, and in these carts. Raises RulesetsFaulty when this program cannot read the rulesets."""
    whole = Found() if found is None else msgspec.json.decode(found, type=Found)
    named = msgspec.json.decode(carts, type=list[StoredCart])
    part = compare_carts(_book(before).book, _book(after).book, ((each.name, to_cart(each.basket)) for each in named))
    merge(whole.comparison, part)
    whole.kept |= {each.name: each.basket for each in named}
    shown = wanted(whole.comparison)
    whole.kept = {name: basket for name, basket in whole.kept.items() if name in shown}
    return msgspec.json.encode(whole)


def conclude(before: str, after: str, found: bytes | None) -> bytes:
    """The report, with the smallest carts that show each difference shrunk to what shows it. Raises RulesetsFaulty."""
    whole = Found() if found is None else msgspec.json.decode(found, type=Found)
    old, new = _book(before), _book(after)
    carts = {name: to_cart(basket) for name, basket in whole.kept.items()}
    shown = witnesses(old.book, new.book, whole.comparison, carts)
    return msgspec.json.encode(report(whole.comparison, old.checkout_rulesets, new.checkout_rulesets, shown))


@lru_cache(maxsize=BOOKS_KEPT)
def _book(side: str) -> LiveBook:
    """A side (JSON of Side), compiled."""
    read = msgspec.json.decode(side, type=Side)
    return _rule_books().of_texts(read.texts, read.currency)


@lru_cache(maxsize=1)
def _rule_books() -> RuleBooks:
    return RuleBooks()
