"""Is there a cart in a region that shows a difference, and what is the smallest?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from engine.equivalence.inside import lies_in
from engine.equivalence.model import Example, Gap, Stage
from engine.equivalence.near import Near
from engine.equivalence.same import costs_more, differences, is_same, outcome
from engine.equivalence.sides import Sides
from engine.facts.cart import Cart
from engine.facts.cart_plain import cart_as_plain
from engine.hunt.search import Shows, Tell, hunt, hunted_carts, shrink
from engine.runtime.decision import Decision
from engine.runtime.evaluate import evaluate

_BEST: Final = 5
_LOOK_ON: Final = 200
"""Carts that are tried after an example was found, for a better one."""


_GOODS: Final = frozenset({"lines", "gifts"})
_OFFERS: Final = frozenset({"shipping options", "shipping method"})
_SHOWN_IN: Final[Mapping[Stage, frozenset[str]]] = {
    "pricing": _GOODS,
    "line promotions": _GOODS,
    "order promotions": _GOODS,
    "coupons": frozenset({"coupons"}),
    "shipping": _OFFERS,
    "shipping promotions": _OFFERS,
    "tax": frozenset({"taxes"}),
    "checkout": frozenset({"refusals", "payment options"}),
}
"""What of a decision shows best that a stage has decided something else."""


@dataclass(frozen=True, slots=True)
class Looked:
    """`example` is None when none of the `searched` carts showed it."""

    example: Example | None
    searched: int


class Looking:
    """Looks for carts two books decide differently."""

    def __init__(self, sides: Sides, carts: int, tell: Tell | None) -> None:
        self._sides = sides
        self._old, self._new = sides.old.book, sides.new.book
        self._carts = carts
        self._tell = tell
        self._near = Near(sides)

    def inside(self, gap: Gap, others: Sequence[Gap]) -> Looked:
        """A cart in the gap for which anything that counts differs.

        One that may be ordered and lies in no other gap is preferred, then one that may be ordered and differs in what
        the stage decides, then one that may be ordered, then any.
        """
        first = tuple(self._near.carts(gap))
        enough, searched = len(first) + _LOOK_ON, 0
        found: dict[int, Cart] = {}
        for cart in hunted_carts((self._old, self._new), most=len(first) + self._carts, first=first, about=(gap.rule,)):
            searched += 1
            merit = self._merit(gap, others, cart)
            if merit:
                found.setdefault(merit, cart)
            if merit == _BEST or (found and searched >= enough):
                break
        if not found:
            return Looked(None, searched)
        best = max(found)
        small = shrink(found[best], lambda cart: self._merit(gap, others, cart) >= best)
        return Looked(self.example(small.cart or found[best], smallest=small.smallest), searched)

    def dearer(self, gaps: Iterable[Gap], known: Iterable[Cart]) -> Looked:
        """A cart for which NEW charges more, most likely in one of the gaps."""
        gaps = tuple(gaps)
        near = [*known, *(cart for gap in gaps for cart in self._near.carts(gap))]
        return self._hunted(self.costs_more, near, tuple(gap.rule for gap in gaps))

    def differs(self, cart: Cart) -> bool:
        """Whether the books decide a cart differently."""
        return not is_same(evaluate(self._old, cart), evaluate(self._new, cart))

    def costs_more(self, cart: Cart) -> bool:
        """Whether both let a cart through and NEW charges more for it."""
        return costs_more(evaluate(self._old, cart), evaluate(self._new, cart))

    def smaller(self, cart: Cart, *, dearer: bool = False) -> Example:
        """A cart they decide differently, or that costs more, made small."""
        found = shrink(cart, self.costs_more if dearer else self.differs)
        return self.example(found.cart or cart, smallest=found.smallest)

    def example(self, cart: Cart, *, smallest: bool) -> Example:
        """What both books make of a cart."""
        old, new = evaluate(self._old, cart), evaluate(self._new, cart)
        return Example(
            cart=cart,
            given=dict(cart_as_plain(cart, self._sides.vocabulary)),
            old=outcome(old),
            new=outcome(new),
            differs=differences(old, new),
            smallest=smallest,
        )

    def _hunted(self, shows: Shows, near: Iterable[Cart], about: tuple[str, ...]) -> Looked:
        first = tuple(near)
        most = self._carts + len(first)
        found = hunt((self._old, self._new), shows, most=most, first=first, about=about, tell=self._tell)
        if found.cart is None:
            return Looked(None, found.searched)
        return Looked(self.example(found.cart, smallest=found.smallest), found.searched)

    def _merit(self, gap: Gap, others: Sequence[Gap], cart: Cart) -> int:
        """How good an example of the gap a cart is; 0 when it is none."""
        try:
            old, new = evaluate(self._old, cart), evaluate(self._new, cart)
        except Exception:  # noqa: BLE001 - what the engine makes of a cart it fails at shows nothing
            return 0
        if is_same(old, new) or not self._lies_in(gap, cart, old, new):
            return 0
        if old.refusals and new.refusals:
            return 1
        also = [other for other in others if self._lies_in(other, cart, old, new)]
        if not also:
            return _BEST
        if not _SHOWN_IN[gap.stage].intersection(differences(old, new)):
            return 2
        return 3 if any(other.stage == gap.stage for other in also) else 4

    def _lies_in(self, gap: Gap, cart: Cart, *decisions: Decision) -> bool:
        aggregates = self._sides.aggregates
        return any(
            lies_in(gap.boxes, cart, decision, aggregates, side.volumetric_divisor)
            for side, decision in zip(self._sides.both, decisions, strict=True)
        )
