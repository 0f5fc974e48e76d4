"""A store with goods, and people who order them."""

from __future__ import annotations

import pytest

from server.web.call import Shop
from storage.tenancy import Store
from tests.server.actors import install_actors
from tests.server.cart.goods import Goods, Shopper, Shoppers
from tests.shop import Client


@pytest.fixture
def goods(shop: Shop, store: Store) -> Goods:
    """The catalogue of the test's store."""
    return Goods(shop, store)


@pytest.fixture
def shoppers(shop: Shop, client: Client) -> Shoppers:
    """People of the test's store."""
    return Shoppers(shop, client, install_actors(shop))


@pytest.fixture
def guest(shoppers: Shoppers) -> Shopper:
    """A stranger."""
    return shoppers.guest()
