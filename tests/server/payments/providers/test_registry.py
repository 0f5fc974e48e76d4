"""Who takes a payment: what the store says, else the usual one, else nobody and it is said what to do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from server.errors import AppError
from server.payments.providers.outbound import OUTBOUND, Outbound
from server.payments.providers.registry import Providers, open_providers
from storage.database import Database
from storage.tenancy import Store
from tests.shop import new_shop

STRIPE = {"stripe_secret_key": "sk_test_1", "stripe_webhook_secrets": "whsec_1"}


def providers(database: Database, folder: Path, **settings: Any) -> Providers:
    shop = new_shop(database, folder, **settings)
    shop.provide(OUTBOUND, Outbound())
    return open_providers(shop)


def with_setting(store: Store, setting: object) -> Store:
    return replace(store, settings={"payment_providers": setting})


async def test_usually_cash_is_cash_and_all_else_is_tried_out(database: Database, tmp_path: Path, store: Store) -> None:
    found = providers(database, tmp_path)
    assert found.of_method(store, "cash_on_delivery").name == "cash"
    assert found.of_method(store, "card").name == "test"
    assert found.find("stripe") is None


async def test_stripe_takes_what_is_not_cash_once_its_key_is_there(
    database: Database, tmp_path: Path, store: Store
) -> None:
    found = providers(database, tmp_path, **STRIPE)
    assert found.of_method(store, "card").name == "stripe"
    assert found.of_method(store, "pix").name == "stripe"
    assert found.of_method(store, "cash_on_delivery").name == "cash"
    assert found.get("test").name == "test", "payments that were begun there can still be ended"


async def test_a_store_may_choose_for_each_method(database: Database, tmp_path: Path, store: Store) -> None:
    found = providers(database, tmp_path, **STRIPE)
    chosen = with_setting(store, {"card": "test", "cash_on_delivery": "stripe"})
    assert found.of_method(chosen, "card").name == "test"
    assert found.of_method(chosen, "cash_on_delivery").name == "stripe"
    assert found.of_method(chosen, "pix").name == "stripe"


@pytest.mark.parametrize("setting", [None, "stripe", [], {}, {"card": None}, {"card": 7}])
async def test_a_setting_that_says_nothing_changes_nothing(
    database: Database, tmp_path: Path, store: Store, setting: object
) -> None:
    assert providers(database, tmp_path).of_method(with_setting(store, setting), "card").name == "test"


async def test_a_chosen_provider_that_is_not_set_up_is_named(database: Database, tmp_path: Path, store: Store) -> None:
    found = providers(database, tmp_path)
    with pytest.raises(AppError) as refused:
        found.of_method(with_setting(store, {"card": "stripe"}), "card")
    assert refused.value.error.code == "payment_provider_missing"
    assert "'stripe' is not set up here; there is cash, test" in refused.value.detail


async def test_where_nobody_takes_payments_the_way_out_is_told(
    database: Database, tmp_path: Path, store: Store
) -> None:
    found = providers(database, tmp_path, test_provider=False)
    assert found.of_method(store, "cash_on_delivery").name == "cash"
    with pytest.raises(AppError) as refused:
        found.of_method(store, "card")
    assert refused.value.error.code == "payment_provider_missing"
    assert "SOSTECH_STRIPE_SECRET_KEY" in refused.value.detail
    assert found.find("test") is None
