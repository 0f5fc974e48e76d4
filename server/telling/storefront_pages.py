"""Where do links in mails lead while there is no storefront yet? To pages of ours that do what the link is for.

They are there where mails are caught, and nowhere else: these addresses are the storefront's. Whoever reaches them can
read every caught mail as well, so a page that leads an order to where it moves tells nothing more.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from html import escape
from http import HTTPStatus
from pathlib import Path
from string import Template
from typing import Final

from aiohttp import web

from server.orders import history_repo, links
from server.settings import Settings
from server.telling.catcher import catches
from server.web.call import SHOP, Shop
from server.web.middlewares import store_of
from server.web.problems import NO_SUCH_ROUTE
from storage.transaction import Transaction

POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; connect-src 'self'; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)
_HEADERS: Final[Mapping[str, str]] = {
    "Content-Security-Policy": POLICY,
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex",
}
_OWN: Final = Path(__file__).with_name("static")
_ASSETS: Final = {"storefront.js": "text/javascript", "storefront.css": "text/css"}


@dataclass(frozen=True, slots=True)
class Place:
    """What a page says and does. `request` is what the storefront asks of the API there; it is sent by `button`."""

    heading: str
    about: str
    request: str
    button: str = ""
    fields: tuple[tuple[str, str, str], ...] = ()
    """Name, label and what a browser fills in (`autocomplete`)."""
    done: str = ""
    also: str = ""
    """HTML of what else can be done from here."""


_PASSWORD: Final = ("password", "Password", "new-password")
_PLACES: Final[Mapping[str, Place]] = {
    "/": Place(
        "A shop without a storefront", "Yours would show the goods here; the shop itself is an API.",
        "GET /api/v1/products", also='<p><a href="/docs">Try the API</a></p>',
    ),
    "/activate": Place(
        "Activate the account", "Then whoever signed up can sign in.", "POST /api/v1/auth/activate", "Activate",
        done="The account is active.",
    ),
    "/confirm-email": Place(
        "Confirm the address", "From then on it is the one to sign in with.", "POST /api/v1/auth/confirm-email",
        "Confirm", done="The address is confirmed.",
    ),
    "/reset-password": Place(
        "Choose a new password", "Everybody who is signed in with the old one is signed out.",
        "POST /api/v1/auth/reset-password", "Set the password", (_PASSWORD,), done="The new password holds.",
    ),
    "/cart": Place("The cart", "Your storefront shows here what is in the cart.", "GET /api/v1/cart"),
    "/invite": Place(
        "Friends", "Your storefront shows here the customer's link for friends, and how far it is to the next reward.",
        "GET /api/v1/me/referrals",
    ),
}  # fmt: skip
_INVITED: Final = Place(
    "A friend invites you", "Whoever signs up here is a friend of the customer whose link it is.",
    "POST /api/v1/auth/register", "Sign up",
    (("name", "Name", "name"), ("email", "E-mail", "email"), _PASSWORD),
    done="If the address is new here, a mail with a link is on its way.",
)  # fmt: skip
_ORDER: Final = Place("Order {}", "Your storefront shows the order here.", "GET /api/v1/orders/{}")
_CONVERSATION: Final = Place(
    "A conversation", "Your storefront shows it here, and goes on with it over the namespace /chat.",
    "GET /api/v1/chat/conversations/{}/messages",
    also='<p><a href="/docs/sockets">What the namespace says</a>. A page to begin with is '
    "<code>examples/storefront/chat.html</code>.</p>",
)  # fmt: skip


def serve_storefront(app: web.Application, settings: Settings) -> None:
    """Answer at the addresses that links in mails have, where mails are caught."""
    if not catches(settings):
        return
    for path in _PLACES:
        app.router.add_get(path, _answer)
    app.router.add_get(r"/orders/{number:[1-9]\d{0,8}}", _answer_order)
    app.router.add_get("/chat/{id:[0-9a-f-]{36}}", _answer_conversation)
    app.router.add_get("/dev/storefront/{name}", _answer_asset)


async def _answer(request: web.Request) -> web.Response:
    is_invite = request.path == "/" and "invite" in request.query
    return _page(_INVITED if is_invite else _PLACES[request.path])


async def _answer_order(request: web.Request) -> web.Response:
    shop: Shop = request.app[SHOP]
    store, number = await store_of(request, shop), int(request.match_info["number"])

    async def work(tx: Transaction) -> str | None:
        order = await history_repo.read(tx, number)
        return None if order is None else links.sign(shop.keys, order.head.id, order.placed_at + links.LIFETIME)

    token = await shop.database.transaction(store.id, work)
    place = _about(_ORDER, str(number))
    if token is None:
        return _page(replace(place, about="This shop has no order with that number."), HTTPStatus.NOT_FOUND)
    return _page(replace(place, also=f'<p><a class="go" href="/order#token={escape(token)}">See it move</a></p>'))


async def _answer_conversation(request: web.Request) -> web.Response:
    return _page(_about(_CONVERSATION, request.match_info["id"]))


def _about(place: Place, named: str) -> Place:
    return replace(place, heading=place.heading.format(named), request=place.request.format(named))


def _page(place: Place, status: int = HTTPStatus.OK) -> web.Response:
    html = Template(_file("storefront.html").decode()).substitute(
        heading=escape(place.heading), about=escape(place.about), request=escape(place.request),
        form=_form(place) if place.button else "", also=place.also,
    )  # fmt: skip
    return web.Response(text=html, content_type="text/html", status=status, headers=_HEADERS)


def _form(place: Place) -> str:
    fields = "".join(
        f'<label>{escape(label)} <input name="{name}" type="{name if name in ("email", "password") else "text"}" '
        f'autocomplete="{fills}" required></label>'
        for name, label, fills in place.fields
    )
    address = escape(place.request.removeprefix("POST "))
    return (
        f'<form data-address="{address}" data-done="{escape(place.done)}">{fields}'
        f"<button>{escape(place.button)}</button></form>"
    )


async def _answer_asset(request: web.Request) -> web.Response:
    name = request.match_info["name"]
    if name not in _ASSETS:
        raise NO_SUCH_ROUTE(f"the page has no file {name[:80]!r}")
    headers = {"Cache-Control": "no-cache"}
    return web.Response(body=_file(name), content_type=_ASSETS[name], charset="utf-8", headers=headers)


@cache
def _file(name: str) -> bytes:
    return (_OWN / name).read_bytes()
