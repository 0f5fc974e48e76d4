"""`sostech schema`: the JSON Schema of a ruleset kind, for editors that complete and check YAML."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec
import typer
from jsonschema import Draft202012Validator

from engine.cli import exits, findings, screen
from engine.cli.files import Files
from engine.cli.vocabularies import newest, vocabularies
from engine.cli.writing import write
from engine.documents.head import vocabulary_name
from engine.documents.kinds import KINDS, kind_named
from engine.documents.model import Kind
from engine.documents.schema import json_schema
from engine.text.suggest import did_you_mean

ALL = "all"
EXAMPLES = f"""Examples

    sostech schema promotions
    sostech schema all --write rules/schemas

Then begin a ruleset with

    # yaml-language-server: $schema=../schemas/promotions.schema.json

{exits.EXITS_HELP}
"""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("schema", epilog=screen.examples(EXAMPLES))(schema)


def schema(
    kind: Annotated[str, typer.Argument(metavar="KIND", help="A ruleset kind, or `all` together with --write.")],
    folder: Annotated[Path | None, typer.Option("--write", metavar="DIR", help="Write KIND.schema.json there.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON; a schema always is.")] = False,
) -> None:
    """Print or write the JSON Schema (2020-12) of a ruleset kind: keys, values, and every fact with its sentence."""
    kinds = _kinds(kind, folder)
    written: list[str] = []
    for each in kinds:
        text = schema_text(each)
        if folder is None:
            screen.say(text.removesuffix("\n"))
            continue
        path = folder / f"{each}.schema.json"
        fault = write(path, text)
        if fault is not None:
            findings.show([fault], {}, stderr=True)
            raise typer.Exit(exits.USAGE)
        written.append(path.as_posix())
    if folder is not None:
        _report(written, json)


def schema_text(kind: Kind) -> str:
    """The schema as it is written to a file: indented JSON with a final newline. `kind` has to exist."""
    known = vocabularies(Files())
    written = json_schema(kind, newest(known, vocabulary_name(kind)))
    Draft202012Validator.check_schema(written)  # an editor would silently ignore a schema that is none
    return msgspec.json.format(msgspec.json.encode(written), indent=2).decode() + "\n"


def _kinds(kind: str, folder: Path | None) -> list[Kind]:
    if kind == ALL and folder is not None:
        return list(KINDS)
    known = kind_named(kind)
    if known is not None:
        return [known]
    if kind == ALL:
        screen.fail("'all' needs --write DIR: several schemas do not fit on one screen")
    screen.fail(f"there is no kind '{kind}'; {did_you_mean(kind, KINDS) or 'one of ' + ', '.join(KINDS)}")


def _report(written: list[str], json: bool) -> None:
    if json:
        screen.say_json({"command": "schema", "written": written})
    else:
        screen.complain(f"{screen.count(len(written), 'schema')} written")
