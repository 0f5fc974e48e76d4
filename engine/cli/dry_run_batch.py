"""How are the results of a dry run put out: each in full, each as a line of JSON, or all in a summary?"""

from __future__ import annotations

from rich.console import RenderableType
from rich.text import Text

from engine.cli import exits, findings, screen
from engine.cli.decision_view import table
from engine.cli.dry_run_result import Result
from engine.cli.dry_run_view import draw_result
from engine.cli.files import Files
from engine.money.amount import format_amount
from engine.runtime.json import to_plain
from engine.text.diagnostics import Diagnostic

MOST_ROWS = 50
"""A summary shows every scenario up to this number; of more it shows those that need attention."""


class Batch:
    """Takes results one by one, in order."""

    def __init__(self, files: Files, *, in_full: bool, json: bool) -> None:
        self._files = files
        self._in_full = in_full
        self._json = json
        self._rows: list[tuple[bool, tuple[RenderableType, ...]]] = []
        self._said: set[Diagnostic] = set()
        self.exit_code = exits.FINE
        self._decided = self._refused = self._failed = self._count = 0

    def add(self, result: Result) -> None:
        """Show a result, or keep its row for the summary."""
        self._count += 1
        self._decided += result.decision is not None
        self._refused += result.decision is not None and bool(result.decision.refusals)
        self._failed += not result.ok
        self.exit_code = max(self.exit_code, findings.exit_code(result.diagnostics))
        if self._json:
            screen.say_json(as_plain(result), line=True)
            return
        if self._in_full and result.decision is not None:
            draw_result(result)
        if len(self._rows) < MOST_ROWS or not result.ok:
            self._rows.append((result.ok, _row(result)))
        self._report(result)

    def finish(self) -> None:
        """The summary, and what could not be read."""
        self._complain(self._files.faults)
        if self._json or self._count == 0 or (self._in_full and self._count == 1):
            return
        if not self._in_full:
            self._summary()
        screen.say(
            f"{screen.count(self._count, 'scenario')}: {self._decided:,} decided "
            f"({self._refused:,} of them refused), {self._failed:,} with findings"
        )

    def _summary(self) -> None:
        drawn = table(
            ("scenario", "total", "", "discount", "shipping", "applied", ""), ("total", "discount", "shipping")
        )
        rows = self._rows if self._count <= MOST_ROWS else [row for row in self._rows if not row[0]][:MOST_ROWS]
        for _, cells in rows:
            drawn.add_row(*cells)
        if rows:
            screen.draw(drawn)
            screen.say()

    def _report(self, result: Result) -> None:
        if not result.ok or result.diagnostics:
            self._complain(result.diagnostics)

    def _complain(self, found: tuple[Diagnostic, ...] | list[Diagnostic]) -> None:
        """Findings to standard error, each once: a fault of a ruleset concerns every scenario."""
        new = [finding for finding in found if finding not in self._said]
        self._said.update(new)
        findings.show(new, self._files.sources, stderr=True)


def as_plain(result: Result) -> dict[str, object]:
    """A result as it goes into JSON; keys without content are left out, except `decision`."""
    plain: dict[str, object] = {
        "scenario": result.name,
        "place": result.place,
        "ok": result.ok,
        "decision": None if result.decision is None else to_plain(result.decision),
    }
    if result.explanation is not None:
        plain["explanation"] = {
            "level": result.explanation.level,
            "sentences": result.explanation.sentences,
            "rules": result.explanation.rules,
        }
    if result.diagnostics:
        plain["diagnostics"] = findings.as_plain(result.diagnostics)
    return plain


def _row(result: Result) -> tuple[RenderableType, ...]:
    decision = result.decision
    if decision is None:
        return result.name, "–", "", "", "", "", Text("not decided", "red")
    money = [
        format_amount(amount, decision.currency)
        for amount in (decision.totals.total, -decision.totals.discount, decision.totals.shipping)
    ]
    applied = ", ".join(decision.applied)
    state = Text("") if result.ok else Text("not as expected", "red")
    if result.ok and decision.refusals:
        state = Text("refused: " + ", ".join(refusal.code for refusal in decision.refusals), "yellow")
    return result.name, money[0], decision.currency, money[1], money[2], applied, state
