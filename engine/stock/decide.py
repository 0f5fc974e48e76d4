"""For how long are units kept for this customer, and which rule says so?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from engine.boxes.truth import truth
from engine.documents.conditions import Key, facts_read
from engine.documents.model import InventoryDocument
from engine.documents.model.inventory import Keeping

GROUP: Final = "customer.group"


def kept_for(document: InventoryDocument, facts: Mapping[str, Key]) -> Keeping:
    """The first rule that holds; facts are keys under their names in `stock/1`. The last one holds for everybody."""
    holding = (each for each in document.reservations if each.when is None or truth(each.when, facts))
    return next(holding, document.reservations[-1])


def reads_group(document: InventoryDocument) -> bool:
    """Whether the group of a customer can make a difference."""
    return any(GROUP in facts_read(each.when) for each in document.reservations if each.when is not None)


def customer_facts(group: str | None, *, signed_in: bool) -> dict[str, Key]:
    """The facts of who orders."""
    facts: dict[str, Key] = {"customer.signed_in": int(signed_in)}
    return facts if group is None else {**facts, GROUP: group}
