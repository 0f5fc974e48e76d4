"""Who takes a payment? The provider that the store's setting names for the method, or the usual one.

The setting `payment_providers` of a store is `{"card": "stripe", "pix": "test", …}`. Without an entry cash on delivery
is `cash`; all else is `stripe` where its keys are set, else the test provider where it is allowed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from server.payments.providers.cash import CashProvider
from server.payments.providers.errors import PAYMENT_PROVIDER_MISSING
from server.payments.providers.outbound import OUTBOUND
from server.payments.providers.stripe import StripeProvider
from server.payments.providers.test import BuiltInProvider
from server.ports import PaymentProvider
from server.web.call import Resource, Shop
from storage.tenancy import Store

CASH_ON_DELIVERY: Final = "cash_on_delivery"
STORE_SETTING: Final = "payment_providers"


class Providers:
    """The providers this installation has, by name: `cash`, and `stripe` and `test` where they are set up."""

    def __init__(self, providers: Mapping[str, PaymentProvider]) -> None:
        self._providers = dict(providers)

    def find(self, name: str) -> PaymentProvider | None:
        """The provider of that name, or None."""
        return self._providers.get(name)

    def get(self, name: str) -> PaymentProvider:
        """The provider of that name. Raises PAYMENT_PROVIDER_MISSING, which later may be mended by a setting."""
        found = self._providers.get(name)
        if found is None:
            raise PAYMENT_PROVIDER_MISSING(f"the payment provider {name[:80]!r} is not set up here; {self._way_out()}")
        return found

    def of_method(self, store: Store, method: str) -> PaymentProvider:
        """Who takes new payments by this method in this store. Raises PAYMENT_PROVIDER_MISSING."""
        named = _named(store, method)
        if named is not None:
            return self.get(named)
        if method == CASH_ON_DELIVERY:
            return self.get("cash")
        for usual in ("stripe", "test"):
            if usual in self._providers:
                return self._providers[usual]
        raise PAYMENT_PROVIDER_MISSING(f"nobody takes payments by {method[:80]!r}; {self._way_out()}")

    def _way_out(self) -> str:
        return (
            f"there is {', '.join(sorted(self._providers))}; set SOSTECH_STRIPE_SECRET_KEY, "
            f"or name another provider in the store's setting {STORE_SETTING}"
        )


PROVIDERS: Final = Resource[Providers]("payments.providers")


def open_providers(shop: Shop) -> Providers:
    """The providers that the settings allow. Needs OUTBOUND and the test provider's resources in place."""
    found: dict[str, PaymentProvider] = {"cash": CashProvider()}
    if shop.settings.stripe_secret_key is not None:
        found["stripe"] = StripeProvider(shop.settings, shop.use(OUTBOUND))
    if shop.settings.has_test_provider:
        found["test"] = BuiltInProvider(shop)
    return Providers(found)


def _named(store: Store, method: str) -> str | None:
    """What the store's setting says; a setting that is no such object says nothing."""
    setting: Any = store.settings.get(STORE_SETTING)
    named: Any = setting.get(method) if isinstance(setting, dict) else None
    return named if isinstance(named, str) else None
