"""How does the shop speak HTTP to others? Through one client session, opened when first needed, with limits on time."""

from __future__ import annotations

from typing import Final

from aiohttp import ClientSession, ClientTimeout, DummyCookieJar

from server.web.call import Resource

CONNECT_SECONDS: Final = 5.0
TOTAL_SECONDS: Final = 20.0
"""Less than a request of ours may take (SOSTECH_REQUEST_TIMEOUT_SECONDS), so that the caller learns what happened."""


class Outbound:
    """The session; `close` it at the end. Keeps no cookies."""

    def __init__(self, total_seconds: float = TOTAL_SECONDS) -> None:
        self._timeout = ClientTimeout(total=total_seconds, connect=min(CONNECT_SECONDS, total_seconds))
        self._session: ClientSession | None = None

    @property
    def session(self) -> ClientSession:
        """The session, of the running loop."""
        if self._session is None or self._session.closed:
            self._session = ClientSession(timeout=self._timeout, cookie_jar=DummyCookieJar())
        return self._session

    async def close(self) -> None:
        """Close every connection."""
        if self._session is not None:
            await self._session.close()


OUTBOUND: Final = Resource[Outbound]("payments.outbound")
