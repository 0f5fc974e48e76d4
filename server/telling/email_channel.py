"""How does a message become a mail? What it tells of is read, it is written, and a mail server takes it.

Without a mail server in the settings, development hands mails to its own catcher (server/telling/catcher.py); elsewhere
they wait.
"""

from __future__ import annotations

from email.utils import formatdate
from typing import Final

import structlog

from notifications.rendering import Rendered, TextFault, render
from server.settings import Settings, SettingsError
from server.telling.catcher_files import caught_at
from server.telling.channels import Message, Outcome, Refused, TryAgain, not_written
from server.telling.email_letter import AddressUnusable, Envelope, domain_of, letter_of, mailbox
from server.telling.email_server import MailServer, MailServerAddress, read_smtp_url
from server.telling.rendering_values import Asked, sender_of, values_for
from server.telling.unsubscribing import unsubscribe_link
from server.web.call import Shop
from storage.tenancy import Store
from storage.transaction import Transaction

_LOG: Final = structlog.get_logger("sostech.telling.email")


class EmailChannel:
    """Mails. One per process."""

    def __init__(self, settings: Settings) -> None:
        """Raises SettingsError for an address that is none."""
        self._settings = settings
        self._configured = _read_address(settings)
        self._sender = _checked("SOSTECH_MAIL_FROM", settings.mail_sender)
        self._reply_to = _checked("SOSTECH_MAIL_REPLY_TO", settings.mail_reply_to) if settings.mail_reply_to else None
        self._server: MailServer | None = None

    @property
    def per_second(self) -> float | None:
        """How many mails the mail server is to get in a second, by the settings."""
        return self._settings.mail_rate or None

    @property
    def hands(self) -> int:
        """As many as there may be connections."""
        return self._settings.mail_connections

    async def send(self, shop: Shop, store: Store, message: Message) -> Outcome:
        """Hand the mail over. A text that cannot be written is refused: trying again would not help."""
        server = self._reach()
        if server is None:
            return TryAgain(reason="no mail server is set up: SOSTECH_SMTP_URL", outage=True)
        try:
            unsubscribe = unsubscribe_link(shop, store, message)
            rendered = await _rendered(shop, store, message, unsubscribe)
            letter = letter_of(self._envelope(store, message, unsubscribe), rendered)
        except TextFault as fault:
            outcome = not_written(fault)
            if isinstance(outcome, Refused):
                _LOG.error("mail_not_written", message_id=str(message.id), template=message.template, reason=str(fault))
            return outcome
        except AddressUnusable as fault:
            return Refused(reason=str(fault), bounced=True)
        return await server.hand_over(letter)

    async def close(self) -> None:
        """Take leave of the mail server."""
        if self._server is not None:
            await self._server.close()

    def _envelope(self, store: Store, message: Message, unsubscribe: str | None) -> Envelope:
        return Envelope(
            message_id=str(message.id),
            date=formatdate(),
            sender_name=store.name,
            sender=self._sender,
            recipient=message.address,
            reply_to=self._reply_to,
            unsubscribe=unsubscribe,
        )

    def _reach(self) -> MailServer | None:
        address = self._configured
        if address is None and self._settings.environment == "development":
            # Another process may serve the shop, and catch the mails, than the one that sends them.
            address = caught_at(self._settings.data_dir)
        if address is not None and (self._server is None or self._server.address != address):
            self._server = MailServer(
                address,
                connections=self._settings.mail_connections,
                timeout=self._settings.mail_timeout_seconds,
                local_name=domain_of(self._sender),
            )
        return None if address is None else self._server


async def _rendered(shop: Shop, store: Store, message: Message, unsubscribe: str | None) -> Rendered:
    asked = Asked.of(shop, store, message)

    async def work(tx: Transaction) -> dict[str, object]:
        return await values_for(tx, asked)

    values = await shop.database.transaction(store.id, work)
    sender = sender_of(shop, store)
    return render(asked.text, message.locale, sender, values, audience=asked.audience, unsubscribe=unsubscribe)


def _read_address(settings: Settings) -> MailServerAddress | None:
    try:
        return None if settings.smtp_url is None else read_smtp_url(settings.smtp_url)
    except ValueError as error:
        raise SettingsError(f"SOSTECH_SMTP_URL: {error}") from error


def _checked(variable: str, address: str) -> str:
    try:
        return mailbox(address)
    except AddressUnusable as error:
        raise SettingsError(f"{variable}: {error}") from error
