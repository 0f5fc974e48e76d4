"""What should a cart be like? The wishes of one rule, or of several rules together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from engine.boxes.box import Box, intersect
from engine.documents.conditions import Aggregate
from engine.documents.model import Coupon
from engine.facts.cart import CouponEntry, Key, Usage
from engine.facts.words import fold_code
from engine.hunt.aim import Aim, Need

MOST_BOXES = 4
"""Boxes of one rule that are tried; a rule of more has them in common with others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Facts of the cart inside `box`, units of lines, coupons. `forced` values stand where rules wish otherwise.

    `needs` come in groups: the units of one group are different units, those of two groups may be the same. `told` is
    what the shop knows of codes, by coupon; `zone` where the order goes, "" for anywhere.
    """

    box: Box = field(default_factory=Box)
    needs: tuple[tuple[Need, ...], ...] = ()
    coupons: tuple[Coupon, ...] = ()
    usage: Mapping[str, Usage] = field(default_factory=dict)
    told: Mapping[str, CouponEntry] = field(default_factory=dict)
    zone: str = ""
    forced: Mapping[str, Key | None] = field(default_factory=dict)
    aggregates: Mapping[str, Aggregate] = field(default_factory=dict)
    timezone: str = "UTC"

    def with_forced(self, axis: str, value: Key | None) -> Wish:
        """The same wish where one fact has this value."""
        return replace(self, forced={**self.forced, axis: value})

    def with_units(self, more: int) -> Wish:
        """The same wish with so many more units of the first need of each group (fewer when negative)."""
        changed = ((Need(group[0].where, max(1, group[0].units + more)), *group[1:]) for group in self.needs if group)
        return replace(self, needs=tuple(changed))

    def and_also(self, other: Wish) -> Wish:
        """Both wishes; where they contradict each other, what this one wishes."""
        return Wish(
            box=together(self.box, other.box),
            needs=(*self.needs, *other.needs),
            coupons=tuple({coupon.id: coupon for coupon in (*self.coupons, *other.coupons)}.values()),
            usage={**other.usage, **self.usage},
            told={**other.told, **self.told},
            zone=self.zone or other.zone,
            forced={**other.forced, **self.forced},
            aggregates={**self.aggregates, **other.aggregates},
            timezone=self.timezone if self.timezone != "UTC" else other.timezone,
        )


def wishes_of(aim: Aim) -> Iterator[Wish]:
    """What a cart has to be like for the rule to act, once for each of its first boxes."""
    for box in aim.boxes()[:MOST_BOXES]:
        yield Wish(
            box=box,
            needs=(aim.needs,) if aim.needs else (),
            coupons=() if aim.coupon is None else (aim.coupon,),
            zone=aim.zone,
            aggregates=aim.aggregates,
            timezone=aim.timezone,
        )


def used_up(aim: Aim) -> Iterator[Usage]:
    """How often a promotion was used before: about as often, or for about as much, as its limits allow."""
    limits = aim.limits
    for uses in _around(limits.per_customer):
        yield Usage(uses, uses, 0)
    for uses in _around(limits.total):
        yield Usage(0, uses, 0)
    for spent in _around(limits.budget):
        yield Usage(0, 0, spent)


def told_of(aim: Aim) -> Iterator[CouponEntry]:
    """What the shop may know of a code of the coupon: used about as often as its limits allow, another's, nobody's."""
    coupon, limits = aim.coupon, aim.limits
    if coupon is None:
        return
    code = code_of(coupon)
    for uses in _around(limits.per_code):
        yield CouponEntry(code=code, used_code=uses)
    for uses in _around(limits.per_customer):
        yield CouponEntry(code=code, used_customer=uses)
    for uses in _around(limits.total):
        yield CouponEntry(code=code, used_total=uses)
    for spent in _around(limits.budget):
        yield CouponEntry(code=code, spent=spent)
    yield CouponEntry(code=code, owner="c2")
    yield CouponEntry(code=code, known=False)


def code_of(coupon: Coupon) -> str:
    """A code of the coupon; one the shop could have issued where it is for a whole campaign."""
    return coupon.codes[0] if coupon.codes else fold_code(f"code-{coupon.id}")


def together(one: Box, two: Box) -> Box:
    """What both boxes accept, axis by axis; where they have nothing in common, what the first accepts."""
    both = intersect(one, two)
    if both is not None:
        return both
    axes = dict(two.items())
    for axis, accepted in one.items():
        common = accepted.intersect(axes[axis]) if axis in axes else accepted
        axes[axis] = accepted if common.is_empty() else common
    return Box(axes)


def _around(limit: int | None) -> Iterable[int]:
    return () if limit is None else sorted({max(0, limit - 1), limit})
