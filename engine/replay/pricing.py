"""How are orders priced one after the other and added up?"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from engine.facts.cart import Cart
from engine.replay.items import ReplayItem
from engine.replay.summary import ReplaySummary
from engine.runtime.decision import Decision

Book = TypeVar("Book")

Clock = Callable[[], int]
"""Nanoseconds since any fixed moment."""


def price_items(
    book: Book, items: Iterable[ReplayItem], decide: Callable[[Book, Cart], Decision], clock: Clock | None = None
) -> ReplaySummary:
    """Price every order that has a cart with `decide(book, cart)`; without a clock all durations are 0.

    Raises UnaccountedRows when a row is neither priced, refused nor skipped.
    """
    summary = ReplaySummary()
    for item in items:
        if item.cart is None:
            summary.add(item, None)
            continue
        started = clock() if clock else 0
        decision = decide(book, item.cart)
        summary.add(item, decision, clock() - started if clock else 0)
    summary.accounting.check()
    return summary
