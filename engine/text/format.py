"""How does a document look when it is written the way all documents are written?"""

from __future__ import annotations

from engine.text.diagnostics import Diagnostic, error
from engine.text.layout import laid_out
from engine.text.load import load
from engine.text.nodes import to_plain
from engine.text.source import Source


def format_yaml(source: Source) -> tuple[str | None, tuple[Diagnostic, ...]]:
    """The document in house style, or None and its faults when it cannot be loaded.

    Levels are indented by two spaces, lists one level below their key; quoted numbers get double quotes; line
    breaks are LF, with one at the end and at most one empty line in a row; no line ends in blanks. Comments, the
    order of keys and everything inside brackets and texts stay. Formatting twice changes nothing more.

    When the result would not read as the same values, the text is given back as it is, with a finding (RS150).
    """
    loaded = load(source)
    if loaded.node is None:
        return None, loaded.diagnostics
    formatted = laid_out(source.text)
    again = load(Source(source.name, formatted)).node
    # `repr` tells 1 from true and 1.50 from 1.5, which are equal in Python.
    if again is None or repr(to_plain(again)) != repr(to_plain(loaded.node)):
        return source.text, (*loaded.diagnostics, _not_formatted(source))
    return formatted, loaded.diagnostics


def _not_formatted(source: Source) -> Diagnostic:
    message = "the document is not formatted, as that would change its values"
    return error("RS150", message, source.span(0, 0), hint="write texts over several lines with '|'")
