"""How does a process learn that something has a new step? PostgreSQL tells whoever listens, with the commit.

Triggers tell it (migration 59), so whatever program makes the step, everybody hears of it, or nobody when it is undone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import structlog

from server.web.call import Resource

CHANNEL: Final = "sostech_steps"

_LOG: Final = structlog.get_logger("sostech.feeds")


@dataclass(frozen=True, slots=True)
class Notice:
    """The thing `id` of this kind has a step `seq`; 0 where steps are not counted."""

    kind: str
    store_id: UUID
    id: UUID
    seq: int


class Notices:
    """Hands each notice to those who asked for its kind, at once and in their order; they only take note of it."""

    def __init__(self) -> None:
        self._takers: dict[str, list[Callable[[Notice], None]]] = defaultdict(list)
        self._after_silence: list[Callable[[], None]] = []

    def on(self, kind: str, take: Callable[[Notice], None]) -> None:
        """Have `take` called for each notice of this kind."""
        self._takers[kind].append(take)

    def on_silence(self, look: Callable[[], None]) -> None:
        """Have `look` called when notices may have been missed: at the beginning, and after the database was away."""
        self._after_silence.append(look)

    def heard(self, text: str | None) -> None:
        """A notice came; None: nothing could be heard until now."""
        if text is None:
            for look in self._after_silence:
                _call(look)
            return
        notice = _read(text)
        if notice is None:
            _LOG.warning("notice_unreadable", text=text[:200])
            return
        for take in self._takers.get(notice.kind, ()):
            _call(take, notice)


NOTICES: Final = Resource[Notices]("feeds.notices")


def _call(function: Callable[..., None], *arguments: Notice) -> None:
    """Tell one; what goes wrong there must not keep the others from being told, nor end the listening."""
    try:
        function(*arguments)
    except Exception as error:  # noqa: BLE001  # see above
        _LOG.exception("notice_not_taken", error=type(error).__name__)


def _read(text: str) -> Notice | None:
    """The notice; None when it is not one of ours: anybody with the database's password may tell what they like."""
    try:
        kind, store_id, thing_id, seq = text.split(" ")
        return Notice(kind, UUID(store_id), UUID(thing_id), int(seq))
    except ValueError:
        return None
