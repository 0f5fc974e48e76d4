"""How is the shop put together? All wiring is here: the database, the rooms, and what each of them needs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from aiohttp import web

from server.auth.authentication import authenticate
from server.auth.bearer import TOKENS, Tokens
from server.auth.passwords import PASSWORDS, Passwords
from server.auth.platform_routes import routes as platform_routes
from server.auth.profile_routes import routes as profile_routes
from server.auth.routes import routes as auth_routes
from server.auth.service import ON_SIGN_IN
from server.auth.staff_routes import routes as staff_routes
from server.cart.routes import routes as cart_routes
from server.cart.service import merge_guest_cart
from server.catalog.image_routes import routes as image_routes
from server.catalog.imports.routes import routes as imports_routes
from server.catalog.inventory_routes import routes as inventory_routes
from server.catalog.product_routes import routes as product_routes
from server.catalog.routes import routes as catalog_routes
from server.catalog.spelling import DICTIONARIES, Dictionaries
from server.catalog.taxonomy_routes import routes as taxonomy_routes
from server.checkout.routes import routes as checkout_routes
from server.decisions.books import BOOKS, RuleBooks
from server.decisions.routes import routes as decisions_routes
from server.keys import read_keys
from server.media.files import MEDIA, FileMediaStore
from server.media.pictures import PICTURES, Pictures
from server.media.routes import routes as media_routes
from server.settings import Settings
from server.web import middlewares
from server.web.call import SHOP, Shop
from server.web.cors import cors
from server.web.dispatch import mount
from server.web.docs import serve_docs
from server.web.endpoint import Routes
from server.web.headers import security
from server.web.health import READINESS, Readiness, serve_health
from server.web.limits import LIMITER, open_limiter
from server.web.metrics import METRICS, Metrics, serve_metrics
from server.web.requests import request_id
from storage.database import Database
from storage.tenancy import StoreDirectory

ROOMS = [
    auth_routes,
    profile_routes,
    staff_routes,
    platform_routes,
    media_routes,
    catalog_routes,
    product_routes,
    image_routes,
    taxonomy_routes,
    imports_routes,
    inventory_routes,
    cart_routes,
    checkout_routes,
    decisions_routes,
]
"""In the order of the API document."""

CONNECTION_LIMITS: Final = {
    "keepalive_timeout": 30.0,  # seconds; also how long a new connection may take to send its first request
    "max_line_size": 8190,
    "max_field_size": 8190,
    "max_headers": 100,
    "access_log": None,  # server/web/requests.py writes one line per request
}
"""How much and how long a connection may be before anybody knows what it wants."""


def open_shop(settings: Settings, database: Database) -> Shop:
    """Everything the rooms share, wired."""
    shop = Shop(settings, database, read_keys(settings), {})
    shop.provide(middlewares.STORES, StoreDirectory(database))
    shop.provide(LIMITER, open_limiter(settings))
    shop.provide(TOKENS, Tokens(shop.keys))
    shop.provide(PASSWORDS, Passwords())
    shop.provide(ON_SIGN_IN, [merge_guest_cart])
    shop.provide(middlewares.AUTHENTICATE, authenticate)
    shop.provide(MEDIA, FileMediaStore(settings.data_dir / "media"))
    shop.provide(PICTURES, Pictures())
    shop.provide(METRICS, Metrics(database))
    shop.provide(READINESS, Readiness(database))
    shop.provide(BOOKS, RuleBooks(settings.data_dir / "stores"))
    shop.provide(DICTIONARIES, Dictionaries())
    return shop


def build_app(shop: Shop, rooms: Sequence[Routes] = ROOMS) -> web.Application:
    """The HTTP application of a shop; tests of the layer around the rooms bring rooms of their own."""
    # In this order, for the reasons that server/web/middlewares.py gives.
    around = [request_id, cors, security, middlewares.errors, middlewares.tenant, middlewares.actor]
    app = web.Application(middlewares=around, handler_args=CONNECTION_LIMITS)
    app[SHOP] = shop
    endpoints = mount(app, rooms)
    serve_health(app)
    serve_metrics(app)
    serve_docs(app, endpoints)
    app.on_cleanup.append(_let_go)
    return app


async def _let_go(app: web.Application) -> None:
    """End the process that draws pictures, and the connections to Redis."""
    app[SHOP].use(PICTURES).close()
    await app[SHOP].use(LIMITER).close()
