"""Where does somebody without an account see their order move? On a page of ours that follows the link they were sent.

It is the same page for everybody: the token of the link says which order it is, and the page asks the API with it.
Mails put the token behind `#`, where no server and no log sees it; `/track/{token}` is for those who have only that.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

from aiohttp import web

from server.web.problems import NO_SUCH_ROUTE

POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; connect-src 'self'; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)

_OWN: Final = Path(__file__).with_name("static")
_ASSETS: Final = {"track.js": "text/javascript", "track.css": "text/css"}
_KEPT_SECONDS: Final = 3600
_PAGE_HEADERS: Final[Mapping[str, str]] = {
    "Content-Security-Policy": POLICY,
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex",
}


def serve_tracking(app: web.Application) -> None:
    """Answer at /order, where links in mails lead to, and at /track/{token}."""
    app.router.add_get("/order", _answer_page)
    app.router.add_get("/track/{token}", _answer_page)
    app.router.add_get("/track/assets/{name}", _answer_asset)


async def _answer_page(_request: web.Request) -> web.Response:
    return web.Response(body=_file("track.html"), content_type="text/html", charset="utf-8", headers=_PAGE_HEADERS)


async def _answer_asset(request: web.Request) -> web.Response:
    name = request.match_info["name"]
    if name not in _ASSETS:
        raise NO_SUCH_ROUTE(f"the page has no file {name[:80]!r}")
    headers = {"Cache-Control": f"public, max-age={_KEPT_SECONDS}"}
    return web.Response(body=_file(name), content_type=_ASSETS[name], charset="utf-8", headers=headers)


@cache
def _file(name: str) -> bytes:
    return (_OWN / name).read_bytes()
