"""How does a mail get to the mail server, and what does its answer mean? By SMTP, each mail to one recipient.

A few connections are kept open and used again. What the server says of the recipient or the content is about that mail
alone; that it cannot be reached, does not know us or is closing is about all mails (RFC 5321, 4.2; RFC 3463).
"""

from __future__ import annotations

import asyncio
import re
from contextlib import suppress
from typing import Final
from urllib.parse import unquote, urlsplit

import msgspec
from aiosmtplib import (
    SMTP,
    SMTPDataError,
    SMTPException,
    SMTPNotSupported,
    SMTPRecipientRefused,
    SMTPResponseException,
    SMTPSenderRefused,
)

from server.telling.channels import Outcome, Refused, Sent, TryAgain

DATA_SECONDS: Final = 45.0
"""How long a server may look at the content before it answers: the longest step (RFC 5321, 4.5.3.2.6), and the one that
must not be cut short, within SEND_SECONDS: a mail whose answer is lost may have arrived.
"""

_DEFAULT_PORTS: Final = {"smtp": 25, "smtps": 465, "smtp+starttls": 587}
_CLOSING: Final = 421
_PERMANENT: Final = 500
_TOO_LARGE: Final = 552
_NO_MAILBOX: Final = frozenset({550, 551, 553})
"""What servers without enhanced codes say of an address that is none."""
_ENHANCED: Final = re.compile(r"\b[245]\.(\d{1,3})\.(\d{1,3})\b")
_ADDRESS_SUBJECT: Final = "1"
_LONGEST_REASON: Final = 300


class MailServerAddress(msgspec.Struct, frozen=True, kw_only=True):
    """Where a mail server is, how safe the way to it is, and as whom to sign in there."""

    host: str
    port: int
    is_tls: bool = False
    is_starttls: bool = False
    user: str | None = None
    password: str | None = None


def read_smtp_url(text: str) -> MailServerAddress:
    """An address such as smtp+starttls://user:password@mail.example:587. Raises ValueError with the way out."""
    parts = urlsplit(text)
    if parts.scheme not in _DEFAULT_PORTS:
        raise ValueError("it has to begin with smtp://, smtps:// or smtp+starttls://")
    if not parts.hostname or parts.path not in ("", "/") or parts.query or parts.fragment:
        raise ValueError("after the scheme come only user:password@, host and :port")
    return MailServerAddress(
        host=parts.hostname,
        port=parts.port or _DEFAULT_PORTS[parts.scheme],
        is_tls=parts.scheme == "smtps",
        is_starttls=parts.scheme == "smtp+starttls",
        user=None if parts.username is None else unquote(parts.username),
        password=None if parts.password is None else unquote(parts.password),
    )


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """What is handed over: envelope and content. `is_utf8`: an address needs SMTPUTF8 (RFC 6531)."""

    sender: str
    recipient: str
    content: bytes
    is_utf8: bool = False


