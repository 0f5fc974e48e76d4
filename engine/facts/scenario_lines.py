"""How are `lines:` and `catalogue:` of a scenario read?"""

from __future__ import annotations

from typing import Final

from engine.facts.cart import CatalogueItem, Line
from engine.facts.given import attributes_of, line_keys
from engine.facts.line_order import in_order
from engine.facts.measures import LARGEST
from engine.facts.scenario_reader import Known, ScenarioReader
from engine.money import LARGEST_MINOR, format_amount
from engine.text.diagnostics import Related, error
from engine.text.nodes import Entry, Mapping, Node
from engine.text.source import Span

MOST_UNITS: Final = 1_000_000
"""The largest quantity of a line."""

MOST_LINES: Final = 5_000
"""The most lines of a cart."""

MOST_ITEMS: Final = 1_000
"""The longest catalogue; hints look at each item."""

DEFAULT_TAX_CLASS: Final = "standard"


class LineReader:
    """Reads lines of one scenario; ids are unique over the lines of the cart and what the catalogue would add."""

    def __init__(self, reader: ScenarioReader) -> None:
        self._reader = reader
        self._facts = line_keys(reader.vocabulary)
        self._attributes = attributes_of("line", reader.vocabulary)
        self._places: dict[str, Span] = {}

    def lines(self, node: Node | None) -> tuple[Line, ...]:
        """The lines of the cart in canonical order; a line without id is called L1, L2 … by its position."""
        items = self._reader.items(node, "lines", MOST_LINES)
        lines = [self._line(item, f"L{number}") for number, item in enumerate(items, 1)]
        read = in_order(line for line in lines if line is not None)
        if node is not None:
            self._check_size(read, node.span)
        return read

    def catalogue(self, node: Node | None) -> tuple[CatalogueItem, ...]:
        """What hints may suggest, each as the line it would become: `+SKU`, one unit."""
        lines = [self._item(item) for item in self._reader.items(node, "catalogue", MOST_ITEMS)]
        return tuple(CatalogueItem(line) for line in in_order(line for line in lines if line is not None))

    def _line(self, node: Node, default_id: str) -> Line | None:
        fields = self._fields(node, ("id", "name", *self._facts, "attr"), "a line")
        if fields is None:
            return None
        written = fields.get("id")
        line_id = default_id if written is None else self._reader.text(written.value, "id")
        self._require(fields, "quantity", node.span)
        quantity = self._quantity(fields.get("quantity"))
        line = self._read(fields, line_id, quantity, node.span)
        self._claim(line_id, node.span if written is None else written.value.span)
        return line

    def _item(self, node: Node) -> Line | None:
        keys = tuple(key for key in self._facts if key != "quantity")
        fields = self._fields(node, ("name", *keys, "attr"), "an item of the catalogue")
        if fields is None:
            return None
        sku = self._reader.text(fields["sku"].value, "sku") if "sku" in fields else None
        line = self._read(fields, None if sku is None else f"+{sku}", 1, node.span)
        self._claim(None if line is None else line.id, node.span)
        return line

    def _fields(self, node: Node, keys: tuple[str, ...], what: str) -> dict[str, Entry] | None:
        if isinstance(node, Mapping):
            return self._reader.entries(node, keys, what, "line")
        self._reader.wrong_shape(node, f"{what} must be a map")
        return None

    def _read(self, fields: dict[str, Entry], line_id: str | None, quantity: int | None, span: Span) -> Line | None:
        """The line, or None when something it cannot be without is missing or wrong."""
        known = Known()
        facts = {key: fact for key, fact in self._facts.items() if key != "quantity"}
        self._reader.facts(fields, facts, known)
        if "attr" in fields:
            self._reader.attributes(fields["attr"].value, "line", self._attributes, known)
        name = self._reader.text(fields["name"].value, "name") if "name" in fields else None
        self._require(fields, "sku", span)
        self._require(fields, "price", span)
        sku, price = known.text("line.sku"), known.number("line.list_price")
        if line_id is None or quantity is None or price is None or not sku:
            return None
        known.facts["line.quantity"] = quantity
        known.facts.setdefault("line.tax_class", DEFAULT_TAX_CLASS)
        return Line(
            id=line_id,
            sku=sku,
            quantity=quantity,
            list_price=price,
            facts=dict(sorted(known.facts.items())),
            sets=known.sets,
            weight_g=known.number("line.weight_g"),
            volume_cm3=known.number("line.volume_cm3"),
            floor_price=known.number("line.floor_price"),
            seller=known.text("line.seller") or "",
            tax_class=known.text("line.tax_class") or DEFAULT_TAX_CLASS,
            name=name or "",
        )

    def _quantity(self, entry: Entry | None) -> int | None:
        return None if entry is None else self._reader.whole(entry.value, "line.quantity", 1, MOST_UNITS)

    def _require(self, fields: dict[str, Entry], key: str, span: Span) -> None:
        if key not in fields:
            self._reader.report("RS712", f"'{key}' is missing", span)

    def _claim(self, line_id: str | None, span: Span) -> None:
        if line_id is None:
            return
        before = self._places.setdefault(line_id, span)
        if before is not span:
            self._reader.faults.add(
                error(
                    "RS714",
                    f"there are two lines '{line_id[:40]}'",
                    span,
                    hint="give one of them another id, or add up their quantities",
                    related=(Related(before, "the first one"),),
                )
            )

    def _check_size(self, lines: tuple[Line, ...], span: Span) -> None:
        """Sums over the cart stay within what every reader of our numbers can hold."""
        currency = self._reader.literals.currency
        if currency and sum(line.list_price * line.quantity for line in lines) > LARGEST_MINOR:
            limit = format_amount(LARGEST_MINOR, currency)
            self._reader.report("RS715", f"the cart is worth more than {limit} {currency}", span)
        for what, sizes in (
            ("weighs", [(line.weight_g or 0) * line.quantity for line in lines]),
            ("takes", [(line.volume_cm3 or 0) * line.quantity for line in lines]),
        ):
            if sum(sizes) > LARGEST:
                unit = "g" if what == "weighs" else "cm3"
                self._reader.report("RS715", f"the cart {what} more than {LARGEST}{unit}", span)
