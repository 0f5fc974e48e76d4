"""What does an inventory document say?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, get_args

from engine.documents.common import common_parts
from engine.documents.model import InventoryDocument
from engine.documents.model.inventory import BackOrder, Keeping
from engine.documents.places import STOCK
from engine.documents.reading import Ids, Reader
from engine.text.nodes import Mapping as MappingNode
from engine.text.nodes import Node

BACK_ORDERS: Final[tuple[BackOrder, ...]] = get_args(BackOrder)
SHORTEST_SECONDS: Final = 60
LONGEST_SECONDS: Final = 7 * 86_400
MOST_OF_EACH: Final = 200


def read_inventory(reader: Reader, fields: MappingNode) -> InventoryDocument:
    """The typed document; whatever has a fault is reported and left out.

    A time to keep units that is too short or too long is RS360, a rule after one for everybody RS361, no rule for
    everybody RS362.
    """
    node = reader.required(fields, "reservations")
    kept = tuple(_reservations(reader, node))
    if node is not None and (not kept or all(each.when is not None for each in kept)):
        hint = "end with one without `when`: {id: everybody, keep: 30m}"
        reader.report("RS362", "nothing is said of customers for whom no condition holds", node.span, hint=hint)
    return InventoryDocument(
        reservations=kept,
        back_order=reader.choice(fields.get("back_order"), BACK_ORDERS, "never"),
        **common_parts(reader, fields),
    )


def _reservations(reader: Reader, node: Node | None) -> Iterator[Keeping]:
    ids = Ids(reader, "reservation")
    everybody: Keeping | None = None
    for number, fields in enumerate(reader.mappings(node)):
        name = ids.claim(fields)
        when = None if fields.get("when") is None else reader.condition(fields.get("when"), STOCK)
        seconds = _seconds(reader, reader.required(fields, "keep"))
        if everybody is not None:
            message = f"'{everybody.id}' is for everybody, so nothing after it is ever asked"
            reader.report("RS361", message, fields.span, hint="put the rule without `when` last")
        if number >= MOST_OF_EACH or reader.is_full:
            return
        if name is not None and seconds is not None:
            found = Keeping(id=name, when=when, keep_seconds=seconds, span=fields.span)
            everybody = everybody or (found if when is None else None)
            yield found


def _seconds(reader: Reader, node: Node | None) -> int | None:
    seconds = reader.duration(node)
    if node is not None and seconds is not None and not SHORTEST_SECONDS <= seconds <= LONGEST_SECONDS:
        hint = "give customers time to pay, and others a chance to buy: 15m, 2h, 1d"
        reader.report("RS360", "units are kept for a minute at least, and for 7 days at most", node.span, hint=hint)
        return None
    return seconds
