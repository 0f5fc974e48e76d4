"""How is a complete result made once it is known which rules hit: choose, share, tax, post?

The finish that every engine but ours needs around it, written for W1 alone, so that all of them give the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from tests.benchmarks import workload as w1
from tests.benchmarks.workload import Totals

Hit = tuple[int, str]
"""(saving in minor units, rule id)"""

Posted = tuple[str, int, str, str]
"""(kind, amount, line id or empty, rule id)"""


class LineSplit(NamedTuple):
    """A line after all discounts."""

    id: str
    net: int
    tax: int
    gross: int


class Complete(NamedTuple):
    """Totals, lines with their tax, and every posting."""

    totals: Totals
    lines: list[LineSplit]
    postings: list[Posted]


def complete(
    amounts: Sequence[int],
    line_hits: Sequence[Iterable[Hit]],
    order_hits: Iterable[Hit],
    coupon: int,
    price: int,
    tax_percent: int,
) -> Complete:
    """Best hit of each line and of the order, coupon amount, shipping price, and the tax contained in it all."""
    left = list(amounts)
    ids = [f"L{number}" for number in range(1, len(left) + 1)]
    postings: list[Posted] = [("item", amount, line, "list_price") for amount, line in zip(amounts, ids, strict=True)]
    for position, hits in enumerate(line_hits):
        saving, rule = _best(hits)
        if saving:
            left[position] -= saving
            postings.append(("line_discount", -saving, ids[position], rule))
    saving, rule = _best(order_hits)
    if saving:
        _take("order_discount", saving, rule, left, ids, postings)
    if coupon:
        _take("coupon", coupon, "bench-10", left, ids, postings)
    total = sum(left)
    postings.append(("shipping", price, "", "standard"))
    shipping = price
    if total >= w1.FREE_FROM:
        postings.append(("shipping_discount", -price, "", "standard.free_from"))
        shipping = 0
    whole = 100 + tax_percent
    paid = total + shipping
    tax = paid - (200 * paid + whole) // (2 * whole)
    parts = shares(tax, [*left, shipping])[: len(left)]
    lines = [LineSplit(line, gross - part, part, gross) for line, gross, part in zip(ids, left, parts, strict=True)]
    items = sum(amounts)
    return Complete(Totals(items, items - total, shipping, tax, total + shipping), lines, postings)


def _best(hits: Iterable[Hit]) -> Hit:
    """The largest saving; between equals the smaller id."""
    best: Hit = (0, "")
    for hit in hits:
        if hit[0] > best[0] or (hit[0] == best[0] and hit[1] < best[1]):
            best = hit
    return best


def _take(kind: str, saving: int, rule: str, left: list[int], ids: list[str], postings: list[Posted]) -> None:
    for position, share in enumerate(shares(saving, left)):
        if share:
            left[position] -= share
            postings.append((kind, -share, ids[position], rule))


def shares(total: int, weights: Sequence[int]) -> list[int]:
    """`total` shared by weight, largest remainder first, ties to the earlier."""
    whole = sum(weights)
    parts, remainders = [], []
    left = total
    for weight in weights:
        part, remainder = divmod(total * weight, whole)
        parts.append(part)
        remainders.append(remainder)
        left -= part
    if left:
        order = sorted(range(len(parts)), key=remainders.__getitem__, reverse=True)
        for position in order[:left]:
            parts[position] += 1
    return parts
