"""How is the rate of a shipping method read: flat, per item, bands, percentage, base and steps, or table?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from engine.documents.model import BaseStep, Flat, PercentRate, PerItem, Rate
from engine.documents.places import SHIPMENT
from engine.documents.read_bands import read_bands
from engine.documents.read_tables import TableReader
from engine.documents.reading import Reader
from engine.documents.steps import step_size
from engine.text.nodes import Mapping as MappingNode
from engine.text.nodes import Node


def read_rate(reader: Reader, node: Node | None, tables: TableReader) -> Rate | None:
    """The one strategy of a rate; None after a report."""
    fields = reader.mapping(node)
    if fields is None:
        return None
    names = [name for name in STRATEGIES if fields.get(name) is not None]
    if len(names) != 1:
        message = f"{' and '.join(names)} exclude each other" if names else "no rate is given"
        hint = "keep one of them" if names else f"one of {', '.join(STRATEGIES)}"
        reader.report("RS205", message, fields.span, hint=hint)
        return None
    for entry in fields.entries:
        key = entry.key.text
        if key != names[0] and key not in STRATEGIES[names[0]] and key in _QUALIFIERS:
            reader.report("RS326", f"'{key}' means nothing for {names[0]}", entry.key.span)
    if names[0] == "table":
        return tables.read(fields)
    return _READERS[names[0]](reader, fields)


def _flat(reader: Reader, fields: MappingNode) -> Rate | None:
    price = reader.price(fields.get("flat"))
    return None if price is None else Flat(price=price, span=fields.span)


def _per_item(reader: Reader, fields: MappingNode) -> Rate | None:
    price = reader.price(fields.get("per_item"))
    return None if price is None else PerItem(first=price, further=price, span=fields.span)


def _first_item(reader: Reader, fields: MappingNode) -> Rate | None:
    first = reader.price(fields.get("first_item"))
    further = reader.price(reader.required(fields, "each_further"))
    return None if first is None or further is None else PerItem(first=first, further=further, span=fields.span)


def _bands(reader: Reader, fields: MappingNode) -> Rate | None:
    return read_bands(reader, fields.get("bands"))


def _percent(reader: Reader, fields: MappingNode) -> Rate | None:
    percent = reader.percent(fields.get("percent"))
    basis = reader.money_basis(fields, "of", SHIPMENT)
    minimum, maximum = reader.price(fields.get("min")), reader.price(fields.get("max"))
    if minimum is not None and maximum is not None and minimum > maximum:
        reader.report("RS327", "min is greater than max", fields.span)
        return None
    if percent is None or basis is None:
        return None
    return PercentRate(percent=percent, of=basis, minimum=minimum, maximum=maximum, span=fields.span)


def _base(reader: Reader, fields: MappingNode) -> Rate | None:
    base, plus = reader.price(fields.get("base")), reader.price(reader.required(fields, "plus"))
    measured = reader.measured_fact(reader.required(fields, "by"), SHIPMENT)
    per_node = reader.required(fields, "per")
    if measured is None:
        return None
    per = step_size(reader, per_node, measured[1])
    limit = fields.get("up_to")
    up_to = None if limit is None else reader.literal(limit, measured[1])
    if base is None or plus is None or per is None:
        return None
    return BaseStep(
        base=base,
        plus=plus,
        per=per,
        by=measured[0],
        up_to=up_to if isinstance(up_to, int) else None,
        span=fields.span,
    )


STRATEGIES: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "flat": (),
        "per_item": (),
        "first_item": ("each_further",),
        "bands": (),
        "percent": ("of", "tax", "min", "max"),
        "base": ("plus", "per", "by", "up_to"),
        "table": ("policy", "by", "tax"),
    }
)
"""Each strategy with the keys that belong to it."""

_QUALIFIERS: Final = frozenset(key for keys in STRATEGIES.values() for key in keys)

_READERS: Final[Mapping[str, Callable[[Reader, MappingNode], Rate | None]]] = MappingProxyType(
    {
        "flat": _flat,
        "per_item": _per_item,
        "first_item": _first_item,
        "bands": _bands,
        "percent": _percent,
        "base": _base,
    }
)
