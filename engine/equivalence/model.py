"""What is said about two rule books: the same for every cart, different and where, or not decided."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import msgspec

from engine.boxes.box import Box
from engine.documents.conditions import Condition
from engine.documents.model import Coupon
from engine.facts.cart import Cart
from engine.money import format_amount
from engine.text.source import Span

Status = Literal["same", "different", "not_decided"]
NeverMore = Literal["proved", "refuted", "not_decided"]

Stage = Literal[
    "pricing",
    "line promotions",
    "order promotions",
    "coupons",
    "shipping",
    "shipping promotions",
    "tax",
    "checkout",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Carts for which different rules are in force on the two sides at one stage; outside of all gaps none differ.

    `old` and `new` are the places responsible. `needs` are lines (condition, units) that the rules act on, `coupons`
    codes they need. `cheaper` is what structure alone proves about the stage: with equal inputs NEW never takes more.
    """

    stage: Stage
    kind: str
    rule: str
    boxes: tuple[Box, ...]
    about: str
    old: tuple[Span, ...] = ()
    new: tuple[Span, ...] = ()
    needs: tuple[tuple[Condition, int], ...] = ()
    coupons: tuple[Coupon, ...] = ()
    cheaper: bool = False


class Node(msgspec.Struct, frozen=True):
    """A place in a ruleset, for excerpts; `str` of the span is `file:line:column`."""

    span: Span
    side: Literal["old", "new"]


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What one book decides about a cart; money in minor units."""

    items: int
    discount: int
    shipping: int
    tax: int
    total: int
    method: str
    refusals: tuple[str, ...]


class Example(msgspec.Struct, frozen=True, kw_only=True):
    """A cart both books have decided. `given` is the cart as a scenario; `differs` names what is not the same.

    `smallest`: nothing of it can be taken away or lowered, and minimisation was finished.
    """

    cart: Cart
    given: dict[str, object]
    old: Outcome
    new: Outcome
    differs: tuple[str, ...]
    smallest: bool


class Region(msgspec.Struct, frozen=True, kw_only=True):
    """One region of facts: `facts` in words, the rules in force there, and what came of looking for a cart.

    `by` is who found the cart; `searched` counts carts that were tried.
    """

    stage: str
    kind: str
    rule: str
    about: str
    facts: tuple[str, ...]
    status: Status
    nodes: tuple[Node, ...]
    example: Example | None = None
    searched: int = 0
    by: str = ""
    reason: str = ""


class Equivalence(msgspec.Struct, frozen=True, kw_only=True):
    """The answer. `never_more` is None when it was not asked; `costs_more` is the cart that refutes it, and
    `never_more_scope` says for which carts it is proved.

    `reason` says why something is not decided, `searched` how many carts were tried in all.
    """

    status: Status
    currency: str
    regions: tuple[Region, ...]
    example: Example | None = None
    searched: int = 0
    reason: str = ""
    never_more: NeverMore | None = None
    never_more_scope: str = ""
    costs_more: Example | None = None
    never_more_reason: str = ""

    def as_plain(self) -> dict[str, object]:
        """The answer for JSON; money as decimal strings, places as `file:line:column`."""
        return {
            "status": self.status,
            "currency": self.currency,
            "reason": self.reason,
            "searched": self.searched,
            "example": _plain_example(self.example, self.currency),
            "never_more": self.never_more,
            "never_more_scope": self.never_more_scope,
            "never_more_reason": self.never_more_reason,
            "costs_more": _plain_example(self.costs_more, self.currency),
            "regions": [_plain_region(region, self.currency) for region in self.regions],
        }


def _plain_region(region: Region, currency: str) -> dict[str, object]:
    return {
        "stage": region.stage,
        "kind": region.kind,
        "rule": region.rule,
        "about": region.about,
        "facts": [*region.facts],
        "status": region.status,
        "by": region.by,
        "reason": region.reason,
        "searched": region.searched,
        "at_old": [str(node.span) for node in region.nodes if node.side == "old"],
        "at_new": [str(node.span) for node in region.nodes if node.side == "new"],
        "example": _plain_example(region.example, currency),
    }


def _plain_example(example: Example | None, currency: str) -> dict[str, object] | None:
    if example is None:
        return None
    return {
        "given": example.given,
        "smallest": example.smallest,
        "differs": [*example.differs],
        "old": _plain_outcome(example.old, currency),
        "new": _plain_outcome(example.new, currency),
    }


def _plain_outcome(outcome: Outcome, currency: str) -> dict[str, object]:
    names = ("items", "discount", "shipping", "tax", "total")
    return {
        **{name: format_amount(getattr(outcome, name), currency) for name in names},
        "method": outcome.method or None,
        "refusals": [*outcome.refusals],
    }
