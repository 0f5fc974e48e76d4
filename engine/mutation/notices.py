"""In which ways can a ruleset about who is told be a little wrong?

What a case of one event cannot show is left alone: how often somebody is told, and what is collected with what. So are
channels and categories, which a case need not name.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from engine.documents.model import NotificationsDocument
from engine.documents.model.notifications import Digest, NoticeRule, QuietHours
from engine.mutation.amounts import moved, without
from engine.mutation.model import Change
from engine.mutation.said import Said

_LAST_MINUTE = 1439


def notice_changes(part: Any, said: Said) -> Iterator[Change]:
    """The ways to spoil rules and their times; nothing for anything else."""
    match part:
        case NotificationsDocument():
            yield from without(part, "rules", "rule")
        case NoticeRule():
            yield from without(part, "events", "event", [part.span] * len(part.events), least=1)
            if part.delay_seconds:
                yield from moved(part, "delay_seconds", "seconds of delay", said, money=False)
        case QuietHours():
            yield from moved(part, "start", "first quiet minute", said, most=_LAST_MINUTE, money=False)
            yield from moved(part, "end", "first minute after", said, most=_LAST_MINUTE, money=False)
        case Digest():
            if part.days:
                yield from moved(part, "at", "minute of the digest", said, most=_LAST_MINUTE, money=False)
