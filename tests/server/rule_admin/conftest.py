"""An admin of a store, its goods, and somebody who looks what they cost."""

from __future__ import annotations

import pytest

from server.web.call import Shop
from storage.tenancy import Store
from tests.server.actors import install_actors
from tests.server.cart.goods import Goods, Shopper, Shoppers
from tests.server.rule_admin.admins import Admin
from tests.shop import Client


@pytest.fixture
def goods(shop: Shop, store: Store) -> Goods:
    """The catalogue of the test's store."""
    return Goods(shop, store)


@pytest.fixture
def guest(shop: Shop, client: Client) -> Shopper:
    """A stranger."""
    return Shoppers(shop, client, install_actors(shop)).guest()


@pytest.fixture
def admin(shop: Shop, store: Store, client: Client) -> Admin:
    """Who may do everything with rulesets."""
    token = install_actors(shop).token(store, "user", ("admin",))
    return Admin(client.signed_in(token))
