"""How are scenarios found in a file: one, a list, several documents, or one a line?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from engine.cli.files import STANDARD_INPUT, Files, shown, unreadable
from engine.text.diagnostics import Diagnostic, has_errors
from engine.text.limits import DEFAULT_LIMITS
from engine.text.load import decode, load, load_stream
from engine.text.nodes import Node, Sequence
from engine.text.source import Source

ENDINGS = (".yaml", ".yml", ".json", ".jsonl", ".ndjson")
_LINE_ENDINGS = (".jsonl", ".ndjson")


@dataclass(frozen=True, slots=True)
class Found:
    """A scenario as it is written, or the faults that keep it from being read.

    `place` names it where it has no name of its own; `folder` is what paths in it are relative to.
    """

    place: str
    node: Node | None
    folder: Path
    diagnostics: tuple[Diagnostic, ...] = ()


def scenarios_in(files: Files, path: Path) -> Iterator[Found]:
    """Every scenario of a file, in written order. Lines of JSON are read one at a time, however many there are.

    In messages about a line of JSON, the line's number belongs to the name: `carts.jsonl:12`.
    """
    folder = Path.cwd() if str(path) == STANDARD_INPUT else path.absolute().parent
    if path.suffix in _LINE_ENDINGS:
        yield from _from_lines(files, path, folder)
        return
    source = files.read(path)
    if source is None:
        return
    if str(path) == STANDARD_INPUT and _is_lines(source.text):
        for number, line in enumerate(source.text.splitlines(), 1):
            yield from _from_line(files, f"{source.name}:{number}", line, folder)
        return
    yield from _from_text(source, folder)


def _from_text(source: Source, folder: Path) -> Iterator[Found]:
    loaded = load_stream(source)
    if has_errors(loaded.diagnostics) or not loaded.nodes:
        yield Found(source.name, None, folder, loaded.diagnostics or load(source).diagnostics)
        return
    nodes = [item for node in loaded.nodes for item in (node.items if isinstance(node, Sequence) else (node,))]
    for number, node in enumerate(nodes, 1):
        place = source.name if len(nodes) == 1 else f"{source.name}#{number}"
        yield Found(place, node, folder, loaded.diagnostics if number == 1 else ())


def _from_lines(files: Files, path: Path, folder: Path) -> Iterator[Found]:
    name = shown(path)
    try:
        with path.open("rb") as opened:
            for number, line in enumerate(iter(lambda: opened.readline(DEFAULT_LIMITS.max_bytes + 2), b""), 1):
                source, faults = decode(f"{name}:{number}", line)
                if source is None:
                    yield Found(f"{name}:{number}", None, folder, faults)
                else:
                    yield from _from_line(files, source.name, source.text, folder)
    except OSError as fault:
        files.faults.append(unreadable(name, fault))


def _from_line(files: Files, name: str, line: str, folder: Path) -> Iterator[Found]:
    if not line.strip():
        return
    source = Source(name, line.rstrip("\r\n"))
    files.sources[name] = source
    loaded = load(source)
    yield Found(name, loaded.node, folder, loaded.diagnostics)


def _is_lines(text: str) -> bool:
    """Whether a text is JSON lines rather than one document: more than one line, each a map of its own."""
    lines = [line for line in text.splitlines() if line.strip()]
    return len(lines) > 1 and all(line.startswith("{") and line.rstrip().endswith("}") for line in lines)
