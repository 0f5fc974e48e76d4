"""How is a difference between expected and got written so that it can be read at a glance?"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from engine.cases.seen import Seen
from engine.runtime.decision import Posting
from engine.text.diagnostics import Diagnostic, error
from engine.text.nodes import Entry

MOST_POSTINGS = 12
"""So many postings explain a total; a longer list is cut and says so."""


def differs(code: str, entry: Entry, seen: Seen, expected: str, got: str, *more: str) -> Diagnostic:
    """A failed expectation at its key: one sentence, then expected over got, then `more` lines."""
    return differs_as(code, entry, seen, entry.key.text, expected, got, *more)


def differs_as(code: str, entry: Entry, seen: Seen, what: str, expected: str, got: str, *more: str) -> Diagnostic:
    """The same, when the key alone does not say `what` is wrong."""
    message = f"{seen.name}: {what} is {got}, expected {expected}"
    table = [f"expected  {expected}", f"got       {got}", *more]
    return error(code, message, entry.key.span, witness="\n".join(table))


def postings(seen: Seen, wanted: Callable[[Posting], bool]) -> list[str]:
    """The postings that make an amount, one a line: amount, kind, line, rule, place."""
    chosen = [posting for posting in seen.decision.postings if posting.amount and wanted(posting)]
    rows = [_row(seen, posting) for posting in chosen[:MOST_POSTINGS]]
    lines = aligned(rows, right=(0,))
    if len(chosen) > MOST_POSTINGS:
        lines.append(f"… and {len(chosen) - MOST_POSTINGS} more")
    return ["made of", *(f"  {line}" for line in lines)] if lines else ["no posting made it"]


def aligned(rows: Sequence[Sequence[str]], right: tuple[int, ...] = ()) -> list[str]:
    """Cells as columns two blanks apart; columns in `right` end, others start, at the same place."""
    if not rows:
        return []
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return ["  ".join(_padded(row, widths, right)).rstrip() for row in rows]


def _padded(row: Sequence[str], widths: Sequence[int], right: tuple[int, ...]) -> list[str]:
    return [
        cell.rjust(width) if column in right else cell.ljust(width)
        for column, (cell, width) in enumerate(zip(row, widths, strict=True))
    ]


def _row(seen: Seen, posting: Posting) -> tuple[str, ...]:
    sign = "+" if posting.amount > 0 else ""
    origin = posting.origin
    rule = origin.rule or origin.kind
    return (f"{sign}{seen.money(posting.amount)}", posting.kind, posting.line, rule, origin.at)
