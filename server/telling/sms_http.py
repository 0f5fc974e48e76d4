"""How does a text message get to a provider? As a form over HTTPS, as Twilio's Messages API takes it, and others do.

The API cannot be told that a message comes a second time. So one whose answer was lost on the way back may arrive
twice, and is risked a few times only; one that was surely not taken is tried again.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Final
from urllib.parse import quote

import msgspec
from aiohttp import (
    ClientConnectorError,
    ClientError,
    ClientResponse,
    ClientSession,
    ClientTimeout,
    ConnectionTimeoutError,
    DummyCookieJar,
    encode_basic_auth,
)

from server.telling.channels import Outcome, Refused, Sent, TryAgain
from server.telling.sms_provider import Account, Text

TOTAL_SECONDS: Final = 20.0
CONNECT_SECONDS: Final = 5.0

_AWAY: Final = frozenset({HTTPStatus.BAD_GATEWAY, HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.GATEWAY_TIMEOUT})
# Who we are is not known or not enough: every other message would fare the same.
_NOT_US: Final = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND})
# Twilio's codes for numbers that do not exist, take no text messages, or asked to get none (STOP).
_BAD_NUMBERS: Final = frozenset({21211, 21214, 21217, 21265, 21407, 21610, 21612, 21614})
_SECONDS: Final = re.compile(r"[0-9]{1,5}")


class _Answer(msgspec.Struct, frozen=True):
    """What the provider says, of it what matters."""

    sid: str | None = None
    code: int | None = None
    message: str | None = None


class HttpProvider:
    """A provider with Twilio's API at `url`. Takes one process's messages."""

    def __init__(self, url: str, account: Account) -> None:
        self._address = f"{url.rstrip('/')}/2010-04-01/Accounts/{quote(account.name, safe='')}/Messages.json"
        self._headers = {"Authorization": encode_basic_auth(account.name, account.token)}
        self._sender = {"MessagingServiceSid" if account.sender.startswith("MG") else "From": account.sender}
        self._session: ClientSession | None = None

    async def send(self, text: Text) -> Outcome:
        """Post the form, and read from the answer what became of it."""
        form = {"To": text.to, "Body": text.words, "StatusCallback": text.report_to, **self._sender}
        try:
            async with self._opened.post(
                self._address, data=form, headers=self._headers, allow_redirects=False
            ) as response:
                return _outcome(response, _read(await response.read()))
        except (ClientConnectorError, ConnectionTimeoutError) as error:
            return TryAgain(f"the provider cannot be reached: {error}"[:500], outage=True)
        except (ClientError, TimeoutError) as error:
            return TryAgain(f"no answer from the provider: {type(error).__name__}", unsure=True)

    async def close(self) -> None:
        """Close every connection."""
        if self._session is not None:
            await self._session.close()

    @property
    def _opened(self) -> ClientSession:
        if self._session is None or self._session.closed:
            timeout = ClientTimeout(total=TOTAL_SECONDS, connect=CONNECT_SECONDS)
            self._session = ClientSession(timeout=timeout, cookie_jar=DummyCookieJar())
        return self._session


def is_signed(token: str, url: str, form: Mapping[str, str], signature: str) -> bool:
    """Whether the provider sent this form to this address of ours: HMAC-SHA1 of both, with the account's token."""
    content = url + "".join(name + form[name] for name in sorted(form))
    made = base64.b64encode(hmac.digest(token.encode(), content.encode("utf-8", "surrogatepass"), hashlib.sha1))
    return hmac.compare_digest(made, signature.encode("utf-8", "surrogatepass"))


def _outcome(response: ClientResponse, answer: _Answer) -> Outcome:
    status = response.status
    if status < HTTPStatus.MULTIPLE_CHOICES:
        return Sent(note=answer.sid)
    said = f"{status}: {answer.message or response.reason}"[:500]
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return TryAgain(said, in_seconds=_retry_after(response))
    if status in _NOT_US:
        return TryAgain(said, outage=True)
    if status < HTTPStatus.BAD_REQUEST or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return TryAgain(said, in_seconds=_retry_after(response), outage=status in _AWAY)
    return Refused(said, bounced=answer.code in _BAD_NUMBERS)


def _retry_after(response: ClientResponse) -> float | None:
    given = response.headers.get("Retry-After", "").strip()
    return float(given) if _SECONDS.fullmatch(given) else None


def _read(content: bytes) -> _Answer:
    try:
        return msgspec.json.decode(content, type=_Answer)
    except (msgspec.DecodeError, UnicodeDecodeError):
        # A proxy's page; its status says enough.
        return _Answer()
