"""How are the lines of a cart made as many, as heavy and as dear as rules wish?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from engine.facts.cart import Key
from engine.hunt.drafts import Draft, DraftLine

UNITS: Final = ("cart.item_count", "shipment.item_count")
WEIGHTS: Final = ("cart.weight_g", "shipment.weight_g", "shipment.chargeable_weight_g")
VOLUME: Final = "shipment.volume_cm3"
MOST_LINES: Final = 12
"""Lines that are made because a rule counts lines or sellers; more show nothing new."""

_SUMS: Final = ("subtotal.", "shipment.subtotal", "discount.", "shipping.", "tax.total", "total")
"""How the names of amounts begin that are known only when a cart is decided."""


def set_line_value(line: DraftLine, axis: str, value: Key | None) -> None:
    """Give a line a value of one of its facts; None leaves the fact out. Facts made from prices set the list price."""
    number = value if isinstance(value, int) else None
    match axis:
        case "line.quantity":
            line.quantity = max(1, number or 1)
        case "line.list_price" | "line.unit_price":
            line.price = number
        case "line.subtotal":
            line.price = None if number is None else -(-number // line.quantity)
        case "line.weight_g":
            line.weight = number
        case "line.volume_cm3":
            line.volume = number
        case "tax.class" | "line.tax_class":
            line.facts["line.tax_class"] = "standard" if value is None else value
        case "line.on_sale":
            return
        case _ if "∋" in axis:
            put_member(line.sets, axis, value)
        case _:
            line.facts.pop(axis, None)
            if value is not None:
                line.facts[axis] = value


def measure(draft: Draft, values: Mapping[str, Key | None]) -> None:
    """Make the lines as many, as heavy and as dear as the values of the cart say."""
    lines = values.get("cart.line_count")
    sellers = values.get("cart.seller_count")
    for _ in range(min(max(_whole(lines), _whole(sellers)), MOST_LINES) - len(draft.lines)):
        draft.lines.append(DraftLine(plain=draft.lines[0].plain))
    if _whole(sellers) > 1:
        for place, line in enumerate(draft.lines):
            line.facts["line.seller"] = f"s{place % _whole(sellers) + 1}"
    for axis in UNITS:
        _reach_units(draft, _whole(values.get(axis)))
    for axis in WEIGHTS:
        if axis in values:
            _weigh(draft, values[axis])
    if VOLUME in values:
        for place, line in enumerate(draft.lines):
            whole = values[VOLUME]
            line.volume = None if not isinstance(whole, int) else 0 if place else whole // line.quantity
    for axis, value in values.items():
        if isinstance(value, int) and axis.startswith(_SUMS):
            draft.sums[axis] = value


def _reach_units(draft: Draft, wanted: int) -> None:
    missing = wanted - sum(line.quantity for line in draft.lines)
    if wanted and missing:
        draft.lines[-1].quantity = max(1, draft.lines[-1].quantity + missing)


def _weigh(draft: Draft, wanted: Key | None) -> None:
    """Spread a weight over the lines: alike over all units, what is left on a line of one unit."""
    if not isinstance(wanted, int):
        draft.lines[-1].weight = None
        return
    units = sum(line.quantity for line in draft.lines)
    for line in draft.lines:
        line.weight = wanted // units
    rest = wanted % units
    if rest:
        single = next((line for line in reversed(draft.lines) if line.quantity == 1), None)
        if single is None:
            single = DraftLine(weight=0, price=1)
            draft.lines.append(single)
        single.weight = (single.weight or 0) + rest


def put_member(sets: dict[str, frozenset[str]], axis: str, value: Key | None) -> None:
    """Put a member into a set or take it out; None takes the set away, which is then not known."""
    fact, member = axis.split("∋", 1)
    known = sets.get(fact, frozenset())
    if value is None:
        sets.pop(fact, None)
    else:
        sets[fact] = known | {member} if member and value else known - {member}


def is_of_line(axis: str) -> bool:
    """Whether a fact is one of a line, or of what is taxed as one."""
    return axis.startswith("line.") or axis == "tax.class"


def _whole(value: Key | None) -> int:
    return value if isinstance(value, int) else 0
