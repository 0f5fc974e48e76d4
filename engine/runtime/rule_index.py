"""Which rules hold for these facts? The index over boxes, answered in rules.

Rule *r* is bit *r*. A rule whose condition is one box, as nearly all are, owns box *r*; further boxes of a rule come
after the first box of the last rule and are folded back. A rule that can never hold has a box nothing enters.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from engine.boxes.values import Key
from engine.runtime.index import Index

_NOTHING_TOUCHED: Mapping[str, Key | None] = {}


@dataclass(frozen=True, slots=True)
class RuleIndex:
    """`index` over all boxes of `size` rules; `owners[k]` is the rule of box `size + k`."""

    index: Index
    size: int
    owners: tuple[int, ...]

    def match(self, values: Mapping[str, Key], touched: Mapping[str, Key | None] = _NOTHING_TOUCHED) -> int:
        """Bit mask of the rules that hold; `values`: known facts, `touched`: sparse axes off their default."""
        mask = self.index.match(values, touched)
        return self._folded(mask) if self.owners and mask else mask

    def match_each(self, documents: Sequence[Mapping[str, Key]]) -> list[int]:
        """`match` of each of several documents that touch no sparse axis, cheaper than one by one."""
        masks = self.index.match_each(documents)
        return [self._folded(mask) for mask in masks] if self.owners else masks

    def _folded(self, mask: int) -> int:
        """The boxes after the first box of the last rule, folded back to their rules."""
        further = mask >> self.size
        mask &= (1 << self.size) - 1
        while further:
            low = further & -further
            mask |= 1 << self.owners[low.bit_length() - 1]
            further ^= low
        return mask


Matcher = Index | RuleIndex
"""What programs hold: the index itself where every rule is one box, which is one call less in every look-up."""
