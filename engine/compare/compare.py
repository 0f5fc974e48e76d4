"""What would a second book make of carts that a first one decides? Both decide each cart, and every cent is attributed.

A comparison is only sums, so that parts of the carts can be compared elsewhere or later and merged in any order.
"""

from __future__ import annotations

from collections.abc import Iterable

from engine.compare.causes import main_cause, moved
from engine.compare.flips import count_flips
from engine.compare.model import MEASURES, Cause, Comparison, Extreme, InCurrency
from engine.compare.rules import Rules
from engine.compare.smallest import most_cheaper, most_dearer, offer, smallest
from engine.facts.cart import Cart
from engine.runtime.book import Book
from engine.runtime.decision import Decision
from engine.runtime.evaluate import CurrencyMismatch, evaluate


def compare_carts(before: Book, after: Book, carts: Iterable[tuple[str, Cart]]) -> Comparison:
    """Decide every cart by both books; the name of a cart is how people find it again.

    Carts in another currency, and those at which the engine fails, are skipped with that reason. Raises
    CurrencyMismatch when the books themselves are in two currencies.
    """
    if before.currency != after.currency:
        raise CurrencyMismatch(f"one book is in {before.currency}, the other in {after.currency}")
    comparing = _Comparing(before, after)
    for name, cart in carts:
        comparing.add(name, cart)
    return comparing.done()


def same_books(before: Book, after: Book) -> bool:
    """Whether the hashes promise that both decide everything alike."""
    hashes = before.rulesets
    return bool(hashes) and all(hashes.values()) and hashes == after.rulesets


class _Comparing:
    """What has been found so far."""

    def __init__(self, before: Book, after: Book) -> None:
        self._before = before
        self._after = after
        self._same = same_books(before, after)
        self._rules = Rules(before, after)
        self._found = Comparison()

    def add(self, name: str, cart: Cart) -> None:
        """Count one cart."""
        self._found.read += 1
        if cart.currency != self._before.currency:
            self._skip(f"in another currency: {cart.currency}")
            return
        before = self._decided(self._before, cart, "before")
        if before is None:
            return
        after = before if self._same else self._decided(self._after, cart, "after")
        if after is not None:
            self._count(name, cart, before, after)
        elif not before.refusals:
            # Nobody could buy it any more.
            self._in(cart.currency).lost += before.totals.total

    def _decided(self, book: Book, cart: Cart, side: str) -> Decision | None:
        try:
            return evaluate(book, cart)
        except Exception as fault:  # noqa: BLE001 - one cart that cannot be decided must not cost the other million
            self._skip(f"the engine failed {side}: {type(fault).__name__}")
            return None

    def done(self) -> Comparison:
        """Everything, with only the best witnesses left."""
        found = self._found
        found.smallest, found.smallest_dead = smallest(found.smallest), smallest(found.smallest_dead)
        for sums in found.currencies.values():
            sums.most_dearer, sums.most_cheaper = most_dearer(sums.most_dearer), most_cheaper(sums.most_cheaper)
        return found

    def _skip(self, reason: str) -> None:
        self._found.skipped[reason] = self._found.skipped.get(reason, 0) + 1

    def _count(self, name: str, cart: Cart, before: Decision, after: Decision) -> None:
        found = self._found
        if before.refusals and after.refusals:
            found.refused_by_both += 1
        elif after.refusals:
            self._died(name, cart, before, after)
        elif before.refusals:
            self._revived(cart.currency, before, after)
        else:
            self._compared(name, cart, before, after)

    def _died(self, name: str, cart: Cart, before: Decision, after: Decision) -> None:
        found = self._found
        found.died += 1
        codes = _codes(after)
        _add_counts(found.died_of, codes)
        self._in(cart.currency).lost += before.totals.total
        dead = _extreme(name, cart, after.totals.total - before.totals.total, codes[0])
        offer(found.smallest_dead, dead, smallest)

    def _revived(self, currency: str, before: Decision, after: Decision) -> None:
        self._found.revived += 1
        _add_counts(self._found.revived_from, _codes(before))
        self._in(currency).won += after.totals.total

    def _compared(self, name: str, cart: Cart, before: Decision, after: Decision) -> None:
        found, sums = self._found, self._in(cart.currency)
        found.compared += 1
        sums.carts += 1
        differs = _add_measures(sums, before, after)
        if before is after:
            return
        causes = moved(before, after)
        for (kind, rule), (amount, tax) in causes.items():
            self._attribute(sums, kind, rule, amount, tax)
        count_flips(found, before, after)
        if differs:
            found.changed += 1
            sums.changed += 1
            self._witness(sums, _extreme(name, cart, _difference(before, after), main_cause(causes, self._rules)))

    def _attribute(self, sums: InCurrency, kind: str, rule: str, amount: int, tax: int) -> None:
        cause = sums.causes.get(f"{kind}/{rule}")
        if cause is None:
            cause = sums.causes[f"{kind}/{rule}"] = Cause(kind, rule, *self._rules.standing(kind, rule))
        cause.carts += 1
        cause.amount += amount
        cause.tax += tax

    def _witness(self, sums: InCurrency, cart: Extreme) -> None:
        offer(self._found.smallest, cart, smallest)
        if cart.difference > 0:
            sums.dearer += 1
            offer(sums.most_dearer, cart, most_dearer)
        elif cart.difference < 0:
            sums.cheaper += 1
            offer(sums.most_cheaper, cart, most_cheaper)

    def _in(self, currency: str) -> InCurrency:
        sums = self._found.currencies.get(currency)
        if sums is None:
            differences = {measure: dict[int, int]() for measure in MEASURES}
            sums = self._found.currencies[currency] = InCurrency(differences=differences)
        return sums


def _add_measures(sums: InCurrency, before: Decision, after: Decision) -> bool:
    """Add the totals of both decisions; whether they differ in any measure."""
    old, new = before.totals, after.totals
    one, other = sums.before, sums.after
    one.total += old.total
    one.discount += old.discount
    one.shipping += old.shipping
    one.tax += old.tax
    other.total += new.total
    other.discount += new.discount
    other.shipping += new.shipping
    other.tax += new.tax
    differences = (
        new.total - old.total,
        new.discount - old.discount,
        new.shipping - old.shipping,
        new.tax - old.tax,
    )
    for measure, difference in zip(MEASURES, differences, strict=True):
        counts = sums.differences[measure]
        counts[difference] = counts.get(difference, 0) + 1
    return any(differences)


def _extreme(name: str, cart: Cart, difference: int, cause: str) -> Extreme:
    lines = cart.lines
    worth = sum([line.list_price * line.quantity for line in lines])
    return Extreme(len(lines), sum([line.quantity for line in lines]), worth, name, difference, cause)


def _difference(before: Decision, after: Decision) -> int:
    return after.totals.total - before.totals.total


def _codes(decision: Decision) -> list[str]:
    """The codes of its refusals, each once, in order of name."""
    return sorted({refusal.code for refusal in decision.refusals})


def _add_counts(counts: dict[str, int], codes: Iterable[str]) -> None:
    for code in codes:
        counts[code] = counts.get(code, 0) + 1
