"""Where do mails go while developing, when there is no mail server? To one of our own, a real one that only keeps them.

It listens on a free port of the loopback, in the loop of the process that serves the shop; /dev/mail shows what it got.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final

import structlog

from server.settings import Settings
from server.telling.catcher_files import CaughtMails
from storage.ids import new_id

if TYPE_CHECKING:
    from aiosmtpd.smtp import Envelope

_LOG: Final = structlog.get_logger("sostech.mail_catcher")
_HOST: Final = "127.0.0.1"


def catches(settings: Settings) -> bool:
    """Whether mails are caught: while developing, where no mail server is named."""
    return settings.environment == "development" and settings.smtp_url is None


def without_mail(settings: Settings) -> dict[str, str]:
    """For the shop's health: why no mail leaves it; empty where mails leave, or are caught."""
    if settings.smtp_url is not None or not settings.is_production:
        return {}
    return {"mail": "no mail server is set up, so mails wait: SOSTECH_SMTP_URL"}


@asynccontextmanager
async def catching(settings: Settings) -> AsyncIterator[None]:
    """Catch mails as long as the block runs, where there is reason to; without aiosmtpd they wait."""
    for reason in without_mail(settings).values():
        _LOG.warning("mails_wait", reason=reason)
    if not catches(settings):
        yield
        return
    try:
        from aiosmtpd.smtp import SMTP
    except ImportError:
        _LOG.warning(
            "mails_wait", reason="aiosmtpd is not installed, so nobody catches them", way_out="SOSTECH_SMTP_URL"
        )
        yield
        return
    # It would tell every line of every conversation.
    logging.getLogger("mail.log").setLevel(logging.WARNING)
    mails = CaughtMails(settings.data_dir)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(_Keeper(mails), enable_SMTPUTF8=True, ident="SOSTECH mail catcher", loop=loop), _HOST, 0
    )
    mails.listening_on(server.sockets[0].getsockname()[1])
    try:
        yield
    finally:
        mails.listening_on(None)
        server.close()


class _Keeper:
    """What aiosmtpd asks what to do with a mail."""

    def __init__(self, mails: CaughtMails) -> None:
        self._mails = mails

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Envelope) -> str:
        content = envelope.original_content or b""
        await asyncio.to_thread(self._mails.keep, str(new_id()), content)
        return "250 2.0.0 kept"
