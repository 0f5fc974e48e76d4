"""A tax ruleset, compiled: rates behind one index, level, target and what shipping is taxed as."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from engine.documents.conditions import Condition
from engine.runtime.arithmetic import Rounder
from engine.runtime.decision import Origin
from engine.runtime.rule_index import Matcher
from engine.runtime.selection import Selections

NO_RATE = -1
EXEMPT = -2
PRO_RATA = "pro_rata"
NONE = "none"


@dataclass(frozen=True, slots=True)
class CompiledRate:
    """A tax rate as an exact ratio."""

    id: str
    numerator: int
    denominator: int
    origin: Origin


@dataclass(frozen=True, slots=True)
class TaxProgram:
    """A tax ruleset, compiled. Rates keep document order: the lowest bit of a match decides.

    `line_facts` are the facts of a line (besides `tax.class`) that some rate reads, `reads_prices` says that some
    exist only after pricing, `reads_sums` that some rate reads a sum of the cart, which changes from stage to stage.
    `conditions` are kept to say which fact is missing when no rate matches.
    """

    hash: str
    rounder: Rounder
    timezone: str
    reads_calendar: bool
    prices: Literal["included", "excluded"]
    level: Literal["line", "unit", "total"]
    target: Literal["net", "tax"]
    rates: tuple[CompiledRate, ...]
    index: Matcher
    selections: Selections
    line_facts: tuple[str, ...]
    reads_prices: bool
    reads_sums: bool
    tax_sums: frozenset[str]
    line_sets: Mapping[str, frozenset[str]]
    set_facts: Mapping[str, frozenset[str]]
    exempt_index: Matcher | None
    shipping: str
    refuse_unknown: bool
    conditions: tuple[Condition, ...]
    origin: Origin
