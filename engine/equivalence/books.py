"""Do two rule books decide every cart the same, and does the new one never charge more?

First by structure: where the same rules are in force the decisions are the same (`engine.equivalence.gaps`). For each
region where they are not, a cart is looked for that shows it; where none is found, the solver is asked, if there is
one; and what is left is not decided.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from msgspec.structs import replace

from engine.equivalence.gaps import gaps_of
from engine.equivalence.looking import Looking
from engine.equivalence.model import Equivalence, Example, Gap, Node, Region, Status
from engine.equivalence.monotone import doubt
from engine.equivalence.proving import Proving
from engine.equivalence.sides import Sides
from engine.equivalence.wording import in_words
from engine.facts.timezones import zone
from engine.lint.wording import Wording
from engine.runtime.book import Book

EVERY_CART: Final = "every cart"
MOST_REGIONS: Final = 60
"""Regions in which carts are looked for; more differences than that are read in other ways."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Carts that are tried in each region beside those at its corners, and what the solver may spend, if it is asked.

    Without `looks` nothing is looked for, and `why` says why.
    """

    carts: int = 1_500
    solver: bool = True
    rlimit: int = 20_000_000
    looks: bool = True
    why: str = ""


Tell = Callable[[str, int, int], None]
"""Told what is being done, how much of it is done, and how much there is."""


class OtherCurrency(ValueError):
    """The books were compiled for two currencies, so no cart is decided by both."""


def compare_books(
    old: Book, new: Book, limits: Limits | None = None, tell: Tell | None = None, *, never_more: bool = False
) -> Equivalence:
    """Compare two books. With `never_more` also whether NEW charges more for any cart that both let through.

    Deterministic. Raises OtherCurrency.
    """
    if old.currency != new.currency:
        raise OtherCurrency(f"OLD is compiled for {old.currency}, NEW for {new.currency}")
    return _Comparison(old, new, limits or Limits(), tell or _nobody).answer(never_more=never_more)


def _nobody(doing: str, done: int, of: int) -> None:
    """Tells nobody."""


class _Comparison:
    def __init__(self, old: Book, new: Book, limits: Limits, tell: Tell) -> None:
        self._sides = Sides(old, new)
        self._limits = limits
        self._tell = tell
        self._gaps = gaps_of(self._sides, lambda done: tell("comparing", done, 6))
        self._words = {kind: self._wording(kind) for kind in {gap.kind for gap in self._gaps}}
        self._proving = Proving(self._sides, limits.rlimit) if limits.solver else None

    def answer(self, *, never_more: bool) -> Equivalence:
        """Everything that is found out."""
        if not self._gaps:
            same = Equivalence(status="same", currency=self._sides.new.book.currency, regions=())
            return replace(same, never_more="proved", never_more_scope=EVERY_CART) if never_more else same
        looking = Looking(self._sides, self._limits.carts, None)
        regions = [self._region(gap, looking, number) for number, gap in enumerate(self._gaps)]
        searched = sum(region.searched for region in regions)
        found = Equivalence(
            status=_status(regions),
            currency=self._sides.new.book.currency,
            regions=tuple(regions),
            example=_smallest(region.example for region in regions if region.example is not None),
            searched=searched,
            reason=_reason(regions),
        )
        return self._with_never_more(found, looking) if never_more else found

    def _with_never_more(self, found: Equivalence, looking: Looking) -> Equivalence:
        """Refuted by a cart, proved by structure or the solver, or not decided."""
        left = [gap for gap, region in zip(self._gaps, found.regions, strict=True) if region.status != "same"]
        doubts = [(gap, why) for gap in left if (why := doubt(gap, self._sides))]
        known = [region.example.cart for region in found.regions if region.example is not None]
        shown = next(filter(looking.costs_more, known), None)
        if shown is not None:  # whatever structure says, a decided cart says more
            return replace(found, never_more="refuted", costs_more=looking.smaller(shown, dearer=True))
        if not doubts:
            return replace(found, never_more="proved", never_more_scope=EVERY_CART)
        if not self._limits.looks:
            return replace(found, never_more="not_decided", never_more_reason=self._limits.why)
        self._tell("looking for a dearer cart", 0, 1)
        looked = looking.dearer([gap for gap, _ in doubts], known)
        searched = found.searched + looked.searched
        if looked.example is not None:
            return replace(found, never_more="refuted", costs_more=looked.example, searched=searched)
        proof = None if self._proving is None else self._proving.never_more()
        if proof is not None and proof.scope:
            return replace(found, never_more="proved", never_more_scope=proof.scope, searched=searched)
        if proof is not None and proof.cart is not None and looking.costs_more(proof.cart):
            example = looking.smaller(proof.cart, dearer=True)
            return replace(found, never_more="refuted", costs_more=example, searched=searched)
        reason = f"{doubts[0][0].rule or doubts[0][0].kind}: {doubts[0][1]}; {_searched(looked.searched)}"
        if proof is not None and proof.reason:
            reason = f"{reason}; {proof.reason}"
        return replace(found, never_more="not_decided", never_more_reason=reason, searched=searched)

    # regions ---------------------------------------------------------------------------------------------------

    def _region(self, gap: Gap, looking: Looking, number: int) -> Region:
        self._tell("looking for carts", number, len(self._gaps))
        if number >= MOST_REGIONS:
            return self._said(gap, "not_decided", reason=f"only the first {MOST_REGIONS} regions were searched")
        if not self._limits.looks:
            return self._said(gap, "not_decided", reason=self._limits.why)
        looked = looking.inside(gap, [other for other in self._gaps if other is not gap])
        if looked.example is not None:
            return self._said(gap, "different", example=looked.example, searched=looked.searched, by="hunter")
        if self._proving is None:
            return self._said(gap, "not_decided", searched=looked.searched, reason=_searched(looked.searched))
        proof = self._proving.charges_alike(gap)
        if proof.cart is not None and looking.differs(proof.cart):
            example = looking.smaller(proof.cart)
            return self._said(gap, "different", example=example, searched=looked.searched + 1, by="solver")
        alike = f"the solver proved that sums are the same ({proof.scope}), but looks at nothing else"
        reason = f"{_searched(looked.searched)}; {alike if proof.scope else proof.reason}"
        return self._said(gap, "not_decided", searched=looked.searched, reason=reason)

    def _said(
        self,
        gap: Gap,
        status: Status,
        *,
        example: Example | None = None,
        searched: int = 0,
        by: str = "",
        reason: str = "",
    ) -> Region:
        old = [Node(span, "old") for span in dict.fromkeys(gap.old)]
        new = [Node(span, "new") for span in dict.fromkeys(gap.new)]
        return Region(
            stage=gap.stage,
            kind=gap.kind,
            rule=gap.rule,
            about=gap.about,
            facts=in_words(gap.boxes, self._sides.algebra, self._words[gap.kind]),
            status=status,
            nodes=(*old, *new),
            example=example,
            searched=searched,
            by=by,
            reason=reason,
        )

    def _wording(self, kind: str) -> Wording:
        book = self._sides.new.book
        document = book.documents.get(kind) or self._sides.old.book.documents.get(kind)
        timezone = zone("UTC" if document is None else document.head.timezone) or zone("UTC")
        assert timezone is not None, "the time zone data has no UTC"
        return Wording(self._sides.algebra.domain, book.currency, timezone)


def _status(regions: Sequence[Region]) -> Status:
    statuses = {region.status for region in regions}
    return "different" if "different" in statuses else "not_decided" if "not_decided" in statuses else "same"


def _reason(regions: Sequence[Region]) -> str:
    return next((region.reason for region in regions if region.status == "not_decided"), "")


def _searched(carts: int) -> str:
    return f"none of {carts:,} carts shows a difference"


def _smallest(examples: Iterable[Example]) -> Example | None:
    """The cart with the fewest lines, units and facts, the cheapest of those."""
    return min(examples, key=_size, default=None)


def _size(example: Example) -> tuple[int, int, int, int]:
    cart = example.cart
    units = sum(line.quantity for line in cart.lines)
    facts = len(cart.facts) + len(cart.sets) + len(cart.coupons) + sum(len(line.facts) for line in cart.lines)
    return len(cart.lines), units, facts, example.old.items