class MailServer:
    """Connections to one mail server. `hand_over` may be called by many at once; it never raises."""

    def __init__(
        self,
        address: MailServerAddress,
        *,
        connections: int,
        timeout: float,
        local_name: str,
        data_timeout: float = DATA_SECONDS,
    ) -> None:
        self.address = address
        self._timeout = timeout
        self._data_timeout = data_timeout
        self._local_name = local_name
        self._places = asyncio.Semaphore(connections)
        self._idle: list[SMTP] = []

    async def hand_over(self, letter: Letter) -> Outcome:
        """Hand the mail over, and say what became of it."""
        async with self._places:
            kept = await self._kept()
            if kept is not None:
                outcome, was_begun = await self._over(kept, letter)
                if was_begun or not (isinstance(outcome, TryAgain) and outcome.outage):
                    return outcome
                # It was closed while nobody used it, or has taken as many mails as it may: that says nothing.
            try:
                fresh = await self._connect()
            except (SMTPException, OSError, ValueError) as error:
                return TryAgain(reason=f"the mail server cannot be reached: {_told(error)}", outage=True)
            outcome, _ = await self._over(fresh, letter)
            return outcome

    async def close(self) -> None:
        """Take leave."""
        idle, self._idle = self._idle, []
        for client in idle:
            with suppress(SMTPException, OSError):
                await client.quit()
            client.close()

    async def _kept(self) -> SMTP | None:
        while self._idle:
            client = self._idle.pop()
            if client.is_connected:
                return client
            client.close()
        return None

    async def _connect(self) -> SMTP:
        address = self.address
        client = SMTP(
            hostname=address.host,
            port=address.port,
            use_tls=address.is_tls,
            start_tls=address.is_starttls,
            username=address.user,
            password=address.password,
            local_hostname=self._local_name,
            timeout=self._timeout,
        )
        try:
            await client.connect()
            if client.is_ehlo_or_helo_needed:
                await client.ehlo()
        except BaseException:
            client.close()
            raise
        return client

    async def _over(self, client: SMTP, letter: Letter) -> tuple[Outcome, bool]:
        """What became of it by this connection; whether the server had taken the sender, so that it was about it."""
        was_begun = was_handed = is_usable = False
        try:
            await self._begin(client, letter)
            was_begun = True
            await client.rcpt(letter.recipient, encoding=_encoding(letter))
            was_handed = True
            answer = await client.data(letter.content, timeout=self._data_timeout)
            is_usable = True
            return Sent(note=answer.message[:_LONGEST_REASON]), was_begun
        except SMTPNotSupported as error:
            is_usable = True
            return Refused(reason=f"the mail server cannot write to such addresses: {_told(error)}"), True
        except SMTPResponseException as error:
            is_usable = error.code != _CLOSING and await _is_reset(client)
            return _outcome_of(error), was_begun
        except (SMTPException, OSError) as error:
            # In the middle of it nobody knows why; at its beginning it cannot be because of this mail.
            reason = f"the mail server broke off: {_told(error)}"
            return TryAgain(reason=reason, outage=not was_begun, unsure=was_handed), was_begun
        finally:
            if is_usable and client.is_connected:
                self._idle.append(client)
            else:
                client.close()

    async def _begin(self, client: SMTP, letter: Letter) -> None:
        options = []
        if letter.is_utf8:
            if not client.supports_extension("smtputf8"):
                raise SMTPNotSupported("it knows no SMTPUTF8")
            options = ["SMTPUTF8", "BODY=8BITMIME"]
        await client.mail(letter.sender, options=options, encoding=_encoding(letter))


def _encoding(letter: Letter) -> str:
    return "utf-8" if letter.is_utf8 else "ascii"


async def _is_reset(client: SMTP) -> bool:
    try:
        await client.rset()
    except (SMTPException, OSError):
        return False
    return True


def _outcome_of(error: SMTPResponseException) -> Outcome:
    """What the server's refusal means for this mail, and for all."""
    reason = _told(error)
    if error.code == _CLOSING:
        return TryAgain(reason=reason, outage=True)
    match error:
        case SMTPRecipientRefused() if error.code >= _PERMANENT:
            return Refused(reason=reason, bounced=_is_about_address(error))
        case SMTPDataError() if error.code >= _PERMANENT:
            return Refused(reason=reason)
        case SMTPSenderRefused() if error.code == _TOO_LARGE:
            return Refused(reason=reason)
        case SMTPRecipientRefused() | SMTPDataError():
            return TryAgain(reason=reason)
        case _:
            # It refuses our sender, our password or our greeting: no mail of ours would be taken.
            return TryAgain(reason=reason, outage=True)


def _is_about_address(error: SMTPResponseException) -> bool:
    """Whether nobody can be reached there; not because the box is full or the text is not liked."""
    enhanced = _ENHANCED.search(error.message)
    if enhanced is None:
        return error.code in _NO_MAILBOX
    subject, detail = enhanced.groups()
    # X.1.x is about addresses, X.2.1 a mailbox that is disabled (RFC 3463).
    return subject == _ADDRESS_SUBJECT or (subject, detail) == ("2", "1")


def _told(error: Exception) -> str:
    code = f"{error.code} " if isinstance(error, SMTPResponseException) else ""
    message = error.message if isinstance(error, SMTPException) else str(error)
    return f"{code}{' '.join(str(message).split()) or type(error).__name__}"[:_LONGEST_REASON]
