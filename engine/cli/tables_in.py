"""Which tables of somebody else lie in a folder?"""

from __future__ import annotations

from pathlib import Path

from engine.cli.files import Files, empty, shown
from engine.text.source import Source

MAX_TABLE_BYTES = 512 * 1024 * 1024
"""Tables are read row by row, so they may be far larger than rulesets."""


def tables_in(files: Files, path: Path, ending: str = ".csv") -> dict[str, Source]:
    """The tables directly in a folder, or the one table, by file name without folder.

    They are also named so in findings: what an import writes does not depend on where its source lay.
    """
    paths = sorted(path.glob(f"*{ending}")) if path.is_dir() else [path]
    if not paths:
        files.faults.append(empty(shown(path), (ending,)))
    found: dict[str, Source] = {}
    for each in paths:
        source = files.read(each, MAX_TABLE_BYTES)
        if source is not None:
            found[each.name] = Source(each.name, source.text)
            files.sources[each.name] = found[each.name]
    return found
