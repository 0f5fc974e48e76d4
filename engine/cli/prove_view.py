"""How are verdicts shown?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from engine.cli import exits, findings, screen
from engine.cli.files import Files, shown
from engine.cli.prove_claims import Claimed
from engine.facts.cart_plain import cart_as_plain
from engine.facts.vocabulary import Vocabulary
from engine.money import format_amount
from engine.proof import Status, Step, Verdict
from engine.proof.witness import given_lines
from engine.text.diagnostics import Diagnostic

Verdicts = Sequence[tuple[Claimed, Verdict]]

_WORDS: dict[Status, str] = {"proved": "proved", "refuted": "refuted", "not_decided": "not decided"}


def show(verdicts: Verdicts, found: Sequence[Diagnostic], files: Files, *, strict: bool, json: bool) -> None:
    """Findings with their places, the carts that refute claims, then a table of all claims."""
    if json:
        _say_json(verdicts, found, strict)
        return
    findings.show(found, files.sources)
    for claimed, verdict in verdicts:
        for line in _carts(claimed, verdict):
            screen.say(line)
    if verdicts:
        _draw_table(verdicts)
    counted = Counter(verdict.status for _, verdict in verdicts)
    parts = ", ".join(f"{counted[status]:,} {word}" for status, word in _WORDS.items())
    screen.say(f"{screen.count(len(verdicts), 'claim')}: {parts}")


def _carts(claimed: Claimed, verdict: Verdict) -> Iterator[str]:
    """The carts of a counterexample as they can be pasted into a case, with what was measured on each."""
    vocabulary = claimed.book.vocabulary
    if not verdict.steps or vocabulary is None:
        return
    size = "a cart that cannot be made smaller" if verdict.smallest else "a cart that may not be the smallest"
    yield f"{verdict.invariant} ({verdict.at}) is refuted by {size}; {verdict.scope}"
    for step in verdict.steps:
        yield ""
        yield from _step(step, claimed, vocabulary)
    yield ""


def _step(step: Step, claimed: Claimed, vocabulary: Vocabulary) -> Iterator[str]:
    amounts = ", ".join(
        f"{name} {format_amount(amount, claimed.currency)} {claimed.currency}" for name, amount in step.measured.items()
    )
    yield f"  # {step.says}: {amounts}" if step.says else f"  # {amounts}"
    yield from given_lines(cart_as_plain(step.cart, vocabulary), indent=2)


def _draw_table(verdicts: Verdicts) -> None:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for heading in ("verdict", "claim", "of", "for which carts, or why"):
        table.add_column(heading, overflow="fold")
    several = len({claimed.currency for claimed, _ in verdicts}) > 1
    for claimed, verdict in verdicts:
        name = f"{verdict.invariant} ({claimed.currency})" if several else verdict.invariant
        style = {"proved": "green", "refuted": "red"}.get(verdict.status, "yellow")
        table.add_row(Text(_WORDS[verdict.status], style), name, str(claimed.ruleset.label), _why(verdict))
    screen.draw(table)


def _why(verdict: Verdict) -> str:
    match verdict.status:
        case "proved":
            return f"{verdict.scope} ({', '.join(verdict.by)})"
        case "refuted":
            return verdict.said
        case _:
            return f"{verdict.reason} ({verdict.scope})"


def _say_json(verdicts: Verdicts, found: Sequence[Diagnostic], strict: bool) -> None:
    counted: dict[str, int] = {status: sum(verdict.status == status for _, verdict in verdicts) for status in _WORDS}
    screen.say_json(
        {
            "command": "prove",
            "ok": findings.exit_code(found, strict=strict) == exits.FINE,
            "claims": len(verdicts),
            **counted,
            "verdicts": [_plain(claimed, verdict) for claimed, verdict in verdicts],
            **findings.counts(found),
            "diagnostics": findings.as_plain(found),
        }
    )


def _plain(claimed: Claimed, verdict: Verdict) -> dict[str, object]:
    vocabulary = claimed.book.vocabulary
    return {
        "invariant": verdict.invariant,
        "path": shown(claimed.ruleset.path),
        "ruleset": str(claimed.ruleset.label),
        "currency": claimed.currency,
        "at": verdict.at,
        **({} if vocabulary is None else verdict.as_plain(vocabulary)),
    }
