"""In which ways can the settings of a checkout ruleset, and the order of its lists, be a little wrong?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations
from typing import Any

from engine.documents.model import (
    CheckoutDocument,
    CouponsDocument,
    GuardRails,
    PricingDocument,
    PromotionsDocument,
    ShippingDocument,
    TaxDocument,
)
from engine.mutation.amounts import gone, moved, points, setting, swapped, without
from engine.mutation.model import Change
from engine.mutation.said import Said

_ROUNDINGS = ("half_up", "half_even", "down")


def setting_changes(part: Any, said: Said) -> Iterator[Change]:
    """The ways to spoil a document as a whole, or its guard rails; nothing for anything else."""
    match part:
        case PricingDocument():
            yield from without(part, "rules", "rule")
            yield from setting(part, "pick", ("best", "first"), "pick")
            yield from _priorities(part) if part.pick == "first" else ()
        case GuardRails():
            yield from _guard(part, said)
        case PromotionsDocument():
            yield from without(part, "rules", "rule")
            yield from _priorities(part)
            yield from _lanes(part)
            yield from _picks(part)
        case CouponsDocument():
            yield from without(part, "coupons", "coupon", least=1)
            yield from setting(part, "stacking", ("none", "all"), "stacking")
        case ShippingDocument():
            yield from _shipping(part)
        case TaxDocument():
            yield from _tax(part)
        case CheckoutDocument():
            yield from _checkout(part, said)
        case _:
            return
    if not isinstance(part, GuardRails):
        yield from _rounding(part)


def _rounding(document: Any) -> Iterator[Change]:
    """The other way to round a half, and cutting off."""
    for change in setting(document.head, "rounding", _ROUNDINGS, "rounding"):
        yield replace(change, part=replace(document, head=change.part))


def _guard(guard: GuardRails, said: Said) -> Iterator[Change]:
    yield from moved(guard, "never_below", "never_below", said)
    yield from gone(guard, "never_below", "never_below", said)
    yield from points(guard, "never_below_plus", "never_below plus") if guard.never_below_fact is not None else ()
    yield from points(guard, "max_change", "max_change")
    for field in ("never_below_fact", "max_change"):
        if getattr(guard, field) is not None:
            named = "never_below" if field == "never_below_fact" else field
            yield Change(
                sort="removed", what=f"{field} gone", part=_without(guard, field), said=f"{named} removed",
                shows=f"when the price stops at {named}",
            )  # fmt: skip


def _without(guard: GuardRails, field: str) -> GuardRails:
    if field == "max_change":
        return replace(guard, max_change=None)
    return replace(guard, never_below_fact=None)


def _priorities(document: Any) -> Iterator[Change]:
    """Of two rules of a lane the one that comes first, because of its priority or its id, comes second."""
    for first, second in combinations(sorted(document.rules, key=lambda rule: (-rule.priority, rule.id)), 2):
        if getattr(first, "lane", "") != getattr(second, "lane", ""):
            continue
        after, before = replace(first, priority=second.priority - 1), replace(second, priority=first.priority + 1)
        new = {first.id: after, second.id: before}
        rules = tuple(new.get(rule.id, rule) for rule in document.rules)
        both = f"{first.id} and {second.id}"
        yield Change(
            sort="order", what=f"{first.id} after {second.id}", part=replace(document, rules=rules),
            said=f"{both} in the other order of priority", shows=f"when {both} both fit", span=first.span,
        )  # fmt: skip


def _picks(document: PromotionsDocument) -> Iterator[Change]:
    """Another choice of rule, in lanes that have a choice."""
    for number, lane in enumerate(document.lanes):
        if sum(rule.lane == lane.id for rule in document.rules) > 1:
            for change in setting(lane, "pick", ("best", "first", "all"), "pick"):
                lanes = (*document.lanes[:number], change.part, *document.lanes[number + 1 :])
                yield replace(
                    change, what=f"{lane.id} {change.what}", part=replace(document, lanes=lanes),
                    said=f"lane {lane.id}: {change.said}", shows=f"lane {lane.id} {change.shows}", span=lane.span,
                )  # fmt: skip


def _lanes(document: PromotionsDocument) -> Iterator[Change]:
    for change in swapped(document, "lanes", "lane"):
        number = int(change.what.split()[1])
        if document.lanes[number].stage == document.lanes[number + 1].stage:
            yield change


def _shipping(document: ShippingDocument) -> Iterator[Change]:
    yield from without(document, "zones", "zone", least=1)
    yield from without(document, "methods", "method", least=1)
    yield from without(document, "refusals", "refusal")
    yield from swapped(document, "zones", "zone") if document.policy == "first" else ()
    yield from setting(document, "choose", ("cheapest", "none"), "choose")
    yield from setting(document, "shipments", ("order", "seller"), "shipments")


def _tax(document: TaxDocument) -> Iterator[Change]:
    yield from without(document, "rates", "rate", least=1)
    yield from without(document, "exemptions", "exemption")
    yield from swapped(document, "rates", "rate") if document.policy == "first" else ()
    yield from setting(document, "level", ("line", "unit", "total"), "level")
    yield from setting(document, "target", ("net", "tax"), "target")
    yield from setting(document, "otherwise", ("refuse", "zero"), "otherwise")
    yield from setting(document, "shipping", ("standard", "none"), "shipping")


def _checkout(document: CheckoutDocument, said: Said) -> Iterator[Change]:
    for number, (fact, span) in enumerate(document.required):
        rest = document.required[:number] + document.required[number + 1 :]
        yield Change(
            sort="removed", what=f"required {number}", part=replace(document, required=rest),
            said=f"{fact} no longer required", shows=f"when {fact} is missing", span=span,
        )  # fmt: skip
    yield from without(document, "refusals", "refusal")
    yield from without(document, "payment_methods", "payment method", least=1)
    if document.minimum_order is not None:
        words = f"minimum_order {said.money(document.minimum_order.amount)}"
        yield Change(
            sort="removed", what="minimum_order", part=replace(document, minimum_order=None),
            said=f"{words} removed", shows=f"with {words}", span=document.minimum_order.span,
        )  # fmt: skip
    yield from _cash(document, said)


def _cash(document: CheckoutDocument, said: Said) -> Iterator[Change]:
    span = document.cash_rounding_span
    for change in (
        *moved(document, "cash_rounding", "cash_rounding", said, least=1),
        *gone(document, "cash_rounding", "cash_rounding", said),
        *without(
            document, "cash_rounding_methods", "cash_rounding method", [span] * len(document.cash_rounding_methods),
            least=1,
        ),
    ):  # fmt: skip
        yield replace(change, span=span)
