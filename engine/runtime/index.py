"""Which boxes hold for these facts?

The index is a bitmap: box *i* is bit *i*, and every fact value (or stretch of values between two cuts) leads
to the mask of the boxes that accept it. A box that says nothing about a fact has its bit set in every mask of
it. So the boxes that hold are the AND over all facts, with nothing left to test.

Axes are of two sorts. A *dense* axis costs one look-up in every match. A *sparse* axis (one of ten thousand
aggregates, tags or attributes, nearly all of which have their default value in any one cart) costs something
only when it is *touched*, that is, when its value is handed over because it differs from the default.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import final

from engine.boxes.bits import iter_bits
from engine.boxes.keys import Key

__all__ = ["Index", "OrderedTable", "PointTable", "SparseAxes", "Table", "iter_bits"]

_NOTHING_TOUCHED: Mapping[str, Key | None] = {}


@final
@dataclass(frozen=True, slots=True)
class PointTable:
    """Masks of an axis on which boxes name single values: one for each value, one for all others.

    The key ``None`` is the missing fact.
    """

    masks: dict[Key | None, int]
    otherwise: int

    def at(self, value: Key | None) -> int:
        return self.masks.get(value, self.otherwise)


@dataclass(frozen=True, slots=True)
class OrderedTable:
    """Masks of an axis on which boxes name ranges: ``masks[k]`` is for ``[cuts[k - 1], cuts[k])``."""

    cuts: tuple[Key, ...]
    masks: tuple[int, ...]
    missing: int

    def at(self, value: Key | None) -> int:
        return self.missing if value is None else self.masks[bisect_right(self.cuts, value)]


Table = PointTable | OrderedTable


@dataclass(frozen=True, slots=True)
class SparseAxes:
    """The boxes that constrain sparse axes.

    ``at_default`` is the mask of the boxes that hold while nothing is touched. Each other box waits for one
    axis, the rarest of those whose default it refuses. ``gates`` gives each axis the mask of the boxes it
    lets in when touched, and the table of those that do not accept the value it then has. A box that refuses
    the defaults of several axes is in ``several``, and ``also_needed`` names the other axes that must be
    touched.
    """

    at_default: int
    gates: dict[str, tuple[int, Table]]
    several: int
    also_needed: dict[int, tuple[str, ...]]

    def holding(self, touched: Mapping[str, Key | None]) -> int:
        """The boxes whose sparse axes all accept their values."""
        admitted, refused = self.at_default, 0
        gate_of = self.gates.get
        for axis, value in touched.items():
            gate = gate_of(axis)
            if gate is not None:
                admitted |= gate[0]
                refused |= gate[1].at(value)
        return admitted & ~refused

    def without_untouched(self, mask: int, touched: Mapping[str, Key | None]) -> int:
        """Drop the boxes that wait for a second axis which nothing touched."""
        for bit in iter_bits(mask & self.several):
            for axis in self.also_needed[bit]:
                if axis not in touched:
                    mask ^= 1 << bit
                    break
        return mask


@dataclass(frozen=True, slots=True)
class Index:
    """An immutable index over ``size`` boxes; it may be pickled and shared between threads.

    ``everything`` is the mask of all boxes. All fields are made by ``engine.compiler.index.build_index``.
    """

    size: int
    everything: int
    dense: tuple[tuple[str, Table], ...]
    sparse: SparseAxes | None

    def axes(self) -> list[str]:
        """Every axis that some box constrains, dense ones first."""
        return [axis for axis, _ in self.dense] + ([] if self.sparse is None else [*self.sparse.gates])

    def match(self, values: Mapping[str, Key | None], touched: Mapping[str, Key | None] = _NOTHING_TOUCHED) -> int:
        """The mask of the boxes that hold: bit *i* is box *i*; ``iter_bits`` lists them.

        ``values`` gives dense facts; an absent one, or ``None``, is missing. ``touched`` gives the sparse
        facts whose value is not their default. Facts that no box constrains are ignored. Values must be of
        their axis's kind (number or text), otherwise ``TypeError``.
        """
        mask = self.everything
        value_of = values.get
        for axis, table in self.dense:
            # `table.at`, written out: this is the innermost loop of every decision
            value = value_of(axis)
            if type(table) is PointTable:
                mask &= table.masks.get(value, table.otherwise)
            elif value is None:
                mask &= table.missing
            else:
                mask &= table.masks[bisect_right(table.cuts, value)]
            if not mask:
                return 0
        sparse = self.sparse
        if sparse is None:
            return mask
        mask &= sparse.holding(touched)
        return sparse.without_untouched(mask, touched) if mask & sparse.several else mask

    def match_each(self, documents: Sequence[Mapping[str, Key | None]]) -> list[int]:
        """``match`` of each document, none of which touches a sparse axis: axis by axis instead of one by one."""
        masks = [self.everything] * len(documents)
        for axis, table in self.dense:
            if type(table) is PointTable:
                mask_of, otherwise = table.masks.get, table.otherwise
                masks = [
                    mask and mask & mask_of(document.get(axis), otherwise)
                    for mask, document in zip(masks, documents, strict=True)
                ]
            else:
                cuts, stretches, missing = table.cuts, table.masks, table.missing
                masks = [
                    mask
                    and mask
                    & (missing if (value := document.get(axis)) is None else stretches[bisect_right(cuts, value)])
                    for mask, document in zip(masks, documents, strict=True)
                ]
        sparse = self.sparse
        if sparse is None:
            return masks
        return [sparse.without_untouched(mask & sparse.at_default, _NOTHING_TOUCHED) for mask in masks]
