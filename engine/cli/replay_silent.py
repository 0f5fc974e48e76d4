"""Which rules did nothing to any order of a replay?"""

from __future__ import annotations

from engine.cases.coverage import rules_of
from engine.replay.summary import ReplaySummary
from engine.runtime.book import Book

_COUNTED = frozenset({"rule", "coupon", "method", "rate", "refusal"})
"""What a summary counts by id; it does not count zones and ways to pay."""


def never_fired(book: Book, summary: ReplaySummary) -> tuple[str, ...]:
    """`kind rule` of each rule without an order, in document order; a method counts when some total was made with it.

    Orders that were refused count for refusals only.
    """
    fired = {(key.kind, key.rule) for key in summary.fired}
    return tuple(
        f"{kind} {rule.id}"
        for kind, document in sorted(book.documents.items())
        for rule in rules_of(document)
        if rule.what in _COUNTED and (kind, rule.id) not in fired
    )
