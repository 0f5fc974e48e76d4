"""How fast may clients of one namespace ask? Each by itself, and all of one user, or of one address, together."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final, NoReturn

from server.auth.bearer import Claims
from server.sockets.paces import Pace, Paces
from server.sockets.transports import Transport
from server.web.problems import RATE_LIMITED
from storage.tenancy import Store

EVENTS_PER_SECOND: Final = 20.0
MOST_EVENTS_AT_ONCE: Final = 100
"""Of one client, and of all clients of one user together."""
EVENTS_OF_NOBODY_PER_SECOND: Final = 100.0
MOST_EVENTS_OF_NOBODY_AT_ONCE: Final = 1_000
"""Of all clients together that show no token, of one address."""
MOST_REFUSED: Final = 200
"""Events of a client that came too fast, before it is cut."""


class Slowing:
    """The paces of one namespace. Joining counts as an event."""

    def __init__(self, namespace: str, cut: Callable[[Transport], None]) -> None:
        self._namespace = namespace
        self._cut = cut
        self._users = Paces(EVENTS_PER_SECOND, MOST_EVENTS_AT_ONCE)
        self._nobodies = Paces(EVENTS_OF_NOBODY_PER_SECOND, MOST_EVENTS_OF_NOBODY_AT_ONCE)

    def of_client(self, transport: Transport) -> None:
        """It asks for something. Raises RATE_LIMITED."""
        pace = self._pace(transport)
        if not pace.take(_now()):
            self._refuse(transport, pace)

    def of_all_theirs(self, transport: Transport, store: Store, claims: Claims | None) -> None:
        """Whoever they are, they ask for something, by this client or another. Raises RATE_LIMITED."""
        if claims is None:
            # Others may send from there as well, so none of them is cut for it.
            if not self._nobodies.take(transport.address, _now()):
                raise RATE_LIMITED("too many events of your address; come back later", retry_after_seconds=1)
        elif not self._users.take((store.id, claims.sub), _now()):
            pace = self._pace(transport)
            pace.refused += 1
            self._refuse(transport, pace)

    def _pace(self, transport: Transport) -> Pace:
        """That of a client, which it keeps when it leaves and comes back."""
        known = transport.paces.get(self._namespace)
        if known is None:
            known = transport.paces[self._namespace] = Pace(EVENTS_PER_SECOND, MOST_EVENTS_AT_ONCE, _now())
        return known

    def _refuse(self, transport: Transport, pace: Pace) -> NoReturn:
        if pace.refused > MOST_REFUSED:
            self._cut(transport)
        raise RATE_LIMITED(
            f"at most {EVENTS_PER_SECOND:g} events a second, {MOST_EVENTS_AT_ONCE} at once", retry_after_seconds=1
        )


def _now() -> float:
    return asyncio.get_running_loop().time()
