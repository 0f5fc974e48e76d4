"""`sostech diff`: what is different between two rulesets, or two folders of them?"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from engine.cli import exits, findings, screen
from engine.cli.diff_sides import Found, Pair, pairs
from engine.cli.files import Files, shown
from engine.diff.lines import line_differences, lines_of
from engine.diff.meaning import differences
from engine.diff.model import Change, ChangeKind
from engine.diff.plain import as_plain, one_line, places
from engine.text.diagnostics import Diagnostic

EXAMPLES = f"""Examples

    sostech diff rules/shipping/v1.yaml rules/shipping/v2.yaml
    sostech diff rules ../shop/rules      # the newest version of each ruleset
    sostech diff --text old.yaml new.yaml # and line by line
    sostech diff --json old.yaml new.yaml

{exits.EXITS_HELP}
1 also when they mean different things.
"""

_STYLES: dict[ChangeKind, str] = {"added": "green", "removed": "red", "changed": "yellow", "moved": "cyan"}
_LINE_STYLES = {"+": "green", "-": "red", "@": "cyan"}


@dataclass(frozen=True, slots=True)
class _Compared:
    pair: Pair
    changes: tuple[Change, ...]
    text: str

    @property
    def differs(self) -> bool:
        """In what it means."""
        return bool(self.changes) or self.pair.old is None or self.pair.new is None


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("diff", epilog=screen.examples(EXAMPLES))(diff)


def diff(
    old: Annotated[Path, typer.Argument(metavar="OLD", help="A ruleset, or a folder of them.")],
    new: Annotated[Path, typer.Argument(metavar="NEW", help="What to compare it with.")],
    text: Annotated[bool, typer.Option("--text", help="Show what is different line by line, too.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show what is different in what rulesets mean: rules added, removed and moved, and values in shop words.

    Layout, comments, the order of keys, cases and the version make no difference.
    """
    files = Files()
    chosen, found = pairs(files, old, new)
    compared = [_compared(pair) for pair in chosen]
    _report(compared, [*files.faults, *found], files, text=text, json=json)
    code = findings.exit_code([*files.faults, *found])
    raise typer.Exit(code or (exits.FINDINGS if any(each.differs for each in compared) else exits.FINE))


def _compared(pair: Pair) -> _Compared:
    if pair.old is None or pair.new is None:
        return _Compared(pair, (), "")
    before, after = pair.old.standing.source, pair.new.standing.source
    text = line_differences(before.name, before.text, after.name, after.text)
    return _Compared(pair, differences(pair.old.side, pair.new.side), text)


def _report(compared: list[_Compared], found: list[Diagnostic], files: Files, *, text: bool, json: bool) -> None:
    if json:
        screen.say_json(
            {
                "command": "diff",
                "ok": not found and not any(each.differs for each in compared),
                "rulesets": [_plain(each) for each in compared],
                "diagnostics": findings.as_plain(found),
            }
        )
        return
    findings.show(found, files.sources, stderr=True)
    for each in compared:
        _show(each, text=text)
    changes = sum(len(each.changes) for each in compared)
    others = sum(each.pair.old is None or each.pair.new is None for each in compared)
    only = f", {screen.count(others, 'ruleset')} in one of them only" if others else ""
    screen.say(f"{screen.count(changes, 'difference')} in {screen.count(len(compared) - others, 'ruleset')}{only}")


def _show(compared: _Compared, *, text: bool) -> None:
    pair = compared.pair
    if compared.differs or (text and compared.text):
        _draw(f"{pair.kind} {pair.name}: {_version(pair.old)} → {_version(pair.new)}", "bold")
    for change in compared.changes:
        _draw(f"  {one_line(change)}", _STYLES[change.kind] if change.decides else "dim")
        _draw(f"      {places(change)}", "dim")
    for line in lines_of(compared.text) if text else ():
        _draw(line, _LINE_STYLES.get(line[:1], ""))
    if compared.differs or (text and compared.text):
        screen.say()


def _draw(line: str, style: str) -> None:
    """One line, never broken, so that `patch` can read a text; in colour where somebody looks."""
    if not sys.stdout.isatty():
        screen.say(line)
        return
    from rich.text import Text

    screen.console().print(Text(screen.printable(line), style), soft_wrap=True)


def _version(found: Found | None) -> str:
    return "not there" if found is None else f"version {found.standing.label.version}"


def _plain(compared: _Compared) -> dict[str, object]:
    pair = compared.pair
    return {
        "kind": pair.kind,
        "name": pair.name,
        "before": _plain_side(pair.old),
        "after": _plain_side(pair.new),
        "changes": [as_plain(change) for change in compared.changes],
        "text": compared.text,
    }


def _plain_side(found: Found | None) -> dict[str, object] | None:
    if found is None:
        return None
    label = found.standing.label
    return {"path": shown(found.standing.path), "name": label.name, "version": label.version}
