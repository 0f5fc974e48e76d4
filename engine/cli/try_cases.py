"""`sostech test`: do the cases inside rulesets hold?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from engine.cases import CaseReport, run_cases
from engine.cli import exits, findings, screen
from engine.cli.case_books import CaseBooks
from engine.cli.files import Files, shown
from engine.cli.shelf import Standing
from engine.cli.vocabularies import FOLDER, vocabularies
from engine.text.diagnostics import Diagnostic, has_errors

EXAMPLES = f"""Examples

    sostech test rules                   # every case under a folder
    sostech test rules/shipping/v1.yaml  # those of one ruleset
    sostech test --strict rules          # unexercised rules fail too

A case runs with the rulesets beside its own, except as its `with:` says.

{exits.EXITS_HELP}
"""


@dataclass(frozen=True, slots=True)
class Tested:
    """A ruleset and what came out of its cases."""

    ruleset: Standing
    report: CaseReport


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("test", epilog=screen.examples(EXAMPLES))(try_cases)


def try_cases(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH", help="Rulesets, or folders of them.")],
    strict: Annotated[bool, typer.Option("--strict", help="Let warnings fail too.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Run the cases inside rulesets, show what differs, and say which rules no case exercises."""
    files = Files()
    known = vocabularies(files, next((path for path in paths if path.is_dir()), None))
    books = CaseBooks(files, known)
    read = list(dict.fromkeys(path for given in paths for path in files.under(given, (".yaml", ".yml"))))
    tested: list[Tested] = []
    found: list[Diagnostic] = []
    with screen.progress("testing", len(read)) as advance:
        for path in (path for path in read if path.parent.name != FOLDER):
            found += _test_file(path, books, tested)
            advance()
    found = [*dict.fromkeys([*files.faults, *found])]
    _report(found, files, tested, strict=strict, json=json)
    raise typer.Exit(findings.exit_code(found, strict=strict))


def _test_file(path: Path, books: CaseBooks, tested: list[Tested]) -> Sequence[Diagnostic]:
    ruleset = books.standing(path)
    if ruleset is None:
        return books.faults_of(path)
    reading = books.shelf_of(path).reading(ruleset)
    if reading.document is None or has_errors(reading.diagnostics):
        return reading.diagnostics
    report = run_cases(reading.document, books.book_for(ruleset), books.context_for(ruleset))
    tested.append(Tested(ruleset, report))
    return report.diagnostics


def _report(found: Sequence[Diagnostic], files: Files, tested: Sequence[Tested], *, strict: bool, json: bool) -> None:
    if json:
        _say_json(found, tested, strict)
        return
    findings.show(found, files.sources)
    for each in tested:
        screen.say(_line(each))
    cases = sum(len(each.report.results) for each in tested)
    failed = sum(each.report.failed for each in tested)
    rulesets = screen.count(len(tested), "ruleset")
    screen.say(f"{screen.count(cases, 'case')} in {rulesets}: {cases - failed:,} passed, {failed:,} failed")


def _line(each: Tested) -> str:
    report = each.report
    reached = len(report.rules) - len(report.unexercised)
    passed = len(report.results) - report.failed
    state = "failed" if report.failed else "ok" if report.results else "no cases"
    counts = f"{passed}/{len(report.results)} cases, {reached}/{len(report.rules)} rules exercised"
    return f"{state:<8}  {counts}  {shown(each.ruleset.path)}"


def _say_json(found: Sequence[Diagnostic], tested: Sequence[Tested], strict: bool) -> None:
    screen.say_json(
        {
            "command": "test",
            "ok": findings.exit_code(found, strict=strict) == exits.FINE,
            "cases": sum(len(each.report.results) for each in tested),
            "failed": sum(each.report.failed for each in tested),
            "rulesets": [_plain(each) for each in tested],
            **findings.counts(found),
            "diagnostics": findings.as_plain(found),
        }
    )


def _plain(each: Tested) -> dict[str, object]:
    return {
        "path": shown(each.ruleset.path),
        "ruleset": str(each.ruleset.label),
        "cases": [{"name": result.name, "passed": result.passed} for result in each.report.results],
        "rules": len(each.report.rules),
        "unexercised": [f"{rule.what} {rule.id}" for rule in each.report.unexercised],
    }
