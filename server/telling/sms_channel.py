"""How does a message become a text message? It is put into a few words, its number is read, and a provider takes it."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlencode

from notifications.rendering import TextFault, short
from server.auth.phone_numbers import reachable
from server.settings import Settings
from server.telling.channels import Message, Outcome, Refused, not_written
from server.telling.rendering_values import Asked, sender_of, values_for
from server.telling.sms_console import Console
from server.telling.sms_http import HttpProvider
from server.telling.sms_provider import SmsProvider, Text, account_of
from server.web.call import Shop
from storage.tenancy import Store

REPORT_PATH: Final = "/notifications/sms/status"
"""Where providers tell what became of a message."""
LONGEST: Final = 1_600
"""Characters; providers cut messages into parts and bill each."""


class SmsChannel:
    """Text messages. One per process."""

    def __init__(self, settings: Settings, provider: SmsProvider) -> None:
        self._settings = settings
        self._provider = provider

    @property
    def per_second(self) -> float | None:
        """How many the provider takes, by the settings."""
        return self._settings.sms_rate or None

    @property
    def hands(self) -> int:
        """As many as a provider answers at once without being asked to."""
        return 2

    async def send(self, shop: Shop, store: Store, message: Message) -> Outcome:
        """Hand it over. What is no number, and a text that cannot be written, is refused: it would never be better."""
        to = reachable(message.address, store.country)
        if to is None:
            return Refused("this is no telephone number that text messages can be sent to", bounced=True)
        try:
            words = await _words(shop, store, message)
        except TextFault as fault:
            return not_written(fault)
        about = urlencode({"store": store.id, "message": message.id})
        report_to = f"{self._settings.base_url}{REPORT_PATH}?{about}"
        return await self._provider.send(Text(id=message.id, to=to, words=words[:LONGEST], report_to=report_to))

    async def close(self) -> None:
        """Take leave of the provider."""
        await self._provider.close()


def open_sms(settings: Settings) -> SmsChannel | None:
    """The channel of these settings; None in production where no provider is set up. Raises SettingsError."""
    account = account_of(settings)
    if account is not None:
        return SmsChannel(settings, HttpProvider(settings.sms_api_url, account))
    return None if settings.is_production else SmsChannel(settings, Console(settings.data_dir))


async def _words(shop: Shop, store: Store, message: Message) -> str:
    """The store's own words, or the few of the text; and the address where the rest is told."""
    asked = Asked.of(shop, store, message)
    values: dict[str, Any] = await shop.database.transaction(store.id, lambda tx: values_for(tx, asked))
    if "body" in message.values:
        words, link = str(message.values["body"]), message.values.get("link")
    else:
        words, link = short(asked.text, message.locale, sender_of(shop, store), values), values.get("link")
    return f"{words} {link}" if link else words
