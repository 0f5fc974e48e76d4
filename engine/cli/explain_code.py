"""`sostech explain-code`: what does a finding mean, and what is to be done?"""

from __future__ import annotations

from typing import Annotated

import typer

from engine.cli import exits, screen
from engine.text.codes import Code, all_codes, explain, find
from engine.text.suggest import did_you_mean

EXAMPLES = f"""Examples

    sostech explain-code RS310
    sostech explain-code  # list all codes

{exits.EXITS_HELP}
"""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("explain-code", epilog=screen.examples(EXAMPLES))(explain_code)


def explain_code(
    codes: Annotated[list[str] | None, typer.Argument(metavar="CODE", help="RS and three digits.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Explain a diagnostic code: why it is reported, an example of it, and the way out."""
    if not codes:
        _list(all_codes(), json)
        return
    found = [_found(code) for code in codes]
    if json:
        screen.say_json(found if len(found) > 1 else found[0])
    else:
        screen.say("\n".join(explain(code) for code in found).rstrip("\n"))


def _list(codes: tuple[Code, ...], json: bool) -> None:
    if json:
        screen.say_json([{"code": c.code, "severity": c.severity, "title": c.title} for c in codes])
        return
    screen.say("\n".join(f"{code.code}  {code.severity:<7}  {code.title}" for code in codes))


def _found(written: str) -> Code:
    code = find(written)
    if code is not None:
        return code
    known = [each.code for each in all_codes()]
    screen.fail(f"there is no code '{written}'; {did_you_mean(written, known) or 'sostech explain-code lists all'}")
