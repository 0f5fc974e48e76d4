"""What does a shipping document say: zones, methods, their rates, and what is refused?"""

from __future__ import annotations

from typing import Final, Literal

from engine.documents.common import common_parts
from engine.documents.model import FreeFrom, Method, Rate, ShippingDocument, Zone
from engine.documents.places import DESTINATION, SHIPMENT
from engine.documents.rates import read_rate
from engine.documents.read_tables import TableReader
from engine.documents.reading import Ids, Reader
from engine.documents.refusals import read_refusals
from engine.text.nodes import Mapping, Node
from engine.text.nodes import Sequence as ListNode

EVERY_ZONE: Final = ""
"""The key of what holds for every zone that is not named."""

POLICIES: Final[tuple[Literal["first", "unique", "all"], ...]] = ("first", "unique", "all")
SHIPMENTS: Final[tuple[Literal["order", "seller"], ...]] = ("order", "seller")
CHOICES: Final[tuple[Literal["cheapest", "none"], ...]] = ("cheapest", "none")
MOST_DAYS: Final = 365


def read_shipping(reader: Reader, fields: Mapping) -> ShippingDocument:
    """The typed document; whatever has a fault is reported and left out."""
    zones = _zones(reader, fields.get("zones"))
    zone_ids = frozenset(zone.id for zone in zones)
    methods = _Methods(reader, zone_ids, TableReader(reader, fields.get("tables"), zone_ids))
    read_methods = methods.read(reader.required(fields, "methods"))
    method_ids = [method.id for method in read_methods]
    return ShippingDocument(
        policy=reader.choice(fields.get("policy"), POLICIES, "first"),
        zones=zones,
        methods=read_methods,
        refusals=read_refusals(reader, fields.get("refuse"), "refusal", SHIPMENT, method_ids),
        shipments=reader.choice(fields.get("shipments"), SHIPMENTS, "order"),
        choose=reader.choice(fields.get("choose"), CHOICES, "cheapest"),
        volumetric_divisor=reader.integer(fields.get("volumetric_divisor"), 1, 10**6),
        **common_parts(reader, fields),
    )


def _zones(reader: Reader, node: Node | None) -> tuple[Zone, ...]:
    ids = Ids(reader, "zone")
    zones: dict[str, Zone] = {}
    for fields in reader.mappings(node):
        zone_id = ids.claim(fields)
        where_node = reader.required(fields, "where")
        where = reader.condition(where_node, DESTINATION)
        window = reader.window(fields)
        if zone_id is not None:
            zones.setdefault(zone_id, Zone(id=zone_id, where=where, window=window, span=fields.span))
    return tuple(zones.values())


class _Methods:
    """Reads methods; their rates, days and thresholds may name the zones of the document."""

    def __init__(self, reader: Reader, zones: frozenset[str], tables: TableReader) -> None:
        self._reader = reader
        self._zones = zones
        self._tables = tables
        self._ids = Ids(reader, "method")

    def read(self, node: Node | None) -> tuple[Method, ...]:
        read = [self._method(fields) for fields in self._reader.mappings(node)]
        return tuple(method for method in read if method is not None)

    def _method(self, fields: Mapping) -> Method | None:
        reader = self._reader
        method_id = self._ids.claim(fields)
        when_node = fields.get("when")
        when = reader.condition(when_node, SHIPMENT)
        rates = self._rates(fields)
        window = reader.window(fields)
        free_from = self._free_from(fields.get("free_from"))
        days = self._days(fields.get("days"))
        if method_id is None:
            return None
        return Method(
            id=method_id,
            rates=rates,
            when=when,
            window=window,
            free_from=free_from,
            days=days,
            name=reader.message(fields.get("name")),
            span=fields.span,
            when_span=None if when_node is None else when_node.span,
        )

    def _rates(self, fields: Mapping) -> dict[str, Rate]:
        if fields.get("rate") is None and fields.get("rates") is None:
            hint = "write rates: by zone, or rate: for all zones"
            self._reader.report("RS205", "the method has no rate", fields.span, hint=hint)
        rates: dict[str, Rate] = {}
        by_zone = self._reader.mapping(fields.get("rates"))
        for entry in () if by_zone is None else by_zone.entries:
            zone = self._reader.reference(entry.key, self._zones, "zone")
            rate = read_rate(self._reader, entry.value, self._tables)
            if zone is not None and rate is not None:
                rates[zone] = rate
        everywhere = read_rate(self._reader, fields.get("rate"), self._tables)
        if everywhere is not None:
            rates[EVERY_ZONE] = everywhere
        return rates

    def _free_from(self, node: Node | None) -> FreeFrom | None:
        fields = self._reader.mapping(node)
        if fields is None:
            return None
        amount = self._reader.price(self._reader.required(fields, "amount"))
        basis = self._reader.money_basis(fields, "of", SHIPMENT)
        zones = self._reader.references(fields.get("zones"), self._zones, "zone")
        if amount is None or basis is None:
            return None
        return FreeFrom(amount=amount, of=basis, zones=zones, span=fields.span)

    def _days(self, node: Node | None) -> dict[str, tuple[int, int]]:
        if not isinstance(node, Mapping):
            everywhere = self._range_of_days(node)
            return {} if everywhere is None else {EVERY_ZONE: everywhere}
        days: dict[str, tuple[int, int]] = {}
        for entry in node.entries:
            zone = self._reader.reference(entry.key, self._zones, "zone")
            span = self._range_of_days(entry.value)
            if zone is not None and span is not None:
                days[zone] = span
        return days

    def _range_of_days(self, node: Node | None) -> tuple[int, int] | None:
        if node is None:
            return None
        items = node.items if isinstance(node, ListNode) else (node, node)
        if len(items) != 2:
            self._reader.report("RS206", "days are two numbers", node.span, hint="write [3, 8]")
            return None
        least = self._reader.integer(items[0], 0, MOST_DAYS)
        most = self._reader.integer(items[1], 0, MOST_DAYS)
        if least is None or most is None:
            return None
        if least > most:
            self._reader.report("RS327", "the first number of days is the smaller one", node.span)
            return None
        return least, most
