"""Which parts do documents of all kinds share?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypedDict

from engine.documents.conditions import Aggregate
from engine.documents.invariants import read_invariants
from engine.documents.model import Allowance, Head, Invariant
from engine.documents.reading import Reader
from engine.facts.vocabulary import Fact
from engine.text.nodes import Mapping as MappingNode


class CommonParts(TypedDict):
    """The fields of `Document`."""

    head: Head
    attributes: Mapping[str, Fact]
    aggregates: Mapping[str, Aggregate]
    cases: tuple[MappingNode, ...]
    invariants: tuple[Invariant, ...]
    allow: tuple[Allowance, ...]


def common_parts(reader: Reader, fields: MappingNode) -> CommonParts:
    """Head, attributes, aggregates, cases, invariants, allowances. Call it last: the aggregates are those read so far.

    Sums that only invariants read are not among them, so that a claim changes nothing of a decision.
    """
    cases = tuple(reader.mappings(fields.get("cases")))
    allow = reader.allowances(fields.get("allow"))
    in_use = dict(reader.aggregates)
    invariants = read_invariants(reader, fields.get("invariants"))
    reader.check_definitions()
    return CommonParts(
        head=reader.head,
        attributes=reader.attributes,
        aggregates=in_use,
        cases=cases,
        invariants=invariants,
        allow=allow,
    )
