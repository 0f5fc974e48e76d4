"""Orders that use coupons up, and what the counters then say; a store whose rules limit what can be used."""

from __future__ import annotations

from pathlib import Path

import pytest

from server.decisions.books import BOOKS, LiveBook
from server.web.call import Shop
from storage.tenancy import Store
from tests.server.actors import install_actors
from tests.server.cart.goods import Goods, Shoppers
from tests.server.referrals.desk import Desk
from tests.server.referrals.orders import Uses
from tests.server.referrals.rules import limited_book
from tests.shop import Client


@pytest.fixture
def uses(shop: Shop, store: Store) -> Uses:
    """The uses of the test's own store."""
    return Uses(shop.database, store)


@pytest.fixture(scope="session")
def limited(tmp_path_factory: pytest.TempPathFactory) -> LiveBook:
    """Rules of which everything can be used up."""
    return limited_book(Path(tmp_path_factory.mktemp("rules")))


@pytest.fixture
def goods(shop: Shop, store: Store, limited: LiveBook) -> Goods:
    """The catalogue of the test's store, which decides by the limited rules."""
    shop.use(BOOKS).replace(store.id, limited)
    return Goods(shop, store)


@pytest.fixture
def shoppers(shop: Shop, client: Client, goods: Goods) -> Shoppers:
    """People of the test's store."""
    return Shoppers(shop, client, install_actors(shop))


@pytest.fixture
def desk(shop: Shop, client: Client, store: Store, goods: Goods) -> Desk:
    """Somebody who may issue codes."""
    return Desk(client.signed_in(install_actors(shop).token(store, roles=("moderator",))))
