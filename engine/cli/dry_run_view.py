"""How is one result shown in full: the decision, why, and what would change it?"""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.rule import Rule
from rich.text import Text

from engine.cli import screen
from engine.cli.decision_view import draw, titled
from engine.cli.dry_run_result import Result
from engine.runtime.decision import Decision, Hint
from engine.runtime.shown import Shown


def draw_result(result: Result) -> None:
    """Print a result that has a decision."""
    if result.decision is None or result.book is None:
        return
    timezone = next((each.head.timezone for each in result.book.documents.values()), "UTC")
    shown = Shown(result.book.vocabulary, result.decision.currency, timezone)
    console = screen.console()
    console.print(Rule(Text(result.name, style="bold"), align="left", characters="─"))
    console.print(_head(result, result.decision, shown))
    for part in draw(result.decision, shown):
        console.print(part)
    for part in _why(result):
        console.print(part)
    for part in _hints(result.decision, shown):
        console.print(part)


def _head(result: Result, decision: Decision, shown: Shown) -> RenderableType:
    rulesets = [] if result.book is None else result.book.documents.values()
    names = ", ".join(f"{each.head.kind} {each.head.name}/{each.head.version}" for each in rulesets)
    return Text(f"{shown.instant(decision.now)}  {decision.currency}  {names or 'no rulesets'}\n", style="dim")


def _why(result: Result) -> Iterator[RenderableType]:
    if result.explanation is not None and result.explanation.sentences:
        lines = [Text(f"· {sentence}", overflow="fold") for sentence in result.explanation.sentences]
        yield titled("Why", Group(*lines))


def _hints(decision: Decision, shown: Shown) -> Iterator[RenderableType]:
    if decision.hints:
        yield titled("Hints", Group(*(Text(f"· {sentence(hint, shown)}") for hint in decision.hints)))


def sentence(hint: Hint, shown: Shown) -> str:
    """A hint in words: what to add, what it brings, and what it costs all in all."""
    what = _addition(hint, shown)
    effect = f"saves {shown.money(hint.saves)}" if hint.saves else "gives more"
    net = f"net {shown.money(hint.net)}" if hint.net != hint.saves else ""
    sides = "; ".join(effect.replace("_", " ") for effect in hint.side_effects)
    reasons = "; ".join(shown.reason(reason) for reason in hint.reasons)
    details = ", ".join(part for part in (net, f"but {sides}" if sides else "", reasons) if part)
    return f"{what} → {hint.rule} {effect}" + (f" ({details})" if details else "") + f"  {hint.at}"


def _addition(hint: Hint, shown: Shown) -> str:
    amount = "" if hint.add is None else f"add {shown.money(hint.add)}"
    units = f"{hint.units} more of {hint.line or hint.sku}" if hint.units else ""
    return ", e.g. ".join(part for part in (amount, units) if part) or hint.kind.replace("_", " ")
