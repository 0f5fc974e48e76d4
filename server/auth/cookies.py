"""Which cookies does a browser keep for us, and when do they count?

The refresh token is sent to the addresses of this room only, the access token (when the browser chose cookies for
both) to the whole API. A page of somebody else's must not use them: they are SameSite=Strict, and whatever changes
something needs the header X-Requested-With, which another origin may send only if CORS lets it, and no foreign Origin.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from aiohttp import web

from server.settings import Settings
from server.web.problems import TOKEN_INVALID

ACCESS_COOKIE: Final = "sostech_access"
REFRESH_COOKIE: Final = "sostech_refresh"
DEVICE_COOKIE: Final = "sostech_device"
PAGE_HEADER: Final = "X-Requested-With"

_API: Final = "/api/v1"
_PATHS: Final = {ACCESS_COOKIE: _API, REFRESH_COOKIE: f"{_API}/auth", DEVICE_COOKIE: f"{_API}/auth"}
_HARMLESS: Final = ("GET", "HEAD", "OPTIONS")

Cookie = tuple[str, Mapping[str, Any]]


def cookie(name: str, value: str, lifetime_seconds: int, settings: Settings) -> Cookie:
    """The cookie as Reply takes it. Without `Secure` only for development over plain http."""
    secure = settings.is_production or settings.base_url.startswith("https://")
    attributes = {"max_age": lifetime_seconds, "path": _PATHS[name], "httponly": True, "samesite": "Strict"}
    return value, {**attributes, "secure": secure}


def no_cookies(settings: Settings) -> dict[str, Cookie]:
    """Forget the tokens; the browser stays a known device."""
    return {name: cookie(name, "", 0, settings) for name in (ACCESS_COOKIE, REFRESH_COOKIE)}


def refuse_foreign_page(request: web.Request, settings: Settings) -> None:
    """Raise TOKEN_INVALID for a changing request that rests on a cookie and may come from somebody else's page."""
    if request.method in _HARMLESS:
        return
    if not request.headers.get(PAGE_HEADER):
        raise TOKEN_INVALID(f"a cookie counts only together with the header {PAGE_HEADER}; send it with any value")
    origin = request.headers.get("Origin")
    ours = {settings.base_url, f"{request.scheme}://{request.host}", *settings.origins}
    if origin is not None and origin.rstrip("/") not in ours:
        raise TOKEN_INVALID(f"cookies do not count for pages of {origin[:200]!r}; SOSTECH_ALLOWED_ORIGINS names those")
