"""Which mails does this room owe people, and which links do they hold?"""

from __future__ import annotations

from datetime import timedelta
from typing import Final, Literal

import structlog

from notifications.events import MailRequested
from notifications.outbox import announce
from server.web.call import Call
from storage.transaction import Transaction

Template = Literal[
    "account_exists",
    "activation",
    "email_change",
    "email_changed",
    "password_changed",
    "password_reset",
    "password_reset_unknown",
]

_LOG: Final = structlog.get_logger("sostech.auth")


async def mail(
    tx: Transaction,
    call: Call,
    template: Template,
    to: str,
    *,
    locale: str | None,
    name: str = "",
    link: str = "",
    lifetime: timedelta | None = None,
) -> None:
    """Owe the mail if the transaction commits. Without a link of its own it leads to the shop.

    `lifetime` is how long the link works, in whole hours. In development the link also goes to the log, and to
    `mails.log` in the data directory, for scripts to follow it.
    """
    values = {"name": name, "link": link or call.shop.settings.base_url}
    if lifetime is not None:
        values["hours"] = str(lifetime // timedelta(hours=1))
    await announce(tx, MailRequested(template=template, to=to, locale=locale or call.store.locale, values=values))
    if link and call.shop.settings.environment == "development":

        async def show() -> None:
            _LOG.info("mail_link", template=template, to=to, link=link)
            with (call.shop.settings.data_dir / "mails.log").open("a", encoding="utf-8") as file:
                file.write(f"{template} {to} {link}\n")

        tx.after_commit(show)


def link(call: Call, page: str, token: str) -> str:
    """The address in a mail. The token is behind #, so it is sent to no server and stands in no log of one."""
    return f"{call.shop.settings.base_url}/{page}#token={token}"
