"""What is it that a cart nearly reaches, and what is missing?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from engine.runtime.decision import Decision, Key, Reason
from engine.runtime.ways import Way


@dataclass(frozen=True, slots=True)
class Target:
    """A fact of the decision that must come to at least so much (money in minor units, or units)."""

    fact: str
    at_least: int

    def missing(self, facts: Mapping[str, Key]) -> int | None:
        """How much is missing, negative when there is more; None when the facts do not tell."""
        value = facts.get(self.fact)
        return self.at_least - value if isinstance(value, int) else None


@dataclass(frozen=True, slots=True)
class Goal:
    """One thing to reach. `money`: at least so much more must be spent; `units`: so many more units are needed.

    `reached` looks at a decision; `saved` is what the rule gives in it (positive). `ways` are the cheapest ways to
    get there, and `any_item` says whether an amount of money alone may do. `targets` are the facts that stand in the
    way; where there are none, as many units as `most_units` may be needed.
    """

    kind: str
    rule: str
    at: str
    money: int
    units: int
    reached: Callable[[Decision], bool]
    saved: Callable[[Decision], int]
    ways: tuple[Way, ...]
    any_item: bool = False
    targets: tuple[Target, ...] = ()
    most_units: int = 0
    line: str = ""
    reasons: tuple[Reason, ...] = ()

    def count(self, price: int) -> int:
        """How many units at that price it takes at least."""
        return units_for(self.money, self.units, price)

    @property
    def nearness(self) -> tuple[int, int, str, str, str]:
        """Goals that ask for less come first; then one fixed order, whatever order the rules are written in."""
        return self.money, self.units, self.kind, self.rule, self.line


def units_for(money: int, units: int, price: int) -> int:
    """How many units at that price make so much money and so many units; at least one."""
    return max(1, units, -(-money // price) if price else 1)


def saved_by(kind: str, rule: str, decision: Decision) -> int:
    """What the rule of that kind of ruleset takes off in this decision, shipping included."""
    postings = decision.postings
    return -sum(each.amount for each in postings if each.origin.rule == rule and each.origin.kind == kind)
