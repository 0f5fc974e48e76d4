"""What does one rule ask of a cart?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from typing import Final

from engine.boxes.box import Box
from engine.boxes.build import TooManyBoxes
from engine.compiler.conditions import rule_boxes
from engine.documents.conditions import Aggregate, Condition
from engine.documents.model import ALWAYS_OPEN, UNLIMITED, AnyDocument, Coupon, Limits, Window
from engine.text.source import Span

PLAIN_PRICE: Final = 1000
"""What a unit costs that no rule has a wish for, in minor units, if that is enough for an order."""

Rung = tuple[str, int]
"""A fact and a value of it at which something changes."""


@dataclass(frozen=True, slots=True)
class Need:
    """So many units that satisfy a condition on lines."""

    where: Condition
    units: int = 1

    def boxes(self) -> tuple[Box, ...]:
        """The lines that satisfy it, by facts of the line, and for a tax rate of the cart; see `boxes_within`."""
        return boxes_within(ALWAYS_OPEN, self.where)


@dataclass(frozen=True, slots=True, kw_only=True)
class Aim:
    """What one rule asks of a cart: conditions on the cart inside a window, units of its lines, and a code.

    `rungs` are further values at which it gives something else: tiers, bands, the sum at which a cap is reached.
    `zone` is where the order has to go, if that matters. `says` are the parts of the document it was made from.
    `aggregates` explains axes of the conditions; the calendar is that of `timezone`.
    """

    kind: str
    rule: str
    conditions: tuple[Condition, ...] = ()
    window: Window = ALWAYS_OPEN
    needs: tuple[Need, ...] = ()
    rungs: tuple[Rung, ...] = ()
    coupon: Coupon | None = None
    limits: Limits = UNLIMITED
    zone: str = ""
    timezone: str = "UTC"
    says: tuple[object, ...]
    aggregates: Mapping[str, Aggregate]

    def boxes(self) -> tuple[Box, ...]:
        """The carts for which its conditions hold; none when there are too many boxes to say."""
        return boxes_within(self.window, *self.conditions)

    def identity(self) -> object:
        """Equal for aims that say the same, wherever they are written."""
        return self.kind, self.rule, without_places(self.says)

    def all_boxes(self) -> Iterator[Box]:
        """The boxes of the cart, of each need, and of the lines that its sums select."""
        yield from self.boxes()
        for need in self.needs:
            yield from need.boxes()
        for name in {axis for box in self.boxes() for axis in box}:
            if name in self.aggregates:
                yield from boxes_within(ALWAYS_OPEN, self.aggregates[name].where)


def aim_in(
    document: AnyDocument,
    rule: str,
    *says: object,
    conditions: tuple[Condition, ...] = (),
    window: Window = ALWAYS_OPEN,
    needs: tuple[Need, ...] = (),
    rungs: tuple[Rung, ...] = (),
    coupon: Coupon | None = None,
    limits: Limits = UNLIMITED,
    zone: str = "",
) -> Aim:
    """What a rule of a document asks; `says` are the parts it is made from."""
    head = document.head
    return Aim(
        kind=head.kind,
        rule=rule,
        conditions=conditions,
        window=window,
        needs=needs,
        rungs=rungs,
        coupon=coupon,
        limits=limits,
        zone=zone,
        timezone=head.timezone,
        says=says,
        aggregates=document.aggregates,
    )


def boxes_within(window: Window, *conditions: Condition) -> tuple[Box, ...]:
    """The boxes of all conditions inside a window; none when there are too many to say."""
    try:
        return rule_boxes(window, *conditions)
    except TooManyBoxes:
        return ()


def without_places(value: object) -> object:
    """The value as something to compare: equal where two parts of documents say the same in different places."""
    if is_dataclass(value) and not isinstance(value, type):
        said = (getattr(value, field.name) for field in fields(value))
        return type(value).__name__, *(without_places(part) for part in said if not isinstance(part, Span))
    if isinstance(value, Mapping):
        return tuple((key, without_places(part)) for key, part in value.items())
    if isinstance(value, tuple | list):
        return tuple(without_places(part) for part in value)
    return value
