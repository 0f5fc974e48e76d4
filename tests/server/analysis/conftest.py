"""A store with rulesets, goods and buyers, and somebody who analyses it."""

from __future__ import annotations

import pytest

from server.web.call import Shop
from storage.tenancy import Store
from tests.server.actors import install_actors
from tests.server.analysis.analysts import Analyst
from tests.server.rule_admin.admins import Admin
from tests.shop import Client


@pytest.fixture
def analyst(shop: Shop, store: Store, client: Client) -> Analyst:
    """Who may do everything with rulesets, and so try them."""
    return Analyst(shop, store, Admin(client.signed_in(install_actors(shop).token(store, "user", ("admin",)))))
