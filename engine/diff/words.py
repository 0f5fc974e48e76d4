"""How does a value of a ruleset read in shop words? `199.00 BRL`, `2.5kg`, `10 %`, `2026-11-27T00:00 Europe/Paris`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Final, cast

from engine.diff.model import Side
from engine.diff.places import FactTypes, Place
from engine.facts.literals import LiteralContext, read_literal, read_money, read_percent, show
from engine.facts.timezones import zone
from engine.facts.vocabulary import FACT_TYPES, FactType
from engine.money import format_amount
from engine.text.nodes import Mapping, Node, Scalar, Sequence

LONGEST: Final = 240
"""Characters of a value that is shown; what is longer ends in an ellipsis."""

_AS_READ: Final = frozenset({"weight", "volume", "count", "weekday", "time"})


class Words:
    """Writes values of one document: with its currency, its time zone and the facts it may read."""

    def __init__(self, side: Side) -> None:
        self._node = side.node
        currencies = _texts(self._head("currency"))
        self._currency = currencies[0] if len(currencies) == 1 else None
        found = zone(next(iter(_texts(self._head("timezone"))), "UTC")) or zone("UTC")
        assert found is not None, "the time zone data has no UTC"
        self._zone = found
        facts = {} if side.vocabulary is None else side.vocabulary.facts
        self.types: FactTypes = {**self._attributes(), **{name: fact.type for name, fact in facts.items()}}

    def pair(self, node: Node, place: Place, other: Words, other_node: Node, other_place: Place) -> tuple[str, str]:
        """Two different values; as they are written where they read the same."""
        mine, theirs = self.of(node, place), other.of(other_node, other_place)
        return (mine, theirs) if mine != theirs else (as_written(node), as_written(other_node))

    def of(self, node: Node, place: Place) -> str:
        """One value; as it is written where it cannot be read."""
        if not isinstance(node, Scalar):
            return as_written(node)
        return self._read(node, place) or node.text or "nothing"

    def _read(self, node: Scalar, place: Place) -> str | None:
        sort = place.type
        if sort == "money":
            return self._money(node, place.currency or self._currency)
        if sort == "percent":
            return None if read_percent(node)[0] is None else f"{_shortest(node.text)} %"
        if sort == "instant":
            read, _ = read_literal(node, sort, LiteralContext(None, self._zone))
            return None if read is None else f"{show(read, sort, '', self._zone)} {self._zone.key}"
        if sort not in _AS_READ:
            return None
        read, _ = read_literal(node, cast("FactType", sort), LiteralContext(None, self._zone))
        return None if read is None else show(read, cast("FactType", sort), "", self._zone)

    def _money(self, node: Scalar, currency: str | None) -> str | None:
        read, _ = read_money(node, LiteralContext(currency, self._zone))
        return None if read is None or currency is None else f"{format_amount(read, currency)} {currency}"

    def _head(self, key: str) -> Node | None:
        return self._node.get(key) if isinstance(self._node, Mapping) else None

    def _attributes(self) -> dict[str, FactType]:
        declared = self._head("attributes")
        found: dict[str, FactType] = {}
        for entry in declared.entries if isinstance(declared, Mapping) else ():
            named = entry.value.get("type") if isinstance(entry.value, Mapping) else None
            for fact_type in FACT_TYPES:
                if isinstance(named, Scalar) and named.text == fact_type:
                    found[entry.key.text] = fact_type
        return found


def as_written(node: Node) -> str:
    """The value on one line of YAML, cut when it is long."""
    text = "".join(_flow(node))
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def _flow(node: Node) -> Iterator[str]:
    if isinstance(node, Scalar):
        yield json.dumps(node.text, ensure_ascii=False) if node.quoted else node.text or "null"
    elif isinstance(node, Sequence):
        yield "["
        for number, item in enumerate(node.items):
            yield ", " if number else ""
            yield from _flow(item)
        yield "]"
    else:
        yield "{"
        for number, entry in enumerate(node.entries):
            yield f"{', ' if number else ''}{entry.key.text}: "
            yield from _flow(entry.value)
        yield "}"


def _texts(node: Node | None) -> list[str]:
    items = node.items if isinstance(node, Sequence) else () if node is None else (node,)
    return [item.text for item in items if isinstance(item, Scalar)]


def _shortest(percent: str) -> str:
    figure = percent.strip().removesuffix("%").strip()
    return figure.rstrip("0").rstrip(".") or "0" if "." in figure else figure
