"""Where do links to switch messages off lead? To one page outside of the API, of no store until the link is read.

It loads nothing and runs nothing. Looking at it changes nothing, since mail programs look at links by themselves.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from html import escape
from http import HTTPStatus
from typing import Final

from aiohttp import web

from server.telling.channels import Category
from server.telling.unsubscribing import LONGEST_TOKEN, PATH, Subscription, holds, read, switch_off
from server.web.call import SHOP, Shop
from server.web.middlewares import STORES
from storage.tenancy import Store

_STYLE: Final = """
:root { color-scheme: light dark; --ink: #1c2330; --paper: #fff; --ground: #eef1f6; --go: #1d4fb8; }
@media (prefers-color-scheme: dark) { :root { --ink: #e8ecf4; --paper: #1b212c; --ground: #11151c; --go: #3f74e0; } }
body { margin: 0; background: var(--ground); color: var(--ink); font: 18px/1.5 system-ui, sans-serif; }
main { max-width: 32rem; margin: 2rem auto; padding: 1.5rem; background: var(--paper); border-radius: 12px; }
h1 { font-size: 1.3rem; margin: 0 0 0.5rem; overflow-wrap: anywhere; }
button { min-height: 3rem; padding: 0 1.5rem; border: 0; border-radius: 8px; background: var(--go); color: #fff;
  font: inherit; font-weight: 600; cursor: pointer; }
button:focus-visible { outline: 3px solid currentColor; outline-offset: 3px; }
"""
_HASH: Final = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_HEADERS: Final[Mapping[str, str]] = {
    "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{_HASH}'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex",
}
_WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    "en": {
        "reminders": "reminders", "marketing": "offers and news", "staff": "messages for staff",
        "ask": "Stop {what} from {shop}?", "about": "You will get no more {what} this way. What concerns your orders "
        "and your account is still sent.", "button": "Unsubscribe", "done": "You are unsubscribed",
        "after": "{shop} sends you no more {what} this way.", "wrong": "This link does not work",
        "why": "It is not complete, or too old. The newest message has one that works.",
    },
    "pt": {
        "reminders": "lembretes", "marketing": "ofertas e novidades", "staff": "mensagens para a equipe",
        "ask": "Parar de receber {what} de {shop}?", "about": "Você não receberá mais {what} por este meio. O que diz "
        "respeito aos seus pedidos e à sua conta continua sendo enviado.", "button": "Cancelar inscrição",
        "done": "Inscrição cancelada", "after": "{shop} não envia mais {what} por este meio.",
        "wrong": "Este link não funciona",
        "why": "Está incompleto ou é antigo demais. A mensagem mais recente tem um que funciona.",
    },
}  # fmt: skip


def serve_unsubscribing(app: web.Application) -> None:
    """Answer at /notifications/unsubscribe."""
    app.router.add_get(PATH, _ask)
    app.router.add_post(PATH, _do)


async def _ask(request: web.Request) -> web.Response:
    found = await _found(request)
    if found is None:
        return _wrong(request)
    words, shop = _said(found[1], found[0].category)
    form = f'<form method="post"><button type="submit">{escape(words["button"])}</button></form>'
    return _page(words, words["ask"], words["about"], form, shop)


async def _do(request: web.Request) -> web.Response:
    found = await _found(request)
    if found is None:
        return _wrong(request)
    subscription, store = found
    await switch_off(request.app[SHOP], subscription)
    words, shop = _said(store, subscription.category)
    return _page(words, words["done"], words["after"], "", shop)


async def _found(request: web.Request) -> tuple[Subscription, Store] | None:
    """What the link says, and its store; None for a link that is not ours, too old, or of a store that is closed."""
    shop: Shop = request.app[SHOP]
    token = request.query.get("token", "")
    subscription = read(shop.keys, token) if len(token) <= LONGEST_TOKEN else None
    if subscription is None:
        return None
    stores = await shop.use(STORES).all()
    store = next((store for store in stores if store.id == subscription.store_id), None)
    if store is None or not await holds(shop, subscription):
        return None
    return subscription, store


def _said(store: Store, category: Category) -> tuple[Mapping[str, str], str]:
    words = _WORDS["pt" if store.locale.lower().startswith("pt") else "en"]
    filled = {key: text.format(what=words[category], shop=store.name) if "{" in text else text
              for key, text in words.items()}  # fmt: skip
    return {**filled, "lang": "pt-BR" if words is _WORDS["pt"] else "en"}, store.name


def _wrong(request: web.Request) -> web.Response:
    speaks = request.headers.get("Accept-Language", "").lower().startswith("pt")
    words = {**_WORDS["pt" if speaks else "en"], "lang": "pt-BR" if speaks else "en"}
    return _page(words, words["wrong"], words["why"], "", "", HTTPStatus.NOT_FOUND)


def _page(
    words: Mapping[str, str], heading: str, text: str, form: str, shop: str, status: int = HTTPStatus.OK
) -> web.Response:
    title = f"{heading} – {shop}" if shop else heading
    html = f"""<!doctype html>
<html lang="{words["lang"]}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)}</title>
<style>{_STYLE}</style>
</head>
<body>
<main>
<h1>{escape(heading)}</h1>
<p>{escape(text)}</p>
{form}
</main>
</body>
</html>
"""
    return web.Response(text=html, status=status, content_type="text/html", charset="utf-8", headers=_HEADERS)
