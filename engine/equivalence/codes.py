"""Where do two coupons rulesets treat a code differently? Code by code, and campaign by campaign."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from typing import Final

from engine.boxes.box import Box
from engine.boxes.values import ValueSet
from engine.documents.effects import TieredPercent, units_of
from engine.documents.model import Coupon, CouponsDocument
from engine.equivalence.algebra import EVERYWHERE, Boxes
from engine.equivalence.exclusions import Exclusions
from engine.equivalence.gives import given
from engine.equivalence.model import Gap
from engine.equivalence.places import content, heads, responsible
from engine.equivalence.sides import Side, Sides

CAMPAIGN: Final = "coupon.campaign"
"""The campaign of a code, which the shop knows and no rule reads."""

_PRESENT: Final = Box({"coupon.present": ValueSet.point(1)})

Key = tuple[str, str]
"""The fact a coupon is found by, and its value."""


def coupon_gaps(sides: Sides, exclusions: Exclusions) -> Iterator[Gap]:
    """The gaps of coupons."""
    old, new = sides.old.coupons, sides.new.coupons
    if old is None and new is None:
        return
    if old is None or new is None or old.stacking != new.stacking:
        places = heads(old, new)
        about = "only one side has coupons" if old is None or new is None else "codes stack otherwise"
        yield Gap(stage="coupons", kind="coupons", rule="", boxes=(_PRESENT,), about=about, old=places.old,
                  new=places.new)  # fmt: skip
    before, after = _by_key(old), _by_key(new)
    for key in dict.fromkeys((*before, *after)):
        yield from _of_key(sides, exclusions, key, before.get(key), after.get(key))
    yield from _together(sides, old, new)


def _by_key(document: CouponsDocument | None) -> dict[Key, Coupon]:
    found: dict[Key, Coupon] = {}
    for coupon in () if document is None else document.coupons:
        found.update(dict.fromkeys(_keys(coupon), coupon))
    return found


def _of_key(sides: Sides, exclusions: Exclusions, key: Key, old: Coupon | None, new: Coupon | None) -> Iterator[Gap]:
    boxes = _unlike(sides, exclusions, old, new)
    if not boxes:
        return
    here = Box({key[0]: ValueSet.point(key[1])})
    places = responsible(old, new)
    coupon = new or old
    assert coupon is not None, "a key is that of a coupon"
    yield Gap(
        stage="coupons",
        kind="coupons",
        rule=coupon.id,
        boxes=sides.algebra.meet(boxes, (here,)),
        about=_about(old, new),
        old=places.old,
        new=places.new,
        needs=units_of(coupon.then),
        coupons=(coupon,),
    )


def _unlike(sides: Sides, exclusions: Exclusions, old: Coupon | None, new: Coupon | None) -> Boxes:
    """Where a code is treated differently: everywhere, or where only one of the conditions holds.

    Before its window a code is pending and after it rejected, so each end is looked at by itself.
    """
    if old is None or new is None or _said(sides, exclusions, old, True) != _said(sides, exclusions, new, False):
        return EVERYWHERE
    ours, theirs = sides.old.boxes_of("coupons", old.when), sides.new.boxes_of("coupons", new.when)
    found = [*sides.algebra.only_in(ours, theirs), *sides.algebra.only_in(theirs, ours)]
    starts, stops = (old.window.start, new.window.start), (old.window.end, new.window.end)
    for (one, other), is_start in ((starts, True), (stops, False)):
        if one != other:
            ends = [each for each in (one, other) if each is not None]
            after = ValueSet.interval(min(ends), None)
            before = ValueSet.interval(None, max(ends))
            found.append(Box({"now": after.intersect(before) if len(ends) == 2 else before if is_start else after}))
    return tuple(dict.fromkeys(found))


def _said(sides: Sides, exclusions: Exclusions, coupon: Coupon, is_old: bool) -> Hashable:
    side: Side = sides.old if is_old else sides.new
    document = side.coupons
    assert document is not None, "a coupon has its ruleset"
    return (
        given(coupon.then, sides.wheres, document.head.rounding),
        content(coupon.limits),
        coupon.user_bound,
        coupon.first_order_only,
        *exclusions.of_coupon(coupon, is_old),
    )


def _together(sides: Sides, old: CouponsDocument | None, new: CouponsDocument | None) -> Iterator[Gap]:
    """What matters only for a cart with several codes, or where a tier looks at what shipping costs."""
    if old is None or new is None:
        return
    about = []
    if _order(old, new) != _order(new, old):
        about.append("several codes are taken in another order")
    if new.stacking == "all" and _groups(old, new) != _groups(new, old):
        about.append("other codes may be used together")
    if _looks_at_shipping(new) and _has_shipping_lane(sides.old) != _has_shipping_lane(sides.new):
        about.append("tiers of a coupon look at shipping, which promotions change on one side only")
    for each in about:
        places = heads(old, new)
        coupons = tuple(coupon for coupon in new.coupons)[:2]
        yield Gap(stage="coupons", kind="coupons", rule="", boxes=(_PRESENT,), about=each, old=places.old,
                  new=places.new, needs=tuple(need for coupon in coupons for need in units_of(coupon.then)),
                  coupons=coupons)  # fmt: skip


def _order(document: CouponsDocument, other: CouponsDocument) -> list[Key]:
    """The codes both sides have, in the order in which they are taken: by priority, then id, then code."""
    there = _by_key(other)
    ordered = sorted(document.coupons, key=lambda each: (-each.priority, each.id))
    return [key for coupon in ordered for key in _keys(coupon) if key in there]


def _groups(document: CouponsDocument, other: CouponsDocument) -> set[frozenset[Key]]:
    """Codes both sides have, of which only one may be used: those of one coupon."""
    there = _by_key(other)
    return {frozenset(key for key in _keys(coupon) if key in there) for coupon in document.coupons} - {frozenset()}


def _keys(coupon: Coupon) -> list[Key]:
    codes = [("coupon.code", code) for code in sorted(coupon.codes)]
    return codes if coupon.campaign is None else [*codes, (CAMPAIGN, coupon.campaign)]


def _looks_at_shipping(document: CouponsDocument) -> bool:
    tiered = (coupon.then for coupon in document.coupons if isinstance(coupon.then, TieredPercent))
    return any(effect.by.startswith("shipping.") for effect in tiered)


def _has_shipping_lane(side: Side) -> bool:
    return side.promotions is not None and any(lane.stage == "shipping" for lane in side.promotions.lanes)


def _about(old: Coupon | None, new: Coupon | None) -> str:
    if old is None:
        return "the coupon is only in NEW"
    if new is None:
        return "the coupon is only in OLD"
    if content(old.then) != content(new.then):
        return "the coupon gives something else"
    if content((old.when, old.window)) != content((new.when, new.window)):
        return "the coupon holds for other carts"
    return "the coupon has other limits"
