"""How are the results of a dry run put out: each in full, each as a line of JSON, or all in a summary?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import msgspec
from rich.console import RenderableType
from rich.text import Text

from engine.cli import exits, findings, screen
from engine.cli.decision_view import table
from engine.cli.dry_run_result import Result
from engine.cli.dry_run_view import draw_result
from engine.cli.files import Files
from engine.money.amount import format_amount
from engine.runtime.json import to_json
from engine.text.diagnostics import Diagnostic

MOST_FINDINGS = 50
MOST_ROWS = 50
"""A summary shows every scenario up to this number; of more it shows those that need attention."""


Row = tuple[RenderableType, ...]


class Batch:
    """Takes results one by one, in order."""

    def __init__(self, files: Files, *, in_full: bool, json: bool) -> None:
        self._files = files
        self._in_full = in_full
        self._json = json
        self._first: list[Row] = []
        self._failing: list[Row] = []
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
        if len(self._first) < MOST_ROWS:
            self._first.append(_row(result))
        if not result.ok and len(self._failing) < MOST_ROWS:
            self._failing.append(_row(result))
        self._complain(result.diagnostics)

    def finish(self) -> None:
        """The summary, and what could not be read."""
        self._complain(self._files.faults)
        if self._json or (self._count == 0 and self._files.faults) or (self._in_full and self._count == 1):
            return
        if not self._in_full:
            self._summary()
        refused = f" ({self._refused:,} of them refused)" if self._refused else ""
        screen.say(
            f"{screen.count(self._count, 'scenario')}: {self._decided:,} decided{refused}, "
            f"{self._failed:,} with findings"
        )

    def _summary(self) -> None:
        drawn = table(
            ("scenario", "total", "", "discount", "shipping", "applied", ""), ("total", "discount", "shipping")
        )
        rows = self._first if self._count <= MOST_ROWS else self._failing
        for row in rows:
            drawn.add_row(*row)
        if rows:
            screen.draw(drawn)
            screen.say()

    def _complain(self, found: Sequence[Diagnostic]) -> None:
        """Findings to standard error, each once: a fault of a ruleset concerns every scenario."""
        for finding in found:
            if finding in self._said:
                continue
            if len(self._said) < MOST_FINDINGS:
                findings.show([finding], self._files.sources, stderr=True)
            elif len(self._said) == MOST_FINDINGS:
                screen.complain("more findings are not shown; --json gives all\n")
            self._said.add(finding)


def as_plain(result: Result) -> dict[str, object]:
    """A result as it goes into JSON; keys without content are left out, except `decision`."""
    plain: dict[str, object] = {
        "scenario": result.name,
        "place": result.place,
        "ok": result.ok,
        "decision": None if result.decision is None else msgspec.Raw(to_json(result.decision)),
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


def _row(result: Result) -> Row:
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
        codes = Counter(refusal.code for refusal in decision.refusals)
        counted = (code if number == 1 else f"{code} ×{number}" for code, number in codes.items())
        state = Text("refused: " + ", ".join(counted), "yellow")
    return result.name, money[0], decision.currency, money[1], money[2], applied, state
