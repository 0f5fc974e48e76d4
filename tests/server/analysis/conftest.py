"""A store with rulesets, goods and buyers, and somebody who analyses it."""

from __future__ import annotations

import pytest

from server.web.call import Shop
from storage.tenancy import Store
from tests.server.actors import install_actors
from tests.server.analysis.analysts import Analyst
from tests.server.cart.goods import Goods, Shoppers
from tests.server.rule_admin.admins import Admin
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
def analyst(shop: Shop, store: Store, client: Client) -> Analyst:
    """Who may do everything with rulesets, and so try them."""
    return Analyst(shop, store, Admin(client.signed_in(install_actors(shop).token(store, "user", ("admin",)))))
