"""`sostech lint`: what do the rules of rulesets mean together that their author can hardly want?"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from engine.cli import exits, findings, screen
from engine.cli.checking import as_rows, check_currencies
from engine.cli.files import Files
from engine.cli.shelf import Shelf, Standing
from engine.cli.vocabularies import FOLDER, vocabularies
from engine.text.codes import all_codes
from engine.text.diagnostics import Diagnostic, has_errors, report
from engine.text.suggest import did_you_mean

EXAMPLES = f"""Examples

    sostech lint rules                             # every lint on every ruleset under a folder
    sostech lint --code RS453 rules/promotions     # only rules whose order matters
    sostech lint --code RS41x --limit 5 tariff.yaml
    sostech lint --json rules                      # for an editor or a pipeline

`sostech explain-code RS453` says what a finding means, and how to allow it.

{exits.EXITS_HELP}
Warnings alone are 0 unless --strict.
"""

SERIES = ("RS4", "RS5")
"""What rules mean together, and the life of an order."""

_PATTERN = re.compile(r"RS[0-9]{1,3}X{0,2}")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("lint", epilog=screen.examples(EXAMPLES))(lint)


def lint(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH", help="Rulesets, or folders of them.")],
    code: Annotated[
        list[str] | None,
        typer.Option("--code", metavar="CODE", help="Only findings with this code, or RS45x for a series; repeatable."),
    ] = None,
    limit: Annotated[
        int | None, typer.Option("--limit", metavar="N", min=1, help="Show at most so many findings.")
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Let warnings fail too.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Find what rules mean together and nobody wants: gaps, dead rules, orders that only names decide, steep steps.

    `check` does the same among much else; here every lint is told, and a ruleset that cannot be read is told so.
    """
    wanted = [_series(each) for each in code or ()]
    files = Files()
    shelf = Shelf(files, vocabularies(files, next((path for path in paths if path.is_dir()), None)))
    read = list(dict.fromkeys(path for given in paths for path in files.under(given, (".yaml", ".yml"))))
    found: list[Diagnostic] = []
    standing: list[Standing] = []
    with screen.progress("linting", len(read)) as advance:
        for path in read:
            found += _lint_file(path, files, shelf, standing, wanted)
            advance()
    found = [*dict.fromkeys([*files.faults, *found])]
    _report(found, files, standing, len(read), limit=limit, strict=strict, json=json)
    raise typer.Exit(findings.exit_code(found, strict=strict))


def _series(code: str) -> str:
    """The beginning all wanted codes have: `RS453`, or `RS45` for `RS45x`."""
    name = code.strip().upper()
    prefix = name.rstrip("X")
    known = [each.code for each in all_codes() if each.code.startswith(SERIES)]
    if _PATTERN.fullmatch(name) is None or not any(each.startswith(prefix) for each in known):
        hint = did_you_mean(name, known)
        screen.fail(f"there is no lint {code}" + (f"; {hint}" if hint else ""))
    return prefix


def _lint_file(
    path: Path, files: Files, shelf: Shelf, standing: list[Standing], wanted: Sequence[str]
) -> list[Diagnostic]:
    """The lints of one file; of one that has no meaning yet, why it has none."""
    source = files.read(path)
    if source is None or path.parent.name == FOLDER:
        return []
    ruleset = shelf.standing(path)
    if ruleset is None:
        return list(report(shelf.read(path, source).diagnostics))
    standing.append(ruleset)
    reading = shelf.reading(ruleset)
    if has_errors(reading.diagnostics):
        return [fault for fault in reading.diagnostics if fault.severity == "error"]
    series = tuple(wanted) or SERIES
    return [finding for finding in check_currencies(shelf, ruleset, None) if finding.code.startswith(series)]


def _report(
    found: list[Diagnostic],
    files: Files,
    standing: list[Standing],
    read: int,
    *,
    limit: int | None,
    strict: bool,
    json: bool,
) -> None:
    shown = found[:limit]
    if not json:
        findings.show(shown, files.sources)
        screen.say(findings.summary(found, read))
        if len(shown) < len(found):
            screen.say(f"{screen.count(len(found) - len(shown), 'more finding')} not shown; raise --limit to see them")
        return
    screen.say_json(
        {
            "command": "lint",
            "ok": findings.exit_code(found, strict=strict) == exits.FINE,
            "files": read,
            "rulesets": as_rows(standing),
            **findings.counts(found),
            "diagnostics": findings.as_plain(shown),
        }
    )
