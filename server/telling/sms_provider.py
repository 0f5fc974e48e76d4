"""What must a provider of text messages be able to do, and which one has this shop? A real one, a console, or none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, Protocol
from uuid import UUID

from server.settings import Settings, SettingsError
from server.telling.channels import Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A message to a number in E.164. `id` stays the same however often it is tried.

    `report_to` is where the provider tells what became of it, an address of ours.
    """

    id: UUID
    to: str
    words: str
    report_to: str


class SmsProvider(Protocol):
    """Takes text messages. One object serves all stores."""

    async def send(self, text: Text) -> Outcome:
        """Hand it over; what it raises counts as to be tried again."""
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...


class Account(NamedTuple):
    """Who we are at the provider, and what number messages come from: `+…`, or `MG…` for a group of them."""

    name: str
    token: str
    sender: str


def account_of(settings: Settings) -> Account | None:
    """The account of these settings; None without one. Raises SettingsError where only a part of it is there."""
    given = {
        "SOSTECH_SMS_ACCOUNT": settings.sms_account,
        "SOSTECH_SMS_TOKEN": settings.sms_token,
        "SOSTECH_SMS_FROM": settings.sms_from,
    }
    missing = [name for name, value in given.items() if not value]
    if len(missing) == len(given):
        return None
    if missing:
        raise SettingsError(f"{', '.join(missing)}: missing, though the rest for text messages is there")
    return Account(*(value for value in given.values() if value))
