"""What is different between two rulesets of a kind in what they mean?

The canonical form is compared, which is what hashes are made of: two rulesets without a difference have the same hash
but for name and version, which say which one it is and not what it does. Layout, comments, the order of keys, `cases`,
`allow` and `summary` make none. What is claimed (`invariants`) decides nothing either, but a claim that was taken back
is what a reviewer has to see, so it is told as a difference that decides nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Final

from engine.diff import tables
from engine.diff.model import Change, Side
from engine.diff.pairing import Pairing, paired
from engine.diff.places import Place, top
from engine.diff.words import Words
from engine.documents.canonical import SILENT_KEYS, tables_named, written
from engine.text.nodes import Mapping, Node, Scalar, Sequence
from engine.text.source import Source

_APART: Final = SILENT_KEYS | {"name", "version"}
_CLAIMS: Final = "invariants"
_ORDERLESS: Final = frozenset({"rules", "coupons", "tags", "any", "all", _CLAIMS})
"""Lists of maps whose order decides nothing: priority and id do."""
_ORDERED_WORDS: Final = frozenset({"between", "currency", "do", "columns", "rows", "first_of"})
"""Lists of words whose order says something; all others are sets."""
_SAME_CELLS: Final = "the same cells, written differently"

_Name = Callable[[Node], str | None]


def differences(old: Side, new: Side) -> tuple[Change, ...]:
    """Every difference, in the order of the new document, what was taken out at the end of its list or map.

    The same seen from the other side is the mirror image: added is removed, and before is after. Raises ValueError for
    rulesets of different kinds.
    """
    kinds = (_kind(old.node), _kind(new.node))
    if kinds[0] != kinds[1]:
        raise ValueError(f"a ruleset of the kind {kinds[0]} is not compared with one of the kind {kinds[1]}")
    return tuple(_Walk(Words(old), Words(new)).documents(old, new))


class _Walk:
    """Goes through both documents at once; only where they are written differently does it go on."""

    def __init__(self, old: Words, new: Words) -> None:
        self._old = old
        self._new = new

    def documents(self, old: Side, new: Side) -> Iterator[Change]:
        place, there = top(_kind(old.node), self._old.types), top(_kind(new.node), self._new.types)
        first, second = _deciding(old.node), _deciding(new.node)
        yield from self._values("", first, second, place, there)
        for path in dict.fromkeys([*tables_named(second), *tables_named(first)]):
            yield from self._tables(path, old.attachments(path), new.attachments(path), place, there)
        for change in self._values("", _claims(old.node), _claims(new.node), place, there):
            yield replace(change, decides=False)

    def _values(self, path: str, old: Node, new: Node, place: Place, there: Place) -> Iterator[Change]:
        if written(old) == written(new):
            return
        if isinstance(old, Mapping) and isinstance(new, Mapping):
            yield from self._maps(path, old, new, place.measuring(_by(old)), there.measuring(_by(new)))
        elif isinstance(old, Sequence) and isinstance(new, Sequence):
            yield from self._lists(path, old, new, place, there)
        else:
            before, after = self._old.pair(old, place, self._new, new, there)
            yield Change("changed", path, before, after, old.span, new.span)

    def _maps(self, path: str, old: Mapping, new: Mapping, place: Place, there: Place) -> Iterator[Change]:
        for entry in new.entries:
            key = entry.key.text
            below = f"{path}.{key}" if path else key
            before = old.entry(key)
            if before is None:
                yield self._added(below, entry.value, there.into(key))
            else:
                yield from self._values(below, before.value, entry.value, place.into(key), there.into(key))
        for entry in old.entries:
            if new.entry(entry.key.text) is None:
                key = entry.key.text
                yield self._removed(f"{path}.{key}" if path else key, entry.value, place.into(key))

    def _lists(
        self, path: str, old: Sequence, new: Sequence, place: Place, there: Place, name: _Name | None = None
    ) -> Iterator[Change]:
        name = name or _name_for(old, new)
        is_set = name is None and _is_set(place.key, old, new)
        found = _pairing(old, new, name, replace=name is None and not is_set)
        before = {second: first for first, second in (*found.kept, *found.moved, *found.replaced)}
        moved = {second for _, second in found.moved}
        for number, item in enumerate(new.items):
            first = before.get(number)
            if first is None:
                yield self._added(_item_path(path, number, item, name, is_set), item, there.item())
                continue
            here = _item_path(path, first, item, name, is_set)  # by the place it had, where it has no name
            if number in moved:
                decides = not is_set and place.key not in _ORDERLESS
                ends = (old.items[first].span, item.span)
                which = f"{path}[{self._new.of(item, there.item())}]" if isinstance(item, Scalar) else here
                yield Change("moved", which, f"place {first + 1}", f"place {number + 1}", *ends, decides)
            yield from self._values(here, old.items[first], item, place.item(), there.item())
        for number in found.removed:
            item = old.items[number]
            yield self._removed(_item_path(path, number, item, name, is_set), item, place.item())

    def _tables(
        self, path: str, old: Source | None, new: Source | None, place: Place, there: Place
    ) -> Iterator[Change]:
        if old is not None and new is not None:
            yield from self._contents(path, old, new, place, there) if _text(old) != _text(new) else ()
        elif new is not None:
            yield Change("added", path, None, _lines(new), None, new.span(0, 0))
        elif old is not None:
            yield Change("removed", path, _lines(old), None, old.span(0, 0), None)

    def _contents(self, path: str, old: Source, new: Source, place: Place, there: Place) -> Iterator[Change]:
        before, after = tables.grid_of(old), tables.grid_of(new)
        ends = (old.span(0, 0), new.span(0, 0))
        if before is None or after is None:
            yield Change("changed", path, _lines(old), _lines(new), *ends)
            return
        columns = tables.header_of(before), tables.header_of(after)
        if columns[0] != columns[1]:
            yield Change("changed", f"{path}.columns", *columns, *ends)
            return
        rows = tables.rows_of(before), tables.rows_of(after)
        found = list(self._lists(path, *rows, place.of_table(), there.of_table(), _row_name))
        yield from found or [Change("changed", path, _SAME_CELLS, _SAME_CELLS, *ends, decides=False)]

    def _added(self, path: str, node: Node, place: Place) -> Change:
        return Change("added", path, None, self._new.of(node, place), None, node.span)

    def _removed(self, path: str, node: Node, place: Place) -> Change:
        return Change("removed", path, self._old.of(node, place), None, node.span, None)


def _kind(node: Node) -> str:
    named = node.get("ruleset") if isinstance(node, Mapping) else None
    return named.text if isinstance(named, Scalar) else ""


def _deciding(node: Node) -> Node:
    """The document without what decides nothing."""
    if not isinstance(node, Mapping):
        return node
    return Mapping(node.span, tuple(entry for entry in node.entries if entry.key.text not in _APART))


def _claims(node: Node) -> Node:
    """What the document claims of every decision, and nothing else of it."""
    if not isinstance(node, Mapping):
        return node
    return Mapping(node.span, tuple(entry for entry in node.entries if entry.key.text == _CLAIMS))


def _by(node: Mapping) -> str | None:
    by = node.get("by")
    return by.text if isinstance(by, Scalar) else None


def _pairing(old: Sequence, new: Sequence, name: _Name | None, *, replace: bool) -> Pairing:
    """Always from the list that sorts first, so that ties are broken the same way in both directions."""
    keys = [[written(item) if name is None else name(item) for item in each.items] for each in (old, new)]
    if written(old) <= written(new):
        return paired(keys[0], keys[1], replace=replace)
    return paired(keys[1], keys[0], replace=replace).flipped()


def _name_for(old: Sequence, new: Sequence) -> _Name | None:
    """How the items are named, if all of them in both lists are."""
    return _item_name if all(_item_name(item) is not None for item in (*old.items, *new.items)) else None


def _item_name(item: Node) -> str | None:
    """The id, or the tag; of what is derived what it is; of a transition the event and where it starts; of a tier
    where it begins.
    """
    if not isinstance(item, Mapping):
        return None
    own, tag, fact, value, event, start = (item.get(key) for key in ("id", "tag", "fact", "is", "on", "from"))
    for name in (own, tag):
        if isinstance(name, Scalar):
            return name.text
    if isinstance(fact, Scalar) and isinstance(value, Scalar):
        return f"{fact.text} is {value.text}"
    states = [each.text for each in start.items if isinstance(each, Scalar)] if isinstance(start, Sequence) else []
    begins = start.text if isinstance(start, Scalar) else ", ".join(states)
    if isinstance(event, Scalar):
        return f"{event.text} from {begins}"
    return f"from {begins}" if isinstance(start, Scalar) else None


def _row_name(item: Node) -> str | None:
    return tables.row_name(item) if isinstance(item, Mapping) else None


def _is_set(key: str, old: Sequence, new: Sequence) -> bool:
    """Whether these are words whose order says nothing."""
    return key not in _ORDERED_WORDS and all(
        isinstance(item, Scalar) and not isinstance(item.value, int | Decimal) for item in (*old.items, *new.items)
    )


def _item_path(path: str, number: int, item: Node, name: _Name | None, is_set: bool) -> str:
    if is_set:
        return path
    return f"{path}[#{number + 1}]" if name is None else f"{path}[{name(item)}]"


def _text(source: Source) -> str:
    return source.text.replace("\r\n", "\n")


def _lines(source: Source) -> str:
    count = len(source.text.splitlines())
    return "1 line" if count == 1 else f"{count} lines"
