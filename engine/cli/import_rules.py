"""`sostech import`: make a ruleset out of a tariff or tax table of somebody else."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from engine.cli import exits, findings, screen
from engine.cli.files import Files, shown
from engine.cli.tables_in import tables_in
from engine.cli.writing import write
from engine.imports.outcome import Imported, ImportOptions
from engine.imports.tariffs import CARRIERS, import_tariff
from engine.imports.vat import import_vat
from engine.text.diagnostics import Diagnostic
from engine.text.suggest import did_you_mean

TARIFF_EXAMPLES = f"""Examples

    sostech import tariff royal-mail tables/ -o royal-mail.yaml
    sostech import tariff dhl dhl-express/ -o dhl.yaml --name dhl-express

PATH is the folder with the tables of one tariff. Nothing is repaired: what
is wrong with the source stays in the ruleset, where `sostech check` finds
it. A row that cannot be written is reported.

{exits.EXITS_HELP}
"""

VAT_EXAMPLES = f"""Examples

    sostech import vat vat-rates.json -o rules/tax/eu.yaml --name eu

{exits.EXITS_HELP}
"""

NOTHING = Imported("", (), ())

Output = Annotated[
    Path | None, typer.Option("--output", "-o", metavar="FILE", help="Where to write; else standard output.")
]
Name = Annotated[str | None, typer.Option("--name", help="Name of the ruleset; else that of the source.")]
Version = Annotated[int, typer.Option("--version", min=1, help="Version of the ruleset.")]
Origin = Annotated[str, typer.Option("--provenance", help="Origin, licence and edition, for the head of the ruleset.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def register(app: typer.Typer) -> None:
    """Add the group with its two commands."""
    group = typer.Typer(help="Make a ruleset out of a tariff or tax table of somebody else.", no_args_is_help=True)
    group.command("tariff", epilog=screen.examples(TARIFF_EXAMPLES))(tariff)
    group.command("vat", epilog=screen.examples(VAT_EXAMPLES))(vat)
    app.add_typer(group, name="import")


def tariff(
    carrier: Annotated[str, typer.Argument(metavar="CARRIER", help=f"One of {', '.join(CARRIERS)}.")],
    path: Annotated[Path, typer.Argument(metavar="PATH", help="Folder with the tables, or one table.")],
    output: Output = None,
    name: Name = None,
    version: Version = 1,
    provenance: Origin = "",
    json: Json = False,
) -> None:
    """Make a shipping ruleset of a carrier's tables. Which tariff it is, is known by the names of the files."""
    if carrier not in CARRIERS:
        suggestion = did_you_mean(carrier, CARRIERS) or f"one of {', '.join(CARRIERS)}"
        screen.fail(f"there is no importer for '{carrier}'; {suggestion}")
    files = Files()
    tables = tables_in(files, path)
    options = _options(path, name or f"{carrier}-{_slug(path)}", version, provenance)
    _finish("import tariff", files, import_tariff(carrier, tables, options) if tables else NOTHING, output, json=json)


def vat(
    path: Annotated[Path, typer.Argument(metavar="PATH", help="vat-rates.json as ibericode publishes it.")],
    output: Output = None,
    name: Name = None,
    version: Version = 1,
    provenance: Origin = "",
    json: Json = False,
) -> None:
    """Make a tax ruleset of the European table of VAT rates, with its dates and territories."""
    files = Files()
    sources = tables_in(files, path, ".json")
    if len(sources) > 1:
        screen.fail(f"'{shown(path)}' holds several tables; name one of {', '.join(sources)}")
    options = _options(path, name or "eu-vat", version, provenance)
    result = import_vat(next(iter(sources.values())), options) if sources else NOTHING
    _finish("import vat", files, result, output, json=json)


def _slug(path: Path) -> str:
    name = (path if path.is_dir() else path.parent).resolve().name.lower()
    return "-".join("".join(c if c.isascii() and c.isalnum() else " " for c in name).split()) or "tariff"


def _options(path: Path, name: str, version: int, provenance: str) -> ImportOptions:
    return ImportOptions(name=name, version=version, provenance=provenance or f"Source: {path.name}")


def _finish(command: str, files: Files, result: Imported, output: Path | None, *, json: bool) -> None:
    found = [*files.faults, *result.diagnostics]
    if result.text and output is not None:
        fault = write(output, result.text)
        found += [] if fault is None else [fault]
    if json:
        _say_json(command, result, found, output)
    else:
        if result.text and output is None:
            screen.say(result.text.removesuffix("\n"))
        _tell(files, result, found, output)
    raise typer.Exit(findings.exit_code(found) or (exits.FINE if result.text else exits.FINDINGS))


def _say_json(command: str, result: Imported, found: list[Diagnostic], output: Path | None) -> None:
    screen.say_json(
        {
            "command": command,
            "ok": bool(result.text) and findings.exit_code(found) == exits.FINE,
            "output": None if output is None else shown(output),
            "text": result.text if output is None else None,
            "counts": result.counts,
            **findings.counts(found),
            "diagnostics": findings.as_plain(found),
        }
    )


def _tell(files: Files, result: Imported, found: list[Diagnostic], output: Path | None) -> None:
    findings.show(found, files.sources, stderr=True)
    for each in result.counts:
        screen.complain(f"{each.file}: {each.read:,} read = {each.written:,} written + {each.reported:,} reported")
    if not result.text:
        screen.complain("nothing was written: the source has no part that can be read")
    elif output is not None and not any(finding.code == "RS913" for finding in found):
        screen.complain(f"wrote {shown(output)}; now look at it with: sostech check {shown(output)}")
