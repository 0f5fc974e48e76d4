"""`sostech mutate`: would the cases of a ruleset notice a small fault in it?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from engine.cases.insertion import NoPlace, names_in, with_cases
from engine.cli import exits, findings, screen
from engine.cli.case_books import CaseBooks
from engine.cli.files import Files, shown
from engine.cli.mutate_view import Mutated, as_plain, show
from engine.cli.mutate_workers import Task, default_workers, judge_all, judge_for
from engine.cli.shelf import Standing
from engine.cli.vocabularies import FOLDER, vocabularies
from engine.cli.writing import write
from engine.mutation.coverage import Coverage, coverage
from engine.mutation.judging import MOST_CARTS, Judge
from engine.mutation.mutants import chosen
from engine.mutation.score import additions
from engine.text.diagnostics import Diagnostic, error, has_errors

EXAMPLES = f"""Examples

    sostech mutate rules/shipping/v1.yaml           # the score, and a case for each fault that goes unseen
    sostech mutate --only standard rules/shipping   # faults in one rule
    sostech mutate --coverage rules                 # and which conditions and limits no case stands beside
    sostech mutate --write rules/shipping/v1.yaml   # add the proposed cases
    sostech mutate --at-least 90 rules              # fail below 90 %

A fault that no cart was found for is not counted: it may change nothing.

{exits.EXITS_HELP}
1 also when a score is below --at-least.
"""


@dataclass(frozen=True, slots=True)
class _Wish:
    """What is to be judged, and how long each search may be."""

    only: str
    most: int | None
    most_carts: int
    folder: Path | None


@dataclass(frozen=True, slots=True)
class _Ready:
    """A ruleset whose cases pass, and the numbers of the mutants that are to be judged."""

    ruleset: Standing
    judge: Judge
    numbers: tuple[int, ...]
    all: int


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("mutate", epilog=screen.examples(EXAMPLES))(mutate)


def mutate(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH", help="Rulesets, or folders of them.")],
    only: Annotated[str, typer.Option("--only", metavar="RULE", help="Only faults in this rule.")] = "",
    limit: Annotated[int | None, typer.Option("--limit", min=1, help="So many faults, spread evenly.")] = None,
    carts: Annotated[int, typer.Option("--carts", min=0, help="Carts tried to tell one fault apart.")] = MOST_CARTS,
    with_coverage: Annotated[bool, typer.Option("--coverage", help="Tell what the cases cover.")] = False,
    writing: Annotated[bool, typer.Option("--write", help="Add the proposed cases to the rulesets.")] = False,
    at_least: Annotated[float, typer.Option("--at-least", metavar="PERCENT", help="Fail below this score.")] = 0,
    workers: Annotated[int | None, typer.Option("--workers", min=1, help="Processes; all that pay off.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Put small faults into rulesets, one at a time, and see whether a case fails: each should.

    For a fault that no case notices the smallest cart is searched that it changes, and proposed as a case.
    """
    files = Files()
    wish = _Wish(only, limit, carts, next((path for path in paths if path.is_dir()), None))
    books = CaseBooks(files, vocabularies(files, wish.folder))
    read = list(dict.fromkeys(path for given in paths for path in files.under(given, (".yaml", ".yml"))))
    found: list[Diagnostic] = []
    ready = [
        one
        for path in read
        if path.parent.name != FOLDER
        for one in [_ready(path, books, wish, found)]
        if one is not None
    ]
    if only and ready and not any(one.numbers for one in ready):
        screen.fail(f"no ruleset here has a rule '{only}' with anything to change")
    mutated = _mutated(ready, books, wish, workers, with_coverage=with_coverage)
    if writing:
        found += [fault for each in mutated for fault in _write(each)]
    found = [*dict.fromkeys([*files.faults, *found])]
    below = [each for each in mutated if each.score.percent < at_least]
    _report(found, files, mutated, below, at_least, written=writing, json=json)
    code = findings.exit_code(found)
    raise typer.Exit(code or (exits.FINDINGS if below else exits.FINE))


def _ready(path: Path, books: CaseBooks, wish: _Wish, found: list[Diagnostic]) -> _Ready | None:
    """A ruleset without faults whose cases hold; otherwise what keeps it from that is found."""
    ruleset = books.standing(path)
    if ruleset is None:
        found += books.faults_of(path)
        return None
    reading = books.shelf_of(path).reading(ruleset)
    if reading.document is None or has_errors(reading.diagnostics):
        found += reading.diagnostics
        return None
    judge = judge_for(books, path, wish.most_carts)
    if has_errors(judge.faults):
        found += judge.faults
        return None
    fitting = [mutant for mutant in judge.mutants if wish.only in ("", mutant.rule[1])]
    numbers = {id(mutant): number for number, mutant in enumerate(judge.mutants)}
    return _Ready(ruleset, judge, tuple(numbers[id(mutant)] for mutant in chosen(fitting, wish.most)), len(fitting))


def _mutated(
    ready: Sequence[_Ready], books: CaseBooks, wish: _Wish, workers: int | None, *, with_coverage: bool
) -> list[Mutated]:
    total = sum(len(one.numbers) for one in ready)
    tasks = [Task(one.ruleset.path, wish.folder, one.numbers, wish.most_carts) for one in ready]
    judges = {one.ruleset.path: one.judge for one in ready}
    with screen.progress("planting faults", total) as advance:
        judged = judge_all(judges, tasks, workers or default_workers(total), advance)
    return [
        Mutated(
            ruleset=one.ruleset,
            judge=one.judge,
            judged=judged[one.ruleset.path],
            additions=additions(one.judge, judged[one.ruleset.path], names_in(one.ruleset.source.text)),
            left_out=one.all - len(one.numbers),
            coverage=_coverage(one, books) if with_coverage else None,
        )
        for one in ready
    ]


def _coverage(one: _Ready, books: CaseBooks) -> Coverage:
    reading = books.shelf_of(one.ruleset.path).reading(one.ruleset)
    assert reading.document is not None, "it was read without errors"
    assert reading.vocabulary is not None, "it was read without errors"
    return coverage(reading.document, reading.vocabulary, books.book_for(one.ruleset), books.context_for(one.ruleset))


def _write(each: Mutated) -> list[Diagnostic]:
    """Add the proposed cases at the end of those there are; why not, if that cannot be done."""
    if not each.additions:
        return []
    path, text = each.ruleset.path, each.ruleset.source.text
    try:
        changed = with_cases(text, [adding.proposal for adding in each.additions])
    except NoPlace as fault:
        return [error("RS913", f"cannot write '{shown(path)}': {fault}", None)]
    unwritten = write(path, changed)
    return [] if unwritten is None else [unwritten]


def _report(
    found: Sequence[Diagnostic], files: Files, mutated: Sequence[Mutated], below: Sequence[Mutated], at_least: float,
    *, written: bool, json: bool,
) -> None:  # fmt: skip
    if json:
        screen.say_json(
            {
                "command": "mutate",
                "ok": findings.exit_code(found) == exits.FINE and not below,
                "at_least": at_least,
                "written": written,
                "rulesets": [as_plain(each) for each in mutated],
                **findings.counts(found),
                "diagnostics": findings.as_plain(found),
            }
        )
        return
    findings.show(found, files.sources)
    show(mutated, files)
    cases = sum(len(each.additions) for each in mutated)
    if cases:
        screen.say(f"{screen.count(cases, 'case')} {'added' if written else 'proposed'}")
    for each in below:
        screen.say(f"below {at_least:g} %: {shown(each.ruleset.path)}")
