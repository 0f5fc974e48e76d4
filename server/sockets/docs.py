"""How are sockets read about? By people on a page of ours, /docs/sockets; by programs as /docs/asyncapi.json."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from html import escape
from pathlib import Path
from typing import Any, Final

import msgspec
from aiohttp import web

from engine.cli.screen import version
from server.sockets.asyncapi import ABOUT, document
from server.sockets.namespaces import Namespace
from server.sockets.reading import Chapter, Entry, Field, Shape, chapters, fields_of, problems_of_all, shapes, type_text
from server.web.docs import kept, page

_FRAME: Final = Path(__file__).with_name("static") / "sockets.html"
_MARKS: Final = (
    (re.compile(r"`([^`]+)`"), r"<code>\1</code>"),
    (re.compile(r"\*\*([^*]+)\*\*"), r"<b>\1</b>"),
    (re.compile(r"\[([^\]]+)\]\(([^)]+)\)"), r'<a href="\2">\1</a>'),
)


def serve_socket_docs(app: web.Application, namespaces: Sequence[Namespace]) -> None:
    """Answer at /docs/sockets and /docs/asyncapi.json."""

    @cache  # made when first asked for: most processes never are
    def written() -> bytes:
        return msgspec.json.encode(document(namespaces, version()))

    @cache
    def drawn() -> bytes:
        return sockets_html(document(namespaces, version())).encode()

    async def answer_document(request: web.Request) -> web.Response:
        return kept(request, written(), "application/json")

    async def answer_page(request: web.Request) -> web.Response:
        return page(request, drawn())

    app.router.add_get("/docs/asyncapi.json", answer_document)
    app.router.add_get("/docs/sockets", answer_page)


def sockets_html(document: Mapping[str, Any]) -> str:
    """The document for people: namespaces with their events, and the shapes these carry; anchors are their names."""
    found = chapters(document)
    usual = problems_of_all(found)
    parts = [_text(ABOUT), f"<p><b>Problems of every event.</b> {_problems(usual)}</p>"]
    for chapter in found:
        parts += _chapter(chapter, document, usual)
    parts.append("<h2>Shapes</h2>")
    for shape in shapes(document):
        parts += _shape(shape)
    return _FRAME.read_text("utf-8").replace("<!-- namespaces -->", "\n".join(parts))


def _chapter(chapter: Chapter, document: Mapping[str, Any], usual: Sequence[str]) -> Iterator[str]:
    yield f'<h2 id="{escape(chapter.path)}">{escape(chapter.path)}</h2>{_text(chapter.about)}'
    for entry in chapter.asked:
        yield from _entry(chapter, entry, "client sends", _table(fields_of(entry.carries, document)), usual)
    for entry in chapter.told:
        yield from _entry(chapter, entry, "shop sends", f"<p>{_type(entry.carries)}</p>", usual)


def _entry(chapter: Chapter, entry: Entry, who: str, carries: str, usual: Sequence[str]) -> Iterator[str]:
    anchor = escape(f"{chapter.path}#{entry.name}" if who == "client sends" else f"{chapter.path}!{entry.name}")
    yield f'<section id="{anchor}"><h3><code>{escape(entry.name)}</code> <small>{who}</small></h3>'
    yield _text(f"{entry.summary.rstrip('.')}.\n\n{entry.description}") + carries
    if entry.answers is not None and entry.name != "connect":
        yield f"<p>Acknowledged with: {_type(entry.answers)}</p>"
    own = [code for code in entry.problems if code not in usual]
    if own:
        yield f"<p class=where>{_problems(own)}</p>"
    yield "</section>"


def _problems(codes: Sequence[str]) -> str:
    return ", ".join(f'<a href="/docs/problems#{escape(code)}">{escape(code)}</a>' for code in codes)


def _shape(shape: Shape) -> Iterator[str]:
    yield f'<section id="{escape(shape.name)}"><h3>{escape(shape.name)}</h3>{_text(shape.about)}'
    yield _table(shape.fields) + "</section>"


def _table(fields: Sequence[Field]) -> str:
    rows = "".join(
        f"<tr><td><code>{escape(each.name)}</code>{'' if each.is_required else ' <small>optional</small>'}</td>"
        f"<td>{_type(each.schema)}</td><td>{_marked(each.about)}</td></tr>"
        for each in fields
    )
    return f"<table>{rows}</table>" if rows else ""


def _type(schema: Mapping[str, Any]) -> str:
    """The type in words, with links to its shapes."""
    return _marked(type_text(schema, lambda name: f"[{name}](#{name})"))


def _text(text: str) -> str:
    """Paragraphs, as they are written in docstrings."""
    return "".join(f"<p>{_marked(each)}</p>" for each in text.strip().split("\n\n") if each)


def _marked(text: str) -> str:
    marked = escape(text, quote=False)
    for mark, tag in _MARKS:
        marked = mark.sub(tag, marked)
    return marked
