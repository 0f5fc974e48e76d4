"""A shipping ruleset, compiled: zones, methods, refusals and their indexes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from engine.documents.conditions import Condition
from engine.runtime.arithmetic import Rounder
from engine.runtime.decision import Origin
from engine.runtime.rates import CompiledRate
from engine.runtime.refusals import CompiledRefusal
from engine.runtime.rule_index import Matcher
from engine.runtime.selection import Selections


@dataclass(frozen=True, slots=True)
class CompiledFreeFrom:
    """Shipping costs nothing from `amount` of the money fact `of` on, in the zones (empty: all)."""

    amount: int
    of: str
    zones: frozenset[str]
    origin: Origin


@dataclass(frozen=True, slots=True)
class CompiledMethod:
    """`rates` by zone id, "" for any other zone. `when` is kept to explain why the method is out."""

    id: str
    name: dict[str, str]
    rates: Mapping[str, CompiledRate]
    free_from: CompiledFreeFrom | None
    days: Mapping[str, tuple[int, int]]
    when: Condition
    window: tuple[int | None, int | None]
    origin: Origin


@dataclass(frozen=True, slots=True)
class ShippingProgram:
    """A shipping ruleset, compiled. Zones keep document order (lowest bit first); `several_zones` is policy `all`.

    `tax_sums` says which sums thresholds read, `gross` or `net`, which must then be told before the tax stage.
    """

    hash: str
    rounder: Rounder
    timezone: str
    reads_calendar: bool
    tax_sums: frozenset[str]
    several_zones: bool
    zones: tuple[str, ...]
    zone_conditions: tuple[Condition, ...]
    zone_index: Matcher
    methods: tuple[CompiledMethod, ...]
    method_index: Matcher
    refusals: tuple[CompiledRefusal, ...]
    refusal_index: Matcher
    selections: Selections
    set_facts: Mapping[str, frozenset[str]]
    by_seller: bool
    choose: Literal["cheapest", "none"]
    volumetric_divisor: int | None
    unconditional: bool  # no method has a condition or window: all are offered
    origin: Origin
