"""`sostech fmt`: write rulesets in the house layout, comments and order kept."""

from __future__ import annotations

from difflib import unified_diff
from pathlib import Path
from typing import Annotated

import typer

from engine.cli import exits, findings, screen
from engine.cli.files import STANDARD_INPUT, Files, shown
from engine.cli.writing import write
from engine.text.diagnostics import Diagnostic
from engine.text.format import format_yaml
from engine.text.source import Source

EXAMPLES = f"""Examples

    sostech fmt rules           # rewrite what needs it
    sostech fmt --check rules   # only say what would change, and how
    sostech fmt - < draft.yaml  # from standard input to standard output

{exits.EXITS_HELP}
With --check, 1 also when something would change.
"""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("fmt", epilog=screen.examples(EXAMPLES))(fmt)


def fmt(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH", help="Files, folders, or - for standard input.")],
    check: Annotated[bool, typer.Option("--check", help="Write nothing; show what would change.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Write YAML in the house layout: two blanks a level, quoted amounts, no stray blanks. Meaning never changes."""
    files = Files()
    changed: list[str] = []
    found: list[Diagnostic] = []
    read = [path for given in paths for path in files.under(given, (".yaml", ".yml"))]
    for path in read:
        source = files.read(path)
        if source is not None:
            found += _format(path, source, changed, check=check, json=json)
    found = [*files.faults, *found]
    _report(found, files, changed, len(read), check=check, json=json)
    code = findings.exit_code(found)
    raise typer.Exit(code or (exits.FINDINGS if check and changed else exits.FINE))


def _format(path: Path, source: Source, changed: list[str], *, check: bool, json: bool) -> tuple[Diagnostic, ...]:
    text, faults = format_yaml(source)
    if text is None:
        return faults
    if str(path) == STANDARD_INPUT and not check:
        if not json:
            screen.say(text.removesuffix("\n"))
        return faults
    if text == source.text:
        return faults
    changed.append(shown(path))
    if check:
        if not json:
            screen.say(_difference(source, text))
        return faults
    fault = write(path, text)
    return faults if fault is None else (*faults, fault)


def _difference(source: Source, text: str) -> str:
    lines = unified_diff(
        source.text.splitlines(), text.splitlines(), source.name, f"{source.name} (formatted)", lineterm="", n=1
    )
    return "\n".join(lines)


def _report(found: list[Diagnostic], files: Files, changed: list[str], read: int, *, check: bool, json: bool) -> None:
    if json:
        screen.say_json(
            {
                "command": "fmt",
                "ok": not (found or (check and changed)),
                "files": read,
                "changed": changed,
                "diagnostics": findings.as_plain(found),
            }
        )
        return
    findings.show(found, files.sources, stderr=True)
    would = "would be rewritten" if check else "rewritten"
    screen.complain(f"{screen.count(len(changed), 'file')} {would}, {read - len(changed):,} left as they are")
