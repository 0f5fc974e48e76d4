"""Documents with something wrong: one or more nodes of a valid document replaced or removed."""

from collections.abc import Iterator

from hypothesis import strategies as st

from engine.text.nodes import Entry, Mapping, Node, Scalar, Sequence
from engine.text.source import Span

Path = tuple[int, ...]

NOWHERE = Span("mutated", 1, 1, 1, 2)
WORDS = [
    "", "~", "true", "NO", "0", "1", "-1", "12.5", "101", "1000000000000", "abc", "all", "order", "lines", "local",
    "500g", "2kg", "5cm3", "15m", "2026-11-01", "2026-13-01", "18:30", "fri", "BR", "a/b", "line.sku", "total",
    "subtotal.after_discounts", "shipment.weight_g", "loyal", "tariffs/inland.csv", "abroad", "BRL", "checkout/1",
    "Europe/London", "\N{SNOWMAN}", "x" * 200,
]  # fmt: skip
KEYS = [
    "id", "when", "where", "then", "from", "until", "any", "all", "not", "lines", "condition", "is", "at_least",
    "between", "in", "known", "line.sku", "customer.group", "percent_off", "amount_off", "bundle", "rows", "table",
    "price", "of", "tax", "aggregate", "BRL", "USD", "rest", "currency", "define", "vocabulary", "nonsense",
    "always", "splitting", "at_most", "percent", "customer.id", "total",
]  # fmt: skip


def _mapping(entries: dict[str, Node]) -> Node:
    return Mapping(NOWHERE, tuple(Entry(Scalar(NOWHERE, key, False), value) for key, value in entries.items()))


def _lists(items: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    return st.builds(Sequence, st.just(NOWHERE), st.lists(items, max_size=3).map(tuple))


def _maps(values: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    return st.dictionaries(st.sampled_from(KEYS), values, max_size=3).map(_mapping)


SCALARS = st.builds(Scalar, st.just(NOWHERE), st.sampled_from(WORDS), st.booleans())
FLAT = SCALARS | _lists(SCALARS) | _maps(SCALARS)
TREES = FLAT | _lists(FLAT) | _maps(FLAT)
"""Scalars, lists and maps, up to two levels deep."""


@st.composite
def mutated(draw: st.DrawFn, document: Node) -> Node:
    """The document with one to four nodes removed or replaced, by random trees or by other parts of itself."""
    node = document
    for _ in range(draw(st.integers(1, 4))):
        paths = [path for path in _paths(node, ()) if path]
        if not paths:
            break
        path = draw(st.sampled_from(paths))
        kind = draw(st.sampled_from(["remove", "replace", "replace", "move"]))
        if kind == "remove":
            node = _changed(node, path, None)
        elif kind == "replace":
            node = _changed(node, path, draw(TREES))
        else:
            node = _changed(node, path, _at(node, draw(st.sampled_from(paths))))
    return node


def _paths(node: Node, path: Path) -> Iterator[Path]:
    yield path
    for position, child in enumerate(_children(node)):
        yield from _paths(child, (*path, position))


def _children(node: Node) -> tuple[Node, ...]:
    if isinstance(node, Mapping):
        return tuple(entry.value for entry in node.entries)
    return node.items if isinstance(node, Sequence) else ()


def _at(node: Node, path: Path) -> Node:
    for position in path:
        node = _children(node)[position]
    return node


def _changed(node: Node, path: Path, value: Node | None) -> Node:
    """The tree with the node at `path` replaced, or removed when `value` is None."""
    if not path:
        return node if value is None else value
    position, rest = path[0], path[1:]
    inner = None if not rest and value is None else _changed(_children(node)[position], rest, value)
    if isinstance(node, Mapping):
        entries = list(node.entries)
        entries[position : position + 1] = [] if inner is None else [Entry(entries[position].key, inner)]
        return Mapping(node.span, tuple(entries))
    assert isinstance(node, Sequence)
    items = list(node.items)
    items[position : position + 1] = [] if inner is None else [inner]
    return Sequence(node.span, tuple(items))
