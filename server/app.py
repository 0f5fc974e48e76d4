"""How is the shop put together? All wiring is here: the database, the rooms, and what each of them needs."""

from __future__ import annotations

from aiohttp import web

from server.auth.routes import routes as auth_routes
from server.cart.routes import routes as cart_routes
from server.catalog.routes import routes as catalog_routes
from server.checkout.routes import routes as checkout_routes
from server.decisions.routes import routes as decisions_routes
from server.keys import read_keys
from server.settings import Settings
from server.web import middlewares
from server.web.actor import ANONYMOUS, Actor
from server.web.call import SHOP, Shop
from server.web.dispatch import mount
from storage.database import Database
from storage.tenancy import Store, StoreDirectory

ROOMS = [auth_routes, catalog_routes, cart_routes, checkout_routes, decisions_routes]
"""In the order of the API document."""


async def _anonymous(_request: web.Request, _shop: Shop, _store: Store) -> Actor:
    return ANONYMOUS


def open_shop(settings: Settings, database: Database) -> Shop:
    """Everything the rooms share, wired."""
    shop = Shop(settings, database, read_keys(settings), {})
    shop.provide(middlewares.STORES, StoreDirectory(database))
    shop.provide(middlewares.AUTHENTICATE, _anonymous)
    return shop


def build_app(shop: Shop) -> web.Application:
    """The HTTP application of a shop."""
    app = web.Application(
        middlewares=[middlewares.request_id, middlewares.errors, middlewares.tenant, middlewares.actor]
    )
    app[SHOP] = shop
    mount(app, ROOMS)
    return app
