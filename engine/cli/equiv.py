"""`sostech equiv`: do two versions of rulesets decide every cart the same, and if not, which is the smallest?"""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from msgspec.structs import replace

from engine.cli import equiv_view, exits, findings, screen
from engine.cli.equiv_books import Pair, pairs_of, sides_of
from engine.cli.files import Files
from engine.cli.limited import OutOfTime, Tell, within
from engine.equivalence import Equivalence, Limits, compare_books
from engine.runtime.book import Book
from engine.text.diagnostics import has_errors

EXAMPLES = f"""Examples

    sostech equiv rules/shipping/v1.yaml rules/shipping/v2.yaml  # among the rulesets beside NEW
    sostech equiv rules ../draft/rules                           # two folders
    sostech equiv --never-more rules ../draft/rules              # does NEW ever charge more?
    sostech equiv --limit 300 --carts 20000 old.yaml new.yaml
    sostech equiv --json old.yaml new.yaml

{exits.EXITS_HELP}
1 also when they differ; with --never-more only when a cart is found for which NEW charges more. What is not decided is
0 and a warning, 1 with --strict.
"""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("equiv", epilog=screen.examples(EXAMPLES))(equiv)


def equiv(
    old: Annotated[Path, typer.Argument(metavar="OLD", help="A ruleset, or a folder of them.")],
    new: Annotated[Path, typer.Argument(metavar="NEW", help="What to compare it with.")],
    never_more: Annotated[bool, typer.Option("--never-more", help="Ask whether NEW never charges more.")] = False,
    limit: Annotated[float, typer.Option("--limit", min=0.1, help="Seconds for all of it.")] = 60.0,
    carts: Annotated[int, typer.Option("--carts", min=0, help="Carts that are tried in each region.")] = Limits().carts,
    currency: Annotated[str, typer.Option("--currency", help="Only for carts in this currency.")] = "",
    strict: Annotated[bool, typer.Option("--strict", help="Let what is not decided fail too.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Compare what two rulesets, or two folders of them, decide: the same for every cart, or a smallest one.

    Names of rules, their order where it means nothing, messages and layout make no difference.
    """
    files = Files()
    before, after, found = sides_of(files, old, new)
    pairs: list[Pair] = []
    if before is not None and after is not None and not files.faults:
        pairs, found = pairs_of(before, after, currency)
    found = [*dict.fromkeys([*files.faults, *found])]
    if has_errors(found):
        findings.show(found, files.sources, stderr=True)
        raise typer.Exit(findings.exit_code(found))
    compared = [(pair, _compared(pair, Limits(carts=carts), limit / len(pairs), never_more)) for pair in pairs]
    code = equiv_view.exit_code(compared, strict=strict)
    if json:
        equiv_view.say_json(compared, found, code=code)
    else:
        equiv_view.show(compared, files)
    raise typer.Exit(code)


def _compared(pair: Pair, limits: Limits, seconds: float, never_more: bool) -> Equivalence:
    """The comparison in a process of its own; when the time is up, what structure alone said, if it came to that."""
    why = f"the limit of {seconds:g} s was reached"
    by_structure = _undecided(pair.currency, why, never_more)
    try:
        with screen.progress("comparing", None) as advance:

            def hear(told: Equivalence | int) -> None:
                nonlocal by_structure
                if isinstance(told, Equivalence):
                    by_structure = told
                else:
                    advance()

            return within(seconds, partial(compare, pair.old, pair.new, limits, never_more, why), hear)
    except OutOfTime:
        return by_structure
    except KeyboardInterrupt:
        screen.complain("stopped")
        sys.exit(exits.INTERRUPTED)


def compare(old: Book, new: Book, limits: Limits, never_more: bool, why: str, tell: Tell) -> Equivalence:
    """What is done in the other process. `tell` is told what structure alone says, then after each step.

    Where structure decides nothing it says `why`: what keeps the rest from being known if nothing comes after it.
    """

    def step(doing: str, done: int, of: int) -> None:
        tell(done)

    by_structure = compare_books(old, new, Limits(looks=False, solver=False, why=why), never_more=never_more)
    if not by_structure.regions:
        return by_structure
    tell(by_structure)
    return compare_books(old, new, limits, step, never_more=never_more)


def _undecided(currency: str, why: str, never_more: bool) -> Equivalence:
    asked = Equivalence(status="not_decided", currency=currency, regions=(), reason=why)
    return replace(asked, never_more="not_decided", never_more_reason=why) if never_more else asked
