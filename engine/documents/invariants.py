"""What does a document claim of every decision (`invariants:`)?

A claim is read and never evaluated here. One that cannot mean anything, or that rounding or any threshold would refute,
is a fault (RS35x) that says what is missing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final, Literal, get_args

from engine.documents.conditions import Key, facts_read
from engine.documents.effects import Ratio
from engine.documents.model import Adding, Bound, Claim, Growing, Invariant, Measured, Monotone, NeverMore, Splitting
from engine.documents.places import Place, cart_at
from engine.documents.reading import Ids, Reader
from engine.facts.given import is_given
from engine.text.nodes import Entry, Node, Scalar
from engine.text.nodes import Mapping as MappingNode

Side = Literal["at_least", "at_most"]

MEASURED: Final[tuple[Measured, ...]] = get_args(Measured)
GROWING: Final[tuple[Growing, ...]] = get_args(Growing)
SIDES: Final[tuple[Side, ...]] = get_args(Side)
CLAIMS: Final = ("always", "monotone", "never_more", "adding_an_item", "splitting")
"""How a claim may be made; exactly one of them."""

PLACE: Final[Place] = cart_at("request")
"""What `when` may read: what is known of the cart before the first stage."""

MOST_PERCENT: Final = 1_000


def read_invariants(reader: Reader, node: Node | None) -> tuple[Invariant, ...]:
    """All claims of a list; whatever has a fault is reported and left out."""
    ids = Ids(reader, "invariant")
    found = [_invariant(reader, fields, ids) for fields in reader.mappings(node)]
    return tuple(invariant for invariant in found if invariant is not None)


def _invariant(reader: Reader, fields: MappingNode, ids: Ids) -> Invariant | None:
    invariant_id = ids.claim(fields)
    made = [entry for entry in fields.entries if entry.key.text in CLAIMS]
    if len(made) != 1:
        message = f"exactly one of {', '.join(CLAIMS)} is needed"
        reader.report("RS205", message, fields.span)
    claim = _CLAIMS[made[0].key.text](reader, made[0]) if len(made) == 1 else None
    when = reader.condition(fields.get("when"), PLACE)
    message_texts = reader.message(fields.get("message"))
    if invariant_id is None or claim is None:
        return None
    read = facts_read(when)
    return Invariant(
        id=invariant_id,
        claim=claim,
        when=when,
        aggregates={axis: found for axis, found in reader.aggregates.items() if axis in read},
        message=message_texts,
        span=fields.span,
    )


# a limit of a sum ----------------------------------------------------------------------------------------------


def _always(reader: Reader, entry: Entry) -> Bound | None:
    """`{total: {at_least: "0.00"}}`"""
    limited = _only(reader, entry.value, MEASURED)
    if limited is None:
        return None
    measure = reader.choice(limited.key, MEASURED, "total")
    limit = _only(reader, limited.value, SIDES, ("tolerance",))
    if limit is None:
        return None
    side = reader.choice(limit.key, SIDES, "at_least")
    tolerance_node = limited.value.get("tolerance") if isinstance(limited.value, MappingNode) else None
    tolerance = reader.price(tolerance_node)
    if not _is_percentage(limit.value):
        if tolerance_node is not None:
            hint = "leave it out and write the amount that is still right"
            reader.report("RS354", "an amount is exact and needs no tolerance", tolerance_node.span, hint=hint)
        amount = reader.money(limit.value)
        return None if amount is None else Bound(measure=measure, side=side, amount=amount)
    found = _percentage(reader, limit.value, measure)
    if tolerance_node is None:
        hint = 'add `tolerance: "0.01"` beside it, or as much as your rounding may add up to'
        reader.report("RS351", "amounts are rounded, and this percentage has no tolerance", limit.key.span, hint=hint)
    if found is None or tolerance is None:
        return None
    return Bound(measure=measure, side=side, percent=found[0], of=found[1], tolerance=tolerance)


def _is_percentage(node: Node) -> bool:
    return isinstance(node, MappingNode) and (node.get("percent") is not None or node.get("of") is not None)


def _percentage(reader: Reader, node: Node, measure: Measured) -> tuple[Ratio, Measured] | None:
    """`{percent: 60, of: items}`"""
    fields = reader.mapping(node)
    if fields is None:
        return None
    percent = reader.percent(reader.required(fields, "percent"), MOST_PERCENT)
    of_node = fields.get("of")
    if of_node is None:
        hint = f"add `of:`, one of {', '.join(each for each in MEASURED if each != measure)}"
        reader.report("RS350", "this percentage does not say what it is of", fields.span, hint=hint)
        return None
    of = reader.choice(of_node, MEASURED, "items")
    if of == measure:
        hint = f"name another sum: {', '.join(each for each in MEASURED if each != measure)}"
        reader.report("RS350", f"{measure} is compared with itself", of_node.span, hint=hint)
        return None
    return None if percent is None else (percent, of)


# two carts -----------------------------------------------------------------------------------------------------


def _monotone(reader: Reader, entry: Entry) -> Monotone | None:
    """`{measure: shipping, growing: weight}`"""
    fields = reader.mapping(entry.value)
    if fields is None:
        return None
    measure, growing = reader.required(fields, "measure"), reader.required(fields, "growing")
    if measure is None or growing is None:
        return None
    return Monotone(
        measure=reader.choice(measure, MEASURED, "total"),
        growing=reader.choice(growing, GROWING, "quantity"),
        falls_by_at_most=reader.price(fields.get("falls_by_at_most")) or 0,
    )


def _never_more(reader: Reader, entry: Entry) -> NeverMore | None:
    """`{these: {customer.group: vip}, those: {customer.group: {known: false}}}`"""
    fields = reader.mapping(entry.value)
    if fields is None:
        return None
    these = _replacements(reader, reader.required(fields, "these"))
    those = _replacements(reader, reader.required(fields, "those"))
    tolerance = reader.price(fields.get("tolerance")) or 0
    if these is None or those is None:
        return None
    if set(these) != set(those):
        lacking = ", ".join(sorted(set(these) ^ set(those)))
        hint = f"write {lacking} on both sides; a fact that is missing is written {{known: false}}"
        reader.report("RS352", "these and those name different facts", entry.value.span, hint=hint)
        return None
    if these == those:
        reader.report("RS352", "these and those are the same", entry.value.span, hint="let one fact differ")
        return None
    return NeverMore(these=these, those=those, tolerance=tolerance)


def _replacements(reader: Reader, node: Node | None) -> dict[str, Key | None] | None:
    """Fact -> the value it is given, None for a fact that is taken away; None after a report."""
    fields = reader.mapping(node)
    if fields is None:
        return None
    found: dict[str, Key | None] = {}
    is_whole = bool(fields.entries)
    for entry in fields.entries:
        value = _replacement(reader, entry)
        is_whole = is_whole and value is not None
        if value is not None:
            found[entry.key.text] = value[0]
    return found if is_whole else None


def _replacement(reader: Reader, entry: Entry) -> tuple[Key | None] | None:
    found = reader.fact(entry.key, PLACE)
    if found is None:
        return None
    name, fact_type = found
    if not _can_be_replaced(reader, name):
        hint = "compare facts that are told of a customer, a destination or a payment, as in customer.group"
        reader.report("RS353", f"{name} cannot be replaced in a cart", entry.key.span, hint=hint)
        return None
    if isinstance(entry.value, MappingNode) and entry.value.get("known") is not None:
        return _missing(reader, entry.value)
    value = reader.literal(entry.value, fact_type)
    return None if value is None else (value,)


def _can_be_replaced(reader: Reader, name: str) -> bool:
    """Whether somebody tells the fact, as one value, and the cart stays the same but for it."""
    fact = None if reader.vocabulary is None else reader.vocabulary.find(name)
    return fact is not None and is_given(fact) and fact.type != "codes" and name != "currency"


def _missing(reader: Reader, fields: MappingNode) -> tuple[None] | None:
    node = fields.get("known")
    if isinstance(node, Scalar) and node.value is False:
        return (None,)
    if node is not None:
        hint = "write the value itself, or {known: false} for a fact that is missing"
        reader.report("RS352", "which value is meant is left open", node.span, hint=hint)
    return None


def _adding(reader: Reader, entry: Entry) -> Adding | None:
    """`{lowers_total_by_at_most: "40.00"}`"""
    amount = _limit(reader, entry, "lowers_total_by_at_most")
    return None if amount is None else Adding(lowers_by_at_most=amount)


def _splitting(reader: Reader, entry: Entry) -> Splitting | None:
    """`{saves_at_most: "0.00"}`"""
    amount = _limit(reader, entry, "saves_at_most")
    return None if amount is None else Splitting(saves_at_most=amount)


def _limit(reader: Reader, entry: Entry, key: str) -> int | None:
    fields = reader.mapping(entry.value)
    if fields is None:
        return None
    node = fields.get(key)
    if node is None:
        hint = f'write {key}: "40.00", or "0.00" for not at all'
        reader.report("RS355", f"'{entry.key.text}' does not say how much is too much", entry.value.span, hint=hint)
        return None
    return reader.price(node)


def _only(reader: Reader, node: Node, keys: tuple[str, ...], beside: tuple[str, ...] = ()) -> Entry | None:
    """The one entry with one of the keys; None after a report."""
    fields = reader.mapping(node)
    if fields is None:
        return None
    for entry in fields.entries:
        if entry.key.text not in (*keys, *beside):
            hint = reader.suggest(entry.key.text, keys, f"one of {', '.join(keys)}")
            reader.report("RS201", f"there is no key '{entry.key.text}' here", entry.key.span, hint=hint)
    found = [entry for entry in fields.entries if entry.key.text in keys]
    if len(found) == 1:
        return found[0]
    reader.report("RS205", f"exactly one of {', '.join(keys)} is needed", fields.span)
    return None


_CLAIMS: Final[Mapping[str, Callable[[Reader, Entry], Claim | None]]] = MappingProxyType(
    {
        "always": _always,
        "monotone": _monotone,
        "never_more": _never_more,
        "adding_an_item": _adding,
        "splitting": _splitting,
    }
)
