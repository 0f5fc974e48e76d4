"""A store with rulesets, somebody who may do everything with them, and somebody who looks what things cost."""

from __future__ import annotations

import pytest

from server.web.call import Shop
from storage.tenancy import Store
from tests.server.actors import install_actors
from tests.server.proving.provers import Prover
from tests.server.proving.threads import answer_in_threads
from tests.server.rule_admin.admins import Admin
from tests.shop import Client


@pytest.fixture
def in_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    """Proofs are answered in threads of the test."""
    answer_in_threads(monkeypatch)


@pytest.fixture
def prover(shop: Shop, store: Store, client: Client) -> Prover:
    """Who asks for proofs."""
    return Prover(shop, store, Admin(client.signed_in(install_actors(shop).token(store, "user", ("admin",)))))
