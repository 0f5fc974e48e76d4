"""Which carts are likely to lie in a region of facts? Those at its corners, with what the rules there act on."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Final

from engine.boxes.box import Box
from engine.boxes.values import Key
from engine.equivalence.algebra import TAXED
from engine.equivalence.model import Gap
from engine.equivalence.sides import Sides
from engine.facts.cart import Cart
from engine.hunt.aim import Need
from engine.hunt.ground import Ground
from engine.hunt.wish import Wish

MOST_CARTS: Final = 240
"""Carts that are made for one region."""

_MOST_BOXES: Final = 8
_MOST_BASES: Final = 4
_PRICES: Final = (10_000, 333, 99_999, 1)


class Near:
    """Makes carts for the gaps between two books."""

    def __init__(self, sides: Sides) -> None:
        self._sides = sides
        self._ground = Ground((sides.old.book, sides.new.book))

    def carts(self, gap: Gap) -> Iterator[Cart]:
        """At most `MOST_CARTS`, the simplest of each box first."""
        return islice(self._all(gap), MOST_CARTS)

    def _all(self, gap: Gap) -> Iterator[Cart]:
        makers = [maker for makers in self._ground.makers for maker in makers[:_MOST_BASES]]
        corners = [[*self._wishes(gap, box)] for box in gap.boxes[:_MOST_BOXES]]
        for place in range(max(map(len, corners), default=0)):
            for wishes in corners:
                for maker in makers if place < len(wishes) else ():
                    cart = maker.cart(wishes[place])
                    if cart is not None:
                        yield cart

    def _wishes(self, gap: Gap, box: Box) -> Iterator[Wish]:
        plain = self._wish(gap, box)
        yield plain
        for axis, values in box.items():
            for low, high in values.intervals:
                for value in (low, high - 1 if isinstance(high, int) else None):
                    if value is not None:
                        yield plain.with_forced(_plainly(axis), value)
        for price in _PRICES:
            yield plain.with_forced("line.list_price", price)
        for more in (1, 2, -1):
            yield plain.with_units(more)

    def _wish(self, gap: Gap, box: Box) -> Wish:
        forced: dict[str, Key | None] = {}
        for axis, values in box.items():
            name = _plainly(axis)
            if name.startswith("line.") and "∋" not in name:
                forced[name] = self._ground.space.choose(name, values)
        return Wish(
            box=Box({_plainly(axis): values for axis, values in box.items()}),
            needs=(tuple(Need(where, units) for where, units in gap.needs),) if gap.needs else (),
            coupons=gap.coupons,
            forced=forced,
            aggregates=self._sides.aggregates,
            timezone=_timezone(box) or self._timezone(gap.kind),
        )

    def _timezone(self, kind: str) -> str:
        document = self._sides.new.book.documents.get(kind) or self._sides.old.book.documents.get(kind)
        return "UTC" if document is None else document.head.timezone


def _plainly(axis: str) -> str:
    """The name of a fact without the marks that tell the sides apart."""
    return axis.removeprefix(TAXED).partition(" (")[0] if axis.startswith((TAXED, "now.")) else axis


def _timezone(box: Box) -> str:
    named = (axis.partition(" (")[2].removesuffix(")") for axis in box if axis.startswith("now."))
    return next((timezone for timezone in named if timezone), "")
