"""How do people read the API document? As pages of ours at /docs, with Swagger UI from its package: no other network.

Swagger UI (Apache-2.0) comes built inside the package swagger-ui-py, of which nothing else is used.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import cache
from html import escape
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType
from typing import Final

import msgspec
from aiohttp import web

from engine.cli.screen import version
from server.errors import ErrorCode
from server.web.endpoint import Endpoint
from server.web.openapi import document
from server.web.openapi_errors import all_codes, codes_of
from server.web.problems import NO_SUCH_ROUTE, status_of

PAGE_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "font-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)
"""Scripts from here only and none inline; Swagger UI sets styles on elements and draws its icons as data."""

_OWN: Final = Path(__file__).with_name("static")
_ASSETS: Final = {
    "swagger-ui.css": "text/css",
    "swagger-ui-bundle.js": "text/javascript",
    "docs.js": "text/javascript",
    "docs.css": "text/css",
}
_KEPT_SECONDS: Final = 3600
NOWHERE_ELSE: Final[Mapping[ErrorCode, Sequence[str]]] = MappingProxyType({})


def serve_docs(
    app: web.Application, endpoints: Sequence[Endpoint], met: Mapping[ErrorCode, Sequence[str]] = NOWHERE_ELSE
) -> None:
    """Answer at /openapi.json, /docs and below. `met` says where else codes are met than in operations."""

    @cache  # made when first asked for: most processes never are
    def api_document() -> bytes:
        return msgspec.json.encode(document(endpoints, version()))

    @cache
    def problems() -> bytes:
        return problems_page(endpoints, met).encode()

    async def answer_document(request: web.Request) -> web.Response:
        # Half a second of work the first time, in which others go on.
        return kept(request, await asyncio.to_thread(api_document), "application/json")

    async def answer_docs(request: web.Request) -> web.Response:
        return page(request, (_OWN / "docs.html").read_bytes())

    async def answer_problems(request: web.Request) -> web.Response:
        return page(request, problems())

    app.router.add_get("/openapi.json", answer_document)
    app.router.add_get("/docs", answer_docs)
    app.router.add_get("/docs/problems", answer_problems)
    app.router.add_get("/docs/assets/{name}", _answer_asset)


def problems_page(endpoints: Sequence[Endpoint], met: Mapping[ErrorCode, Sequence[str]] = NOWHERE_ELSE) -> str:
    """Every code with its status, meaning and the operations and events that answer with it; anchors are the codes."""
    codes = sorted({*all_codes(endpoints), *met}, key=lambda code: code.code)
    users = _users(endpoints)
    sections = "\n".join(_section(code, users.get(code, ()), len(endpoints), met.get(code, ())) for code in codes)
    return (_OWN / "problems.html").read_text("utf-8").replace("<!-- codes -->", sections)


def _users(endpoints: Sequence[Endpoint]) -> Mapping[ErrorCode, Sequence[Endpoint]]:
    """The operations that answer with a code. Each is asked once for its codes: there are hundreds of both."""
    found = defaultdict[ErrorCode, list[Endpoint]](list)
    for endpoint in endpoints:
        for code in codes_of(endpoint):
            found[code].append(endpoint)
    return found


def _section(code: ErrorCode, users: Sequence[Endpoint], all_of_them: int, events: Sequence[str]) -> str:
    named = ["any operation"] if len(users) == all_of_them else [f"{u.method} {u.path}" for u in users]
    where = ", ".join([*named, *events])
    return (
        f'<section id="{escape(code.code)}"><h2><code>{escape(code.code)}</code> <small>{status_of(code)}</small></h2>'
        f"<p>{escape(code.title)}.</p><p class=where>{escape(where or 'any address')}</p></section>"
    )


async def _answer_asset(request: web.Request) -> web.Response:
    name = request.match_info["name"]
    if name not in _ASSETS:
        raise NO_SUCH_ROUTE(f"the documentation has no file {name[:80]!r}")
    return kept(request, _asset(name), _ASSETS[name], seconds=_KEPT_SECONDS)


@cache
def _asset(name: str) -> bytes:
    own = _OWN / name
    return (own if own.is_file() else _swagger_ui() / name).read_bytes()


def _swagger_ui() -> Path:
    # Found, not imported: the package's own code is for other frameworks.
    found = find_spec("swagger_ui")
    if found is None or not found.submodule_search_locations:
        raise RuntimeError("the package swagger-ui-py is not installed; `pip install -r requirements/run.txt`")
    return Path(found.submodule_search_locations[0]) / "static"


def page(request: web.Request, content: bytes) -> web.Response:
    """A page of the documentation, under its policy."""
    response = kept(request, content, "text/html")
    response.headers["Content-Security-Policy"] = PAGE_POLICY
    return response


def kept(request: web.Request, content: bytes, media_type: str, seconds: int = 0) -> web.Response:
    """The content with its ETag, or 304 when the caller has it."""
    tag = hashlib.sha256(content).hexdigest()[:24]
    headers = {"ETag": f'"{tag}"', "Cache-Control": f"public, max-age={seconds}" if seconds else "no-cache"}
    if any(given.value in (tag, "*") for given in request.if_none_match or ()):
        return web.Response(status=304, headers=headers)
    return web.Response(body=content, content_type=media_type, charset="utf-8", headers=headers)
