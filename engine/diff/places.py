"""Of what type is a value, going by the keys that lead to it?

The schema of the kind says where amounts and percentages stand; inside conditions, and in rows that measure something,
the fact that is asked about says it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Final, Literal, cast

from engine.documents.kinds import kind_named
from engine.documents.operators import OPERATORS_OF
from engine.documents.read_conditions import CONNECTIVES, MEASURES
from engine.documents.schema import shape_schema
from engine.facts.vocabulary import FactType
from engine.money import is_currency

Schema = Mapping[str, object]
Sort = FactType | Literal["percent", ""]
"""What a value is; empty for words and plain numbers."""
FactTypes = Mapping[str, FactType]
"""The facts a document may read, with its attributes."""

_CONDITIONS: Final = ("when", "where", "request_when")
_MEASURED: Final = ("from", "below", "up_to", "per")
"""Keys of rows whose value is one of the fact in `by`."""
_OPERATORS: Final = frozenset(operator for operators in OPERATORS_OF.values() for operator in operators)
_BY_TITLE: Final[Mapping[object, Sort]] = {"an amount": "money", "a percentage": "percent"}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value stands. `key` is the last one that led to it, `sort` what a fact says that it is.

    `measured` is the type of the fact in `by`, of the map it is in or one around that.
    """

    types: FactTypes
    schema: Schema
    definitions: Schema
    key: str = ""
    sort: Sort = ""
    in_condition: bool = False
    measured: Sort = ""
    in_table: bool = False

    @property
    def type(self) -> Sort:
        """What a value here is."""
        if self.sort or self.in_condition or self.in_table:
            return self.sort
        if self.key in _MEASURED and self.measured:
            return self.measured
        if self.key in ("from", "until") and self.schema.get("title") == "a value":
            return "instant"
        return _BY_TITLE.get(self.schema.get("title"), "")

    @property
    def currency(self) -> str | None:
        """The currency that the last key names, where amounts are given in several."""
        return self.key if is_currency(self.key) else None

    def measuring(self, fact: str | None) -> Place:
        """The same place, in a map whose rows measure this fact."""
        return self if fact is None else replace(self, measured=self.types.get(fact, ""))

    def item(self) -> Place:
        """An item of the list that is here."""
        return replace(self, schema=self._resolved(cast("Schema", self.schema.get("items", self.schema))))

    def into(self, key: str) -> Place:
        """The value of a key of the map that is here."""
        if self.in_condition:
            return replace(self, key=key, sort=self._tested(key))
        if self.in_table:
            return replace(self, key=key, sort=self._of_column(key))
        named = cast("Mapping[str, Schema]", self.schema.get("properties", {}))
        return self._at(key, named.get(key, cast("Schema", self.schema.get("additionalProperties") or {})))

    def of_table(self) -> Place:
        """The rows of a tariff beside the document, maps from column to cell."""
        return replace(self, schema={}, in_table=True)

    def _at(self, key: str, schema: Schema) -> Place:
        reference = str(schema.get("$ref", "")).removeprefix("#/$defs/")
        is_condition = reference in _CONDITIONS or reference == "definition"
        return replace(self, key=key, schema=self._resolved(schema), in_condition=is_condition)

    def _resolved(self, schema: Schema) -> Schema:
        reference = str(schema.get("$ref", "")).removeprefix("#/$defs/")
        return cast("Schema", self.definitions.get(reference, schema)) if reference else schema

    def _of_column(self, column: str) -> Sort:
        """A column is named by the fact it tests, perhaps with `:from`, `:below` or `:up_to`, or for what it gives."""
        return "money" if column in ("price", "plus") else self.types.get(column.partition(":")[0], "")

    def _tested(self, key: str) -> Sort:
        if key in CONNECTIVES or key == "where":
            return ""
        if key in _OPERATORS or (self.sort and is_currency(key)):
            return "" if key == "known" else self.sort
        of_lines: Sort = next((sort for name, sort in MEASURES.items() if name == key), "")
        return of_lines or self.types.get(key, "")


def top(kind: str, types: FactTypes) -> Place:
    """The whole document of a kind; of one that is not known nothing is said."""
    schema = _schema(kind)
    return Place(types, schema, cast("Schema", schema.get("$defs", {})))


@cache
def _schema(kind: str) -> Schema:
    known = kind_named(kind)
    return {} if known is None else shape_schema(known)
