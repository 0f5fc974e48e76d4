"""Which milestones has a customer reached, and how many friends are missing to the next?

A milestone is the condition that so many invites count; what is missing is its distance, as checkout hints measure it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from engine.boxes.truth import failures
from engine.documents.conditions import Test
from engine.documents.model import Milestone, ReferralsDocument

COUNTED: Final = "inviter.invites_counted"


@dataclass(frozen=True, slots=True)
class Progress:
    """`reached` in document order; `upcoming` is the nearest one that is not, `missing` friends away (0: there is
    none).
    """

    reached: tuple[Milestone, ...]
    upcoming: Milestone | None
    missing: int


def progress(document: ReferralsDocument, counted: int) -> Progress:
    """Where a customer stands of whom so many invites count."""
    distances = [(_distance(milestone, counted), milestone) for milestone in document.milestones]
    ahead = [(distance, milestone) for distance, milestone in distances if distance > 0]
    missing, upcoming = min(ahead, key=lambda each: each[0], default=(0, None))
    return Progress(tuple(milestone for distance, milestone in distances if distance == 0), upcoming, missing)


def _distance(milestone: Milestone, counted: int) -> int:
    test = Test(COUNTED, "at_least", (milestone.at,), milestone.span)
    return next((failure.distance or 0 for failure in failures(test, {COUNTED: counted})), 0)
