"""`sostech check`: which faults do rulesets have?"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import typer

from engine.cli import exits, findings, screen
from engine.cli.case_books import CaseBooks
from engine.cli.checking import as_rows, check_currencies
from engine.cli.files import Files, shown
from engine.cli.prove_quick import refuted
from engine.cli.shelf import Shelf, Standing
from engine.cli.signal_networks import networks
from engine.cli.vocabularies import FOLDER, vocabularies
from engine.facts.vocabulary import read_vocabulary
from engine.text.diagnostics import LEFT_OUT, Diagnostic, Related, error, report
from engine.text.source import Span

EXAMPLES = f"""Examples

    sostech check rules                   # all rulesets under a folder
    sostech check rules/shipping/v1.yaml  # one ruleset
    sostech check --strict rules          # warnings fail too
    sostech check --all tariff.yaml       # not only the first 50 findings
    sostech check --json rules            # for an editor or a pipeline

{exits.EXITS_HELP}
Warnings alone are 0 unless --strict.
"""

SHOWN = 50
"""Findings of one file, unless all are asked for."""

_VERSION_NAME = re.compile(r"v([0-9]+)\.ya?ml")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("check", epilog=screen.examples(EXAMPLES))(check)


def check(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH", help="Rulesets, or folders of them.")],
    strict: Annotated[bool, typer.Option("--strict", help="Let warnings fail too.")] = False,
    every: Annotated[bool, typer.Option("--all", help="Show every finding, not only the first 50 of a file.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Find the faults of rulesets: spelling, types, units, and what the rules mean together, each with its place."""
    files = Files()
    known = vocabularies(files, next((path for path in paths if path.is_dir()), None))
    shelf = Shelf(files, known)
    read = list(dict.fromkeys(path for given in paths for path in files.under(given, (".yaml", ".yml"))))
    found: list[Diagnostic] = []
    standing: list[Standing] = []
    with screen.progress("checking", len(read)) as advance:
        for path in read:
            found += _check_file(path, files, shelf, standing, None if every else SHOWN)
            advance()
    found += _twice(standing)
    found += refuted(_claiming(shelf, standing), files, CaseBooks(files, known))
    found += networks(shelf, standing)
    found = [*dict.fromkeys([*files.faults, *found])]
    _report(found, files, standing, len(read), strict=strict, json=json)
    raise typer.Exit(findings.exit_code(found, strict=strict))


def _check_file(path: Path, files: Files, shelf: Shelf, standing: list[Standing], cap: int | None) -> list[Diagnostic]:
    source = files.read(path)
    if source is None:
        return []
    if path.parent.name == FOLDER:
        return list(read_vocabulary(source)[1])
    ruleset = shelf.standing(path)
    if ruleset is None:
        return list(report(shelf.read(path, source).diagnostics))
    standing.append(ruleset)
    return [*_misnamed(ruleset), *check_currencies(shelf, ruleset, cap)]


def _claiming(shelf: Shelf, standing: list[Standing]) -> list[Standing]:
    """The rulesets that claim something; only for them others are read again, to decide together with them."""
    documents = ((each, shelf.reading(each).document) for each in standing)
    return [each for each, document in documents if document is not None and document.invariants]


def _misnamed(ruleset: Standing) -> list[Diagnostic]:
    named = _VERSION_NAME.fullmatch(ruleset.path.name)
    if named is None or int(named[1]) == ruleset.label.version:
        return []
    message = f"'{shown(ruleset.path)}' holds version {ruleset.label.version}"
    hint = f"write version: {int(named[1])}, or rename the file to v{ruleset.label.version}.yaml"
    return [error("RS908", message, _head(ruleset), hint=hint)]


def _twice(standing: list[Standing]) -> list[Diagnostic]:
    """Rulesets of one kind, name and version in one folder tree, each reported at the later file."""
    first: dict[tuple[Path, str], Standing] = {}
    found: list[Diagnostic] = []
    for each in standing:
        before = first.setdefault((each.path.parent, str(each.label)), each)
        if before is not each:
            related = [Related(_head(before), "the other one")]
            message = f"{each.label} is there twice"
            hint = "raise the version of the newer one, or give it another name"
            found.append(error("RS905", message, _head(each), hint=hint, related=related))
    return found


def _head(ruleset: Standing) -> Span:
    name = ruleset.source.name
    for number, line in enumerate(ruleset.source.text.splitlines()[:50], 1):
        if line.startswith("version:"):
            return Span(name, number, 1, number, len(line) + 1)
    return Span(name, 1, 1, 1, 1)


def _report(
    found: list[Diagnostic], files: Files, standing: list[Standing], read: int, *, strict: bool, json: bool
) -> None:
    if not json:
        findings.show(found, files.sources)
        screen.say(findings.summary(found, read))
        if any(finding.code == LEFT_OUT for finding in found):
            screen.say("not all findings are shown; see the others with --all")
        return
    screen.say_json(
        {
            "command": "check",
            "ok": findings.exit_code(found, strict=strict) == exits.FINE,
            "files": read,
            "rulesets": as_rows(standing),
            **findings.counts(found),
            "diagnostics": findings.as_plain(found),
        }
    )
