"""Which mails does the shop owe? Written as events to the outbox; rendering and sending are the worker's."""

from __future__ import annotations

from notifications.outbox import Event


class MailRequested(Event, frozen=True, kw_only=True, tag="mail_requested"):
    """A mail to one person. `template` names the text, `values` fill it; `locale` is a language tag or None."""

    template: str
    to: str
    locale: str | None
    values: dict[str, str]
