"""How is one result shown in full: the decision, why, and what would change it?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from rich.console import Group, RenderableType
from rich.padding import Padding
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
    """What each rule changed the total by; below those that changed nothing, why."""
    drawn = table(("amount", "rule"), ("amount",))
    for rule in rules:
        applied = rule.state == "applied"
        name = Text(f"{rule.kind} {rule.rule}", style="bold" if applied else "")
        drawn.add_row(shown.money(rule.amount) if applied else "", Text.assemble(name, "  ", (rule.at, "dim")))
        for reason in () if applied else rule.reasons:
            drawn.add_row("", Padding(shown.reason(reason), (0, 0, 0, 2)))
    return drawn


def _facts(decision: Decision, shown: Shown) -> Table:
    drawn = table(("fact", "value"))
    for name, key in sorted(decision.facts.items()):
        drawn.add_row(name, shown.value(name, key))
    for name, members in sorted(decision.sets.items()):
        drawn.add_row(name, ", ".join(sorted(members)))
    return drawn


def _hints(decision: Decision, shown: Shown) -> Iterator[RenderableType]:
    if not decision.hints:
        return
    drawn = Table.grid(padding=(0, 1, 0, 0))
    skus = {line.id: line.sku for line in decision.lines}
    for hint in decision.hints:
        drawn.add_row("·", Text.assemble(sentence(hint, shown, skus), "  ", (hint.at, "dim")))
    yield titled("Hints", drawn)


def sentence(hint: Hint, shown: Shown, skus: Mapping[str, str]) -> str:
    """A hint in words: what to add, what that brings, what it is worth all in all, and what else it changes.

    `skus` are those of the lines of the cart by id.
    """
    brings = [f"saves {shown.money(hint.saves)}"] if hint.saves else []
    brings += [f"gives {units} × {sku}" for sku, units in hint.gives.items()]
    if hint.net != hint.saves:
        brings.append(f"net {shown.money(hint.net)}")
    goal = f"{_goal(hint)} {', '.join(brings)}".rstrip()
    sides = ", ".join(effect.replace("_", " ") for effect in hint.side_effects)
    return f"{_addition(hint, shown, skus)} → {goal}" + (f": {sides}" if sides else "")


def _addition(hint: Hint, shown: Shown, skus: Mapping[str, str]) -> str:
    amount = "" if hint.add is None else f"add {shown.money(hint.add)}"
    units = f"{hint.units} × {hint.sku}"
    if hint.line:
        units = f"{hint.units} more {skus.get(hint.line, hint.sku)} ({hint.line})"
    return ", e.g. ".join(part for part in (amount, units if hint.units else "") if part)


def _goal(hint: Hint) -> str:
    match hint.kind:
        case "free_shipping":
            return f"free shipping ({hint.rule})"
        case "minimum_order":
            return "the smallest order is reached"
        case "coupon":
            return f"coupon {hint.rule}"
        case "tier":
            return f"the next tier of {hint.rule}"
        case _:
            return hint.rule
