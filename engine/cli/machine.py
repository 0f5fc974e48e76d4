"""`sostech machine`: what does the life of an order look like?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from engine.cli import exits, findings, screen
from engine.cli.files import Files, shown
from engine.cli.shelf import Shelf
from engine.cli.vocabularies import shipped_rules, vocabularies
from engine.documents.model import OrdersDocument
from engine.lifecycle.draw import dot, mermaid, permissions
from engine.text.diagnostics import has_errors

EXAMPLES = f"""Examples

    sostech machine             # the shipped lifecycle, as a Mermaid diagram
    sostech machine rules/orders/presets/storefront.yaml
    sostech machine --as table  # who may do what
    sostech machine --as dot | dot -Tsvg > orders.svg

{exits.EXITS_HELP}
"""

Form = Literal["mermaid", "table", "dot"]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("machine", epilog=screen.examples(EXAMPLES))(machine)


def machine(
    path: Annotated[
        Path | None, typer.Argument(metavar="PATH", help="An orders ruleset; else the shipped one.")
    ] = None,
    form: Annotated[Form, typer.Option("--as", metavar="FORM", help="mermaid, table (Markdown) or dot.")] = "mermaid",
    loops: Annotated[bool, typer.Option("--loops", help="Also draw what leaves an order where it is.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Draw an orders ruleset: states, and the events that lead from one to the next."""
    document = _orders(shipped_rules() / "orders" / "v1.yaml" if path is None else path)
    text = _drawn(document, form, loops)
    if json:
        states = [state.id for state in document.states]
        screen.say_json({"command": "machine", "name": document.head.name, "states": states, "drawing": text})
    else:
        screen.say(text.removesuffix("\n"))


def _drawn(document: OrdersDocument, form: Form, loops: bool) -> str:
    if form == "table":
        return permissions(document)
    return mermaid(document, loops=loops) if form == "mermaid" else dot(document, loops=loops)


def _orders(path: Path) -> OrdersDocument:
    """The document, or the end of the command with what is wrong with it."""
    files = Files()
    known = vocabularies(files)
    source = files.read(path)
    reading = None if source is None else Shelf(files, known).read(path, source)
    found = [*files.faults, *(() if reading is None else reading.diagnostics)]
    if reading is None or has_errors(found):
        findings.show(found, files.sources, stderr=True)
        raise typer.Exit(findings.exit_code(found))
    if not isinstance(reading.document, OrdersDocument):
        screen.fail(f"'{shown(path)}' is no orders ruleset")
    return reading.document
