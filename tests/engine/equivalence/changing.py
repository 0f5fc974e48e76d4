"""Rulesets changed by chance: one value of a body becomes another, a rule goes, comes twice, or stands elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy

from hypothesis import strategies as st

from engine.pipeline import compile_book
from engine.runtime.book import Book
from tests.engine.runtime.books import reading, vocabulary
from tests.engine.runtime.generated import Body, Draw

Path = tuple[str | int, ...]


def looked_at(body: Body) -> Iterator[Body]:
    """The cart, and how it is before anything is known of where it goes, sent there, and large or without a volume."""
    yield body
    nowhere = {key: value for key, value in body.items() if key != "destination"}
    yield from (nowhere, {**body, "destination": {"country": "BR"}})
    lines = body.get("lines")
    assert isinstance(lines, list)
    small = [{key: value for key, value in line.items() if key != "volume"} for line in lines]
    yield from ({**body, "lines": small}, {**body, "lines": [{**line, "volume": "90000cm3"} for line in lines]})


def compiled(bodies: dict[str, Body], currency: str) -> Book | None:
    """The book; None when a ruleset has faults."""
    documents = {}
    for kind, body in bodies.items():
        document = reading(kind, body, currency).document
        if document is None:
            return None
        documents[kind] = document
    return compile_book(documents, currency, vocabulary())


@st.composite
def changed(draw: Draw[object], bodies: dict[str, Body]) -> dict[str, Body]:
    """The same rulesets with one to three places changed; they may not be valid any more."""
    found = deepcopy(bodies)
    for _ in range(draw(st.integers(1, 3))):
        kind = draw(st.sampled_from(sorted(found)))
        paths = [*_paths(found[kind])]
        if paths:
            _change(draw, found[kind], draw(st.sampled_from(paths)))
    return found


def _paths(node: object, at: Path = ()) -> Iterator[Path]:
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in items:
        yield (*at, key)
        yield from _paths(value, (*at, key))


def _change(draw: Draw[object], body: Body, path: Path) -> None:
    holder: object = body
    for key in path[:-1]:
        holder = holder[key]  # type: ignore[index]
    key = path[-1]
    assert isinstance(holder, dict | list)
    value = holder[key]  # type: ignore[index,call-overload]
    how = draw(st.sampled_from(["value", "value", "value", "go", "swap"]))
    if isinstance(holder, list) and how == "swap":
        other = draw(st.integers(0, len(holder) - 1))
        holder[key], holder[other] = holder[other], holder[key]  # type: ignore[index,call-overload]
    elif how == "go":
        del holder[key]  # type: ignore[arg-type]
    else:
        holder[key] = _another(draw, value)  # type: ignore[index,call-overload]


_WORDS = [
    ["best", "all", "first"],
    ["initial", "remaining"],
    ["BR", "PT", "GB"],
    ["vip", "member"],
    ["a", "a/b", "c"],
    ["x", "y"],
    ["new", "old"],
    ["at_least", "more_than"],
    ["half_up", "half_even", "half_down", "up", "down"],
    ["line", "unit", "total"],
    ["net", "tax"],
    ["included", "excluded"],
    ["order", "seller"],
    ["cheapest", "none"],
    ["none", "all"],
    ["refuse", "zero"],
    ["r0", "r1", "r2", "r3"],
    ["z0", "z1", "z2"],
    ["unique", "first", "all"],
]


def _another(draw: Draw[object], value: object) -> object:
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return max(0, value + draw(st.sampled_from([-1, 1, 5])))
    if isinstance(value, str):
        for words in _WORDS:
            if value in words:
                return draw(st.sampled_from(words))
        if value.replace(".", "").isdigit():
            number = str(int(value.replace(".", "")) + draw(st.sampled_from([-1, 1, 100]))).lstrip("-")
            digits = len(value.partition(".")[2])
            padded = number.rjust(digits + 1, "0")
            return f"{padded[:-digits]}.{padded[-digits:]}" if digits else padded
    return value
