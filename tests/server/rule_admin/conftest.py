"""An admin of a store, its goods, and somebody who looks what they cost."""

from __future__ import annotations

import pytest

from server.web.call import Shop
from storage.tenancy import Store
from tests.server.actors import install_actors
from tests.server.rule_admin.admins import Admin
from tests.shop import Client


@pytest.fixture
def admin(shop: Shop, store: Store, client: Client) -> Admin:
    """Who may do everything with rulesets."""
    token = install_actors(shop).token(store, "user", ("admin",))
    return Admin(client.signed_in(token))
