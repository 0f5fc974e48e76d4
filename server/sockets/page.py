"""What does docs/reference/sockets.md say? Every namespace, event and shape, out of the document of sockets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from server.sockets.asyncapi import ABOUT
from server.sockets.reading import Chapter, Entry, Field, Shape, chapters, fields_of, problems_of_all, shapes, type_text

_HEAD: Final = f"""# Sockets

{ABOUT.replace("/docs/problems", "problems.md")}
A running shop says the same at `/docs/sockets`, and as AsyncAPI 3.0 at `/docs/asyncapi.json`, which is
[asyncapi.json](asyncapi.json). [Chat in a storefront](../howto/chat-in-a-storefront.md) shows a client.
"""


def sockets_page(document: Mapping[str, Any], generated: str) -> str:
    """docs/reference/sockets.md; `generated` says how it is made."""
    found = chapters(document)
    usual = problems_of_all(found)
    parts = [_HEAD, f"Problems of every event, which are not repeated below: {_problems(usual)}.\n", generated, ""]
    for chapter in found:
        parts += _chapter(chapter, document, usual)
    parts += ["## Shapes", ""]
    for shape in shapes(document):
        parts += _shape(shape)
    return "\n".join(parts)


def _chapter(chapter: Chapter, document: Mapping[str, Any], usual: Sequence[str]) -> Iterator[str]:
    yield f"## `{chapter.path}`\n\n{chapter.about}\n"
    yield "### A client sends\n"
    for entry in chapter.asked:
        yield from _asked(entry, fields_of(entry.carries, document), usual)
    yield "### The shop sends\n"
    yield "| event | carries | when |\n|---|---|---|"
    yield from (f"| `{each.name}` | {type_text(each.carries, _link)} | {each.summary} |" for each in chapter.told)
    yield ""


def _asked(entry: Entry, fields: Sequence[Field], usual: Sequence[str]) -> Iterator[str]:
    yield f"#### `{entry.name}`\n\n{entry.summary}.\n"
    if entry.description:
        yield f"{entry.description}\n"
    if fields:
        yield from _table(fields)
    own = [code for code in entry.problems if code not in usual]
    yield f"Acknowledged with: {_answer(entry)}." + (f" Problems: {_problems(own)}." if own else "") + "\n"


def _answer(entry: Entry) -> str:
    if entry.name == "connect":
        return "the packet CONNECT or `connect_error` of Socket.IO"
    assert entry.answers is not None
    return type_text(entry.answers, _link)


def _shape(shape: Shape) -> Iterator[str]:
    yield f"### {shape.name}\n"
    if shape.about:
        yield f"{shape.about}\n"
    yield from _table(shape.fields)


def _table(fields: Sequence[Field]) -> Iterator[str]:
    yield "| field | type | |\n|---|---|---|"
    for each in fields:
        name = f"`{each.name}`" + ("" if each.is_required else " (optional)")
        yield f"| {name} | {type_text(each.schema, _link)} | {each.about} |"
    yield ""


def _problems(codes: Sequence[str]) -> str:
    return ", ".join(f"[`{code}`](problems.md#{code})" for code in codes)


def _link(name: str) -> str:
    return f"[{name}](#{name.lower()})"
