"""Does a decision meet an expectation?"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from engine.cases.difference import differs, differs_as, postings
from engine.cases.expect_lists import applied, gifts, hints, not_applied, refused
from engine.cases.expect_states import coupons, method, options
from engine.cases.read_expected import amount, malformed
from engine.cases.seen import Seen
from engine.runtime.decision import LineResult, Posting
from engine.text.diagnostics import Diagnostic, error, report
from engine.text.nodes import Entry
from engine.text.nodes import Mapping as MappingNode
from engine.text.suggest import did_you_mean

Comparison = Callable[[Entry, Seen], Iterator[Diagnostic]]

_MADE_OF: Mapping[str, frozenset[str]] = {
    "items": frozenset({"item", "pricing"}),
    "discount": frozenset({"line_discount", "order_discount", "coupon"}),
    "shipping": frozenset({"shipping", "shipping_discount"}),
    "tax": frozenset({"tax"}),
}
_LINE_MADE_OF: Mapping[str, frozenset[str]] = {
    "unit_price": _MADE_OF["items"],
    "discount": _MADE_OF["discount"],
    "total": _MADE_OF["items"] | _MADE_OF["discount"],
}


def compare(expect: MappingNode, seen: Seen) -> tuple[Diagnostic, ...]:
    """Every expectation that does not hold, and every one that cannot be read, each at its key (RS6xx)."""
    found: list[Diagnostic] = []
    for entry in expect.entries:
        comparison = _COMPARISONS.get(entry.key.text)
        found += [_unknown(entry, seen)] if comparison is None else comparison(entry, seen)
    return report(found)


def _total(entry: Entry, seen: Seen) -> Iterator[Diagnostic]:
    """One of the totals: items, discount, shipping, tax, total."""
    expected, fault = amount(entry.value, seen.decision.currency)
    if fault is not None:
        yield fault
        return
    name = entry.key.text
    got: int = getattr(seen.decision.totals, name)
    if got != expected:
        kinds = _MADE_OF.get(name)
        made = postings(seen, lambda posting: kinds is None or posting.kind in kinds)
        included = ["contained in prices: " + _taxes(seen)] if name == "tax" and seen.decision.taxes else []
        yield differs("RS602", entry, seen, seen.money(expected), seen.money(got), *(included or made))


def _taxes(seen: Seen) -> str:
    return ", ".join(f"{tax.rate} {seen.money(tax.amount)}" for tax in seen.decision.taxes)


def _lines(entry: Entry, seen: Seen) -> Iterator[Diagnostic]:
    if not isinstance(entry.value, MappingNode):
        yield malformed(entry.value, 'a map from line id to amounts, as {L1: {total: "19.90"}}')
        return
    by_id = {line.id: line for line in seen.decision.lines}
    for expected in entry.value.entries:
        line = by_id.get(expected.key.text)
        if line is None:
            suggestion = did_you_mean(expected.key.text, by_id) or f"the cart has {', '.join(by_id) or 'no line'}"
            yield error(
                "RS603",
                f"{seen.name}: the cart has no line '{expected.key.text}'",
                expected.key.span,
                hint=suggestion,
            )
        else:
            yield from _line(expected, line, seen)


def _line(expected: Entry, line: LineResult, seen: Seen) -> Iterator[Diagnostic]:
    if not isinstance(expected.value, MappingNode):
        yield malformed(expected.value, "a map of unit_price, total and discount")
        return
    for entry in expected.value.entries:
        kinds = _LINE_MADE_OF.get(entry.key.text)
        if kinds is None:
            yield _unknown_of(entry, seen, _LINE_MADE_OF)
            continue
        wanted, fault = amount(entry.value, seen.decision.currency)
        got: int = getattr(line, entry.key.text)
        if fault is not None:
            yield fault
        elif got != wanted:
            made = postings(seen, _of_line(line.id, kinds))
            what = f"{entry.key.text} of line {line.id}"
            yield differs_as("RS603", entry, seen, what, seen.money(wanted), seen.money(got), *made)


def _of_line(line: str, kinds: frozenset[str]) -> Callable[[Posting], bool]:
    return lambda posting: posting.line == line and posting.kind in kinds


def _unknown(entry: Entry, seen: Seen) -> Diagnostic:
    return _unknown_of(entry, seen, _COMPARISONS)


def _unknown_of(entry: Entry, seen: Seen, known: Mapping[str, object]) -> Diagnostic:
    message = f"{seen.name}: '{entry.key.text}' is nothing that can be expected here"
    hint = did_you_mean(entry.key.text, known) or f"one of {', '.join(known)}"
    return error("RS601", message, entry.key.span, hint=hint)


_COMPARISONS: Mapping[str, Comparison] = {
    "items": _total,
    "discount": _total,
    "shipping": _total,
    "tax": _total,
    "total": _total,
    "lines": _lines,
    "applied": applied,
    "not_applied": not_applied,
    "refused": refused,
    "coupons": coupons,
    "method": method,
    "options": options,
    "gifts": gifts,
    "hints": hints,
}
