"""A promotions ruleset, compiled: lanes of rules, each lane behind one index."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import msgspec

from engine.documents.model import LaneStage, Limits
from engine.runtime.arithmetic import Rounder
from engine.runtime.decision import Key, Origin
from engine.runtime.effects.delivery import GiftEffect, ShippingEffect
from engine.runtime.effects.groups import BundleEffect, BuyXGetYEffect, CheapestFreeEffect
from engine.runtime.effects.lines import LineAmount, LinePercent, LinePrice, LineTiers
from engine.runtime.effects.order import OrderAmount, OrderPercent, OrderTiers
from engine.runtime.nearness import NearRules
from engine.runtime.rule_index import Matcher
from engine.runtime.selection import Selected, Selections

Single = LinePercent | LineAmount | LinePrice | LineTiers
Joint = OrderPercent | OrderAmount | OrderTiers | CheapestFreeEffect | BuyXGetYEffect | BundleEffect
OnOrder = OrderPercent | OrderAmount | OrderTiers
CompiledEffect = Single | Joint | ShippingEffect | GiftEffect


@dataclass(frozen=True, slots=True)
class CompiledPromotion:
    """One rule, ready to run. `by_line`: the effect treats lines one by one and has no bound over all of them."""

    id: str
    lane: str
    priority: int
    effect: CompiledEffect
    by_line: bool
    cap: int | None
    limits: Limits
    exclusive_with: frozenset[str]
    origin: Origin
    counted: bool  # whether earlier uses can stand in the way

    def bound(self, spent: int) -> int | None:
        """The smaller of the cap and what is left of the budget when `spent` has been given away before."""
        if self.limits.budget is None:
            return self.cap
        left = max(0, self.limits.budget - spent)
        return left if self.cap is None else min(left, self.cap)

    @property
    def selection(self) -> int:
        """The selection whose lines the rule needs; all lines for effects that are not about lines."""
        return 0 if isinstance(self.effect, (ShippingEffect, GiftEffect)) else self.effect.selection


@dataclass(frozen=True, slots=True)
class CompiledLane:
    """Rules in order of precedence (priority, then id), so that the lowest bit of a match comes first.

    `reads_offer`: some condition looks at the shipping method or its price, so it is asked again for each of them.
    `anywhere` is the mask of the rules that need no particular line; `needing` gives each selection the mask of the
    rules that need one of its lines.
    """

    id: str
    pick: Literal["best", "all", "first"]
    stage: LaneStage
    rules: tuple[CompiledPromotion, ...]
    index: Matcher
    reads_offer: bool
    anywhere: int
    needing: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class PromotionsProgram:
    """A promotions ruleset, compiled. `lanes` of each stage run in document order; `near` answers for hints."""

    hash: str
    rounder: Rounder
    timezone: str
    reads_calendar: bool
    tax_sums: frozenset[str]
    selections: Selections
    set_facts: Mapping[str, frozenset[str]]
    near: NearRules
    lanes: Mapping[LaneStage, tuple[CompiledLane, ...]] = field(default_factory=dict)


class Context(msgspec.Struct, frozen=True, gc=False):
    """What conditions of one ruleset see in one evaluation."""

    values: Mapping[str, Key]
    touched: Mapping[str, Key | None]
    selected: Selected
