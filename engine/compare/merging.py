"""How do comparisons of parts become the comparison of the whole, and how are they kept meanwhile?

Merging does not depend on order or grouping, so a job may go on at any part, anywhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

import msgspec

from engine.compare.model import Cause, Comparison, Flip, InCurrency, Sums
from engine.compare.smallest import most_cheaper, most_dearer, smallest

K = TypeVar("K")


def merge(into: Comparison, other: Comparison) -> Comparison:
    """Add what was counted elsewhere, of carts that `into` has not seen; gives `into` back. `other` stays as it is."""
    for name in ("read", "compared", "changed", "died", "revived", "refused_by_both"):
        setattr(into, name, getattr(into, name) + getattr(other, name))
    for currency, sums in other.currencies.items():
        _merge_currency(into.currencies.setdefault(currency, InCurrency()), sums)
    for flips, more in (
        (into.coupons, other.coupons),
        (into.promotions, other.promotions),
        (into.payments, other.payments),
    ):
        _merge_flips(flips, more)
    for counts, further in (
        (into.skipped, other.skipped),
        (into.methods, other.methods),
        (into.died_of, other.died_of),
        (into.revived_from, other.revived_from),
    ):
        _merge_counts(counts, further)
    into.smallest = smallest([*into.smallest, *other.smallest])
    into.smallest_dead = smallest([*into.smallest_dead, *other.smallest_dead])
    return into


def encode(comparison: Comparison) -> bytes:
    """As JSON; equal comparisons give equal bytes."""
    return msgspec.json.encode(msgspec.to_builtins(comparison, str_keys=True), order="deterministic")


def decode(data: bytes | str) -> Comparison:
    """What `encode` wrote. Raises msgspec.DecodeError (ValidationError when it is JSON of something else)."""
    return msgspec.json.decode(data, type=Comparison)


def _merge_currency(into: InCurrency, other: InCurrency) -> None:
    for name in ("carts", "changed", "dearer", "cheaper", "lost", "won"):
        setattr(into, name, getattr(into, name) + getattr(other, name))
    for sums, more in ((into.before, other.before), (into.after, other.after)):
        for name in Sums.__struct_fields__:
            setattr(sums, name, getattr(sums, name) + getattr(more, name))
    for measure, counts in other.differences.items():
        _merge_counts(into.differences.setdefault(measure, {}), counts)
    for key, cause in other.causes.items():
        _merge_cause(into.causes.setdefault(key, Cause(cause.kind, cause.rule)), cause)
    into.most_dearer = most_dearer([*into.most_dearer, *other.most_dearer])
    into.most_cheaper = most_cheaper([*into.most_cheaper, *other.most_cheaper])


def _merge_cause(into: Cause, other: Cause) -> None:
    into.at_before = max(into.at_before, other.at_before)  # the same, or one of them is empty
    into.at_after = max(into.at_after, other.at_after)
    into.changed = into.changed or other.changed
    into.carts += other.carts
    into.amount += other.amount
    into.tax += other.tax


def _merge_flips(into: dict[str, Flip], other: Mapping[str, Flip]) -> None:
    for name, flip in other.items():
        mine = into.setdefault(name, Flip())
        mine.gained += flip.gained
        mine.lost += flip.lost


def _merge_counts(into: dict[K, int], other: Mapping[K, int]) -> None:
    for key, count in other.items():
        into[key] = into.get(key, 0) + count
