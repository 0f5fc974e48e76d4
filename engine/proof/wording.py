"""How are the numbers of a contradiction said?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from engine.documents.effects import Ratio
from engine.documents.model import Bound, Invariant, Measured, Monotone, NeverMore
from engine.facts.cart import Key
from engine.money import format_amount

_WORDS: Final[Mapping[Measured, str]] = {
    "items": "the sum of the items",
    "discount": "the discount",
    "shipping": "shipping",
    "shipping_discount": "the discount on shipping",
    "tax": "the tax",
    "total": "the total",
}


class Wording:
    """Sentences about amounts of one currency."""

    def __init__(self, currency: str) -> None:
        self._currency = currency

    def bound(self, claim: Bound, measured: Mapping[str, int]) -> str:
        """`the discount is 30.00 EUR, claimed is at most 60 % of the sum of the items (45.00 EUR)`"""
        side = "at least" if claim.side == "at_least" else "at most"
        limit = self.money(claim.amount or 0)
        if claim.percent is not None and claim.of is not None:
            limit = f"{percent(claim.percent)} of {word(claim.of)} ({self.money(measured[claim.of])})"
        slack = f", give or take {self.money(claim.tolerance)}" if claim.tolerance else ""
        return f"{word(claim.measure)} is {self.money(measured[claim.measure])}, claimed is {side} {limit}{slack}"

    def fall(self, invariant: Invariant, measure: Measured, before: int, after: int, most: int) -> str:
        """`shipping falls from 5.00 EUR to 4.00 EUR as the weight grows, that is 1.00 EUR where nothing is claimed`"""
        claim = invariant.claim
        if isinstance(claim, NeverMore):
            how = f"is {self.money(before)} {facts(claim.these)} and {self.money(after)} {facts(claim.those)}"
            return f"{word(measure)} {how}, {self.money(before - after)} more; {self._claimed(most)}"
        grows = f"the {claim.growing} of a line grows" if isinstance(claim, Monotone) else "something is added"
        how = f"falls from {self.money(before)} to {self.money(after)} when {grows}"
        return f"{word(measure)} {how}, by {self.money(before - after)}; {self._claimed(most)}"

    def split(self, joint: int, parts: tuple[int, int], most: int) -> str:
        """`the total is 20.00 EUR in one cart and 9.00 EUR and 9.00 EUR in two, 2.00 EUR less; …`"""
        apart = f"{self.money(parts[0])} and {self.money(parts[1])}"
        saved = self.money(joint - sum(parts))
        return f"the total is {self.money(joint)} in one cart and {apart} in two, {saved} less; {self._claimed(most)}"

    def money(self, amount: int) -> str:
        """`12.50 EUR`"""
        return f"{format_amount(amount, self._currency)} {self._currency}"

    def _claimed(self, most: int) -> str:
        return f"claimed is at most {self.money(most)}"


def word(measure: Measured) -> str:
    """What a measure is called."""
    return _WORDS[measure]


def percent(ratio: Ratio) -> str:
    """`12.5 %`; exact, as long as a decimal is."""
    numerator, denominator = ratio
    tenths, rest = divmod(numerator * 100_000, denominator)
    if rest:
        return f"{numerator * 100}/{denominator} %"
    whole, fraction = divmod(tenths, 1000)
    return f"{whole}.{fraction:03d}".rstrip("0").rstrip(".") + " %"


def facts(named: Mapping[str, Key | None]) -> str:
    """`with customer.group vip`, `without customer.group`"""
    known = [f"{name} {value}" for name, value in sorted(named.items()) if value is not None]
    missing = [name for name, value in sorted(named.items()) if value is None]
    parts = (f"with {', '.join(known)}" if known else "", f"without {', '.join(missing)}" if missing else "")
    return " and ".join(part for part in parts if part)
