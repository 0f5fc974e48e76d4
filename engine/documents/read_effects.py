"""How does the map under `then` become what a promotion or coupon gives?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from engine.documents.conditions import ALWAYS, Condition
from engine.documents.effects import (
    AmountOff,
    Basis,
    Bundle,
    BundlePart,
    BuyXGetY,
    CheapestFree,
    Effect,
    FixedPrice,
    Gift,
    Per,
    PercentOff,
    Target,
    TaxMode,
    Tier,
    TieredPercent,
)
from engine.documents.model import LaneStage
from engine.documents.places import Place
from engine.documents.reading import Reader
from engine.documents.rows import ascending
from engine.text.nodes import Mapping as MappingNode
from engine.text.nodes import Node, Scalar

TARGETS: Final[tuple[Target, ...]] = ("lines", "order", "shipping")
BASES: Final[tuple[Basis, ...]] = ("remaining", "initial")
PERS: Final[tuple[Per, ...]] = ("order", "line", "unit")
MOST_UNITS: Final = 1_000_000


def read_effect(reader: Reader, node: Node | None, place: Place) -> Effect | None:
    """The one effect of `then`; `place` is where its rule reads facts. None after a report."""
    fields = reader.mapping(node)
    if fields is None:
        return None
    names = [name for name in EFFECTS if fields.get(name) is not None]
    if len(names) == 1:
        _refuse_strangers(reader, fields, names[0])
        return _READERS[names[0]](reader, fields, place)
    if names:
        reader.report("RS205", f"{' and '.join(names)} exclude each other", fields.span, hint="keep one of them")
    else:
        reader.report("RS205", "no effect is given", fields.span, hint=f"one of {', '.join(EFFECTS)}")
    return None


def stages_of(node: Node | None) -> tuple[LaneStage, ...]:
    """The lane stages the effect written under `then` fits, the natural one first; () when it cannot be told."""
    if not isinstance(node, MappingNode):
        return ()
    name = next((name for name in EFFECTS if node.get(name) is not None), None)
    if name in ("cheapest_free", "buy_x_get_y", "bundle"):
        return ("lines",)
    if name == "gift":
        return ("order", "lines")
    if name == "free_shipping":
        return ("shipping",)
    on = node.get("on")
    written = on.text if isinstance(on, Scalar) else "lines"
    return tuple(target for target in TARGETS if target == written) if name else ()


def _percent_off(reader: Reader, fields: MappingNode, place: Place) -> Effect | None:
    percent = reader.percent(fields.get("percent_off"))
    on = reader.choice(fields.get("on"), TARGETS, "lines")
    where, methods = _selection(reader, fields, place, on)
    basis = reader.choice(fields.get("basis"), BASES, "remaining")
    cap = reader.price(fields.get("cap"))
    if percent is None:
        return None
    return PercentOff(percent=percent, on=on, where=where, basis=basis, cap=cap, methods=methods, span=fields.span)


def _amount_off(reader: Reader, fields: MappingNode, place: Place) -> Effect | None:
    amount = reader.price(fields.get("amount_off"))
    on = reader.choice(fields.get("on"), TARGETS, "lines")
    where, methods = _selection(reader, fields, place, on)
    per = reader.choice(fields.get("per"), PERS, "order")
    if on != "lines" and per != "order":
        message = f"per: {per} needs lines, but the amount goes off the {on}"
        _report_key(reader, fields, "per", message, "write on: lines, or leave `per` out")
    if on == "shipping" and fields.get("tax") is not None:
        message = "an amount off shipping is meant as shipping prices are"
        _report_key(reader, fields, "tax", message, "leave `tax` out")
    cap = reader.price(fields.get("cap"))
    if amount is None:
        return None
    return AmountOff(
        amount=amount,
        on=on,
        where=where,
        per=per,
        tax=_tax(reader, fields),
        cap=cap,
        methods=methods,
        span=fields.span,
    )


def _fixed_price(reader: Reader, fields: MappingNode, place: Place) -> Effect | None:
    price = reader.price(fields.get("fixed_price"))
    on = reader.choice(fields.get("on"), TARGETS, "lines")
    where, methods = _selection(reader, fields, place, on)
    if on == "order":
        _report_key(reader, fields, "on", "an order has no price of its own", "on: lines or on: shipping")
        return None
    if price is None:
        return None
    return FixedPrice(price=price, on=on, where=where, methods=methods, span=fields.span)


def _tiered_percent(reader: Reader, fields: MappingNode, place: Place) -> Effect | None:
    tiers = reader.mapping(fields.get("tiered_percent"))
    on = reader.choice(fields.get("on"), TARGETS, "lines")
    where, _ = _selection(reader, fields, place, on)
    basis = reader.choice(fields.get("basis"), BASES, "remaining")
    cap = reader.price(fields.get("cap"))
    if tiers is None:
        return None
    measured = reader.measured_fact(reader.required(tiers, "by"), place)
    if measured is None:
        return None
    rows: list[Tier] = []
    for row in reader.mappings(reader.required(tiers, "rows")):
        start_node = reader.required(row, "from")
        start = None if start_node is None else reader.literal(start_node, measured[1])
        percent = reader.percent(reader.required(row, "percent"))
        if isinstance(start, int) and percent is not None:
            rows.append(Tier(start, percent, row.span))
    if not ascending(reader, [(row.start, row.span) for row in rows]):
        return None
    return TieredPercent(by=measured[0], rows=tuple(rows), on=on, where=where, basis=basis, cap=cap, span=fields.span)


def _cheapest_free(reader: Reader, fields: MappingNode, place: Place) -> Effect | None:
    offer = reader.mapping(fields.get("cheapest_free"))
    if offer is None:
        return None
    where = reader.condition(offer.get("where"), place.of_lines())
    buy = reader.integer(reader.required(offer, "buy"), 2, MOST_UNITS)
    free = reader.integer(reader.required(offer, "free"), 1, MOST_UNITS)
    if buy is None or free is None:
        return None
    if free >= buy:
        message = f"{free} of {buy} units would be free, so nothing is bought"
        reader.report("RS327", message, offer.span, hint="3 for 2 is buy: 3, free: 1")
        return None
    return CheapestFree(buy=buy, free=free, where=where, span=fields.span)


def _buy_x_get_y(reader: Reader, fields: MappingNode, place: Place) -> Effect | None:
    offer = reader.mapping(fields.get("buy_x_get_y"))
    if offer is None:
        return None
    buy = reader.mapping(reader.required(offer, "buy"))
    get = reader.mapping(reader.required(offer, "get"))
    if buy is None or get is None:
        return None
    buy_part, get_part = _part(reader, buy, place), _part(reader, get, place)
    percent = reader.percent(reader.required(get, "percent_off"))
    if buy_part is None or get_part is None or percent is None:
        return None
    return BuyXGetY(
        buy_where=buy_part.where,
        buy_quantity=buy_part.quantity,
        get_where=get_part.where,
        get_quantity=get_part.quantity,
        percent=percent,
        span=fields.span,
    )


def _bundle(reader: Reader, fields: MappingNode, place: Place) -> Effect | None:
    offer = reader.mapping(fields.get("bundle"))
    if offer is None:
        return None
    read = [_part(reader, part, place) for part in reader.mappings(reader.required(offer, "of"))]
    price = reader.price(offer.get("price"))
    percent = reader.percent(offer.get("percent_off"))
    amount = reader.price(offer.get("amount_off"))
    given = [key for key in ("price", "percent_off", "amount_off") if offer.get(key) is not None]
    if len(given) != 1:
        message = "a bundle needs exactly one of price, percent_off and amount_off"
        reader.report("RS205", message, offer.span)
    parts = tuple(part for part in read if part is not None)
    if len(given) != 1 or len(parts) != len(read) or (price, percent, amount) == (None, None, None):
        return None
    return Bundle(parts=parts, price=price, percent=percent, amount=amount, span=fields.span)


def _gift(reader: Reader, fields: MappingNode, _place: Place) -> Effect | None:
    offer = reader.mapping(fields.get("gift"))
    if offer is None:
        return None
    sku = reader.identifier(reader.required(offer, "sku"))
    quantity_node = offer.get("quantity")
    quantity = 1 if quantity_node is None else reader.integer(quantity_node, 1, MOST_UNITS)
    return None if sku is None or quantity is None else Gift(sku=sku, quantity=quantity, span=fields.span)


def _free_shipping(reader: Reader, fields: MappingNode, _place: Place) -> Effect | None:
    node = fields.get("free_shipping")
    if node is not None and not reader.flag(node, True):
        reader.report("RS205", "free_shipping: false gives nothing", node.span, hint="leave the rule out")
    methods = reader.identifiers(fields.get("methods"))
    return PercentOff(percent=(1, 1), on="shipping", methods=methods, span=fields.span)


def _part(reader: Reader, fields: MappingNode, place: Place) -> BundlePart | None:
    where = reader.condition(fields.get("where"), place.of_lines())
    quantity_node = fields.get("quantity")
    quantity = 1 if quantity_node is None else reader.integer(quantity_node, 1, MOST_UNITS)
    return None if quantity is None else BundlePart(where, quantity, fields.span)


def _selection(reader: Reader, fields: MappingNode, place: Place, on: Target) -> tuple[Condition, tuple[str, ...]]:
    """The lines or the shipping methods an effect is limited to."""
    if on == "shipping":
        if fields.get("where") is not None:
            _report_key(reader, fields, "where", "shipping has no lines to select", "limit it by `methods`")
        return ALWAYS, reader.identifiers(fields.get("methods"))
    if fields.get("methods") is not None:
        _report_key(reader, fields, "methods", f"methods are of shipping, not of {on}", "write on: shipping")
    return reader.condition(fields.get("where"), place.of_lines()), ()


def _tax(reader: Reader, fields: MappingNode) -> TaxMode | None:
    node = fields.get("tax")
    modes: tuple[TaxMode, ...] = ("included", "excluded")
    return None if node is None else reader.choice(node, modes, "included")


def _report_key(reader: Reader, fields: MappingNode, key: str, message: str, hint: str) -> None:
    entry = fields.entry(key)
    reader.report("RS326", message, fields.span if entry is None else entry.key.span, hint=hint)


def _refuse_strangers(reader: Reader, fields: MappingNode, name: str) -> None:
    """Keys that mean something to other effects only would be silently ignored."""
    for entry in fields.entries:
        key = entry.key.text
        if key != name and key not in EFFECTS[name] and key in _QUALIFIERS:
            hint = f"beside {name}: {', '.join(EFFECTS[name])}" if EFFECTS[name] else f"{name} stands alone"
            reader.report("RS326", f"'{key}' means nothing for {name}", entry.key.span, hint=hint)


EFFECTS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "percent_off": ("on", "where", "basis", "cap", "methods"),
        "amount_off": ("on", "where", "per", "tax", "cap", "methods"),
        "fixed_price": ("on", "where", "methods"),
        "tiered_percent": ("on", "where", "basis", "cap"),
        "cheapest_free": (),
        "buy_x_get_y": (),
        "bundle": (),
        "gift": (),
        "free_shipping": ("methods",),
    }
)
"""Each effect with the keys that may stand beside it."""

_QUALIFIERS: Final = frozenset(key for keys in EFFECTS.values() for key in keys)

_READERS: Final[Mapping[str, Callable[[Reader, MappingNode, Place], Effect | None]]] = MappingProxyType(
    {
        "percent_off": _percent_off,
        "amount_off": _amount_off,
        "fixed_price": _fixed_price,
        "tiered_percent": _tiered_percent,
        "cheapest_free": _cheapest_free,
        "buy_x_get_y": _buy_x_get_y,
        "bundle": _bundle,
        "gift": _gift,
        "free_shipping": _free_shipping,
    }
)
