"""Which facts may be read where in a document?

A checkout runs in a fixed order of stages; a rule reads only what exists before its own stage, so no rule can depend
on a value it changes.
"""

from __future__ import annotations

from dataclasses import dataclass

from engine.facts.vocabulary import SCOPES, Fact, Scope, Stage, stage_rank


@dataclass(frozen=True, slots=True)
class Place:
    """The scopes a condition may read and the last stage whose values exist there.

    `word` is the key the author wrote (`when`, `where`), for messages.
    """

    scopes: frozenset[Scope]
    stage: Stage
    word: str = "when"

    def has_scope(self, fact: Fact) -> bool:
        """Whether the scope of the fact can be read here."""
        return fact.scope in self.scopes

    def has_stage(self, fact: Fact) -> bool:
        """Whether the value of the fact exists here."""
        return stage_rank(fact.stage) <= stage_rank(self.stage)

    @property
    def reads_lines(self) -> bool:
        """Whether sums over the lines of the cart can be read here."""
        return "cart" in self.scopes

    def of_lines(self) -> Place:
        """The place of a `where` over lines inside this one: nothing of a line changes after pricing."""
        stage: Stage = "request" if self.stage == "request" else "pricing"
        return Place(frozenset({"line"}), stage, "where")


def cart_at(stage: Stage) -> Place:
    """A `when` over the cart."""
    return Place(frozenset({"cart"}), stage)


def line_at(stage: Stage) -> Place:
    """A `where` over one line."""
    return Place(frozenset({"line"}), stage, "where")


ANYWHERE = Place(frozenset(SCOPES), "total", "define")
"""Where a definition nobody uses is checked."""

SHIPMENT = Place(frozenset({"cart", "shipment"}), "coupons")
"""Methods, rates and refusals of shipping."""

DESTINATION = cart_at("coupons")
"""Zones of shipping: where an order goes, before it is split into shipments."""

TAXABLE = Place(frozenset({"cart", "taxable", "line"}), "shipping_promotions", "where")
"""Tax rates."""

CHECKOUT = cart_at("total")
"""Whether the cart may become an order."""

ORDER = Place(frozenset({"order"}), "request")
"""Guards of the order lifecycle."""

EVENT = Place(frozenset({"event"}), "request")
"""What signals, rewards and notifications read of something that happened."""

INVITE = Place(frozenset({"invite"}), "request")
"""What referrals read of an invite."""

SUBJECT = Place(frozenset({"event", "subject"}), "request")
"""What signals read of a cart, an order or a customer as it is now."""

STOCK = Place(frozenset({"stock"}), "request")
"""What inventory rulesets read of a variant and of who wants it."""

NOWHERE = Place(frozenset(), "request")
"""Where no condition stands: access rulesets have none."""
