"""In which ways can a ruleset about invites and rewards be a little wrong?

What no case can look at is left alone: what becomes of codes, of which campaign they are, who gets them and how often.
Guards in another order change only the reason that staff read.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from engine.documents.model import InventoryDocument, Milestone, Qualifying, ReferralsDocument, Reversing
from engine.documents.model.inventory import Keeping
from engine.mutation.amounts import gone, moved, without
from engine.mutation.model import Change
from engine.mutation.said import Said


def invite_changes(part: Any, said: Said) -> Iterator[Change]:
    """The ways to spoil guards, milestones, rewards and terms; nothing for anything else."""
    match part:
        case ReferralsDocument():
            yield from without(part, "guards", "guard")
            yield from without(part, "milestones", "milestone")
            yield from without(part, "rewards", "reward")
        case Qualifying():
            yield from moved(part, "after_seconds", "seconds to wait", said, money=False)
        case Reversing():
            yield from moved(part, "within_seconds", "seconds to reverse", said, money=False)
            yield from gone(part, "within_seconds", "seconds to reverse", said, money=False)
        case Keeping():
            yield from moved(part, "keep_seconds", "seconds to keep", said, least=1, money=False)
        case InventoryDocument():
            yield from without(part, "reservations", "reservation")
        case Milestone():
            yield from moved(part, "at", "friends", said, least=1, money=False)
