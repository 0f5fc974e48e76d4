"""Which codes does the customer of an event get because of it?"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from engine.boxes.truth import truth
from engine.documents.conditions import Key
from engine.documents.model import ReferralsDocument, Reward
from engine.facts.timezones import zone

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def rewards_for(document: ReferralsDocument, facts: Mapping[str, Key]) -> tuple[Reward, ...]:
    """The rewards for an event of these facts (keys under their names in `event/1`), in document order."""
    name = facts["event.name"]
    return tuple(reward for reward in document.rewards if reward.on == name and truth(reward.when, facts))


def grant_key(document: ReferralsDocument, reward: Reward, event_id: str, at: int) -> str:
    """What of a reward a customer gets once only: two grants of one key are the same.

    `at` is when it happened, microseconds since 1970 UTC; years are those of the document's time zone.
    """
    match reward.once:
        case "customer":
            return reward.id
        case "year":
            local = _EPOCH + timedelta(microseconds=at)
            return f"{reward.id}@{local.astimezone(zone(document.head.timezone) or ZoneInfo('UTC')).year}"
        case "event":
            return f"{reward.id}@{event_id}"
