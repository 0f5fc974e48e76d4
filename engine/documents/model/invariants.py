"""What does a ruleset claim of every decision made with it? Its invariants: proved or refuted, they decide nothing.

Money is in minor units of the currency of the head. A claim is about the decision of a whole checkout, with the other
rulesets of the book.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from engine.documents.conditions import ALWAYS, Aggregate, Condition, Key
from engine.documents.effects import Ratio
from engine.text.source import Span

Measured = Literal["items", "discount", "shipping", "shipping_discount", "tax", "total"]
"""The sums of a decision (`engine.runtime.decision.Totals`) a claim can be about."""

Growing = Literal["weight", "quantity", "price"]
"""What of one line grows: grams per unit, units, or the list price of a unit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """`measure` is always at least, or at most, an amount, or a percentage of another measure.

    Exactly one of `amount` and `percent` (with `of`) is set. `tolerance` (0 or more) is by how much a percentage may
    be missed, because amounts are rounded: 50 % of 0.01 is 0.01.
    """

    measure: Measured
    side: Literal["at_least", "at_most"]
    amount: int | None = None
    percent: Ratio | None = None
    of: Measured | None = None
    tolerance: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Monotone:
    """Of two carts that differ only in one line, the one with more (`growing`) never has the smaller `measure`.

    `falls_by_at_most` (0 or more) is what it may be smaller by.
    """

    measure: Measured
    growing: Growing
    falls_by_at_most: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class NeverMore:
    """The same cart with `these` facts never has a greater total than with `those`, by more than `tolerance`.

    Both maps name the same facts of the request; None means that the fact is missing.
    """

    these: Mapping[str, Key | None]
    those: Mapping[str, Key | None]
    tolerance: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Adding:
    """Adding units of one line, or a line, to a cart lowers its total by at most `lowers_by_at_most` (0 or more)."""

    lowers_by_at_most: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Splitting:
    """Buying the units of a cart in two carts is cheaper by at most `saves_at_most` (0 or more) than in one."""

    saves_at_most: int


Claim = Bound | Monotone | NeverMore | Adding | Splitting


def breaks(claim: Bound, value: Any, of: Any) -> Any:
    """Whether a sum is outside the limit; `of` is the sum a percentage is of, and does not matter for an amount.

    Sums are minor units, or the solver's terms for them; then so is the answer.
    """
    if claim.percent is None:
        limit = claim.amount or 0
        return value < limit if claim.side == "at_least" else value > limit
    numerator, denominator = claim.percent
    over = denominator * value - numerator * of  # of the exact share, in parts of a minor unit
    slack = claim.tolerance * denominator
    return over < -slack if claim.side == "at_least" else over > slack


def most_between(claim: Monotone | NeverMore | Adding) -> int:
    """What the first of the two carts a claim compares may measure more than the second, in minor units."""
    match claim:
        case Monotone():
            return claim.falls_by_at_most
        case NeverMore():
            return claim.tolerance
        case Adding():
            return claim.lowers_by_at_most


@dataclass(frozen=True, slots=True, kw_only=True)
class Invariant:
    """A claim about every cart for which `when` (over facts of the request) holds; of two carts, for both.

    `aggregates` are the sums over lines that `when` reads, by axis; the document does not have them among its own, as
    no rule reads them.
    """

    id: str
    claim: Claim
    when: Condition = ALWAYS
    aggregates: Mapping[str, Aggregate] = field(default_factory=dict)
    message: Mapping[str, str] = field(default_factory=dict)
    span: Span
