"""How is one result shown in full: the decision, why, and what would change it?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import Group, RenderableType
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from engine.cli import screen
from engine.cli.decision_view import draw, table, titled
from engine.cli.dry_run_result import Result
from engine.runtime.decision import Decision, Hint
from engine.runtime.shown import Shown
from engine.runtime.why_not import RuleOutcome


def draw_result(result: Result) -> None:
    """Print a result that has a decision."""
    if result.decision is None or result.book is None:
        return
    timezone = next((each.head.timezone for each in result.book.documents.values()), "UTC")
    shown = Shown(result.book.vocabulary, result.decision.currency, timezone)
    heading = Rule(Text(result.name, style="bold"), align="left", characters="─")
    screen.draw(
        heading,
        _head(result, result.decision, shown, timezone),
        *draw(result.decision, shown),
        *_why(result, shown),
        *_hints(result.decision, shown),
    )


def _head(result: Result, decision: Decision, shown: Shown, timezone: str) -> RenderableType:
    rulesets = [] if result.book is None else result.book.documents.values()
    names = ", ".join(f"{each.head.kind} {each.head.name}/{each.head.version}" for each in rulesets)
    when = f"{shown.instant(decision.now)} {timezone}"
    return Text(f"{when}, {decision.currency}\nrulesets: {names or 'none'}\n", style="dim")


def _why(result: Result, shown: Shown) -> Iterator[RenderableType]:
    explanation = result.explanation
    if explanation is None:
        return
    if explanation.rules:
        yield titled("Why", _rules(explanation.rules, shown))
    elif explanation.sentences:
        yield titled("Why", Group(*(Text(sentence) for sentence in explanation.sentences)))
    if explanation.level == "full" and result.decision is not None:
        yield titled("Facts", _facts(result.decision, shown))


def _rules(rules: Sequence[RuleOutcome], shown: Shown) -> Table:
    drawn = table(("rule", "changed the total by", "why not", "written at"), ("changed the total by",))
    for rule in rules:
        applied = rule.state == "applied"
        name = Text(f"{rule.kind} {rule.rule}", style="bold" if applied else "")
        reasons = "\n".join(shown.reason(reason) for reason in rule.reasons) or "nothing was left to give"
        why = "" if applied else reasons
        drawn.add_row(name, shown.money(rule.amount) if applied else "", why, Text(rule.at, style="dim"))
    return drawn


def _facts(decision: Decision, shown: Shown) -> Table:
    drawn = table(("fact", "value"))
    for name, key in sorted(decision.facts.items()):
        drawn.add_row(name, shown.value(name, key))
    for name, members in sorted(decision.sets.items()):
        drawn.add_row(name, ", ".join(sorted(members)))
    return drawn


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
