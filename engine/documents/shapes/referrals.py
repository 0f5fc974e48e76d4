"""What is the JSON Schema of a referrals document?"""

from __future__ import annotations

from typing import get_args

from engine.documents.model.referrals import Once, Rewarded, RewardTo
from engine.documents.shapes.parts import (
    Schema,
    described,
    identifier,
    listed,
    message,
    one_or_more,
    quantity,
    record,
    text,
    when,
    where,
    whole_number,
    word,
)

REQUIRED = ()


def referrals_shape() -> dict[str, Schema]:
    """The keys beside the head."""
    return {
        "qualifies": _qualifies(),
        "reversed": _reversed(),
        "refuse": listed(_guard(), "Invites that will never count; the first that holds is the reason."),
        "milestones": listed(_milestone(), "What a customer gets for so many friends, the fewest first."),
        "order_events": one_or_more(text(), "What the lifecycle of the store announces and this file waits for."),
        "signal_events": one_or_more(text(), "What the signals of the store announce and this file waits for."),
        "rewards": listed(_reward(), "Codes that are given out when something happens."),
    }


def _qualifies() -> Schema:
    after = quantity("How long the condition has to go on holding, as in 14d; at once when absent.")
    return record({"when": when(), "after": after}, ["when"], "When an invite counts.")


def _reversed() -> Schema:
    properties = {
        "when": when(),
        "within": quantity("How long after it counted, as in 14d; for ever when absent."),
        "rewards": word(get_args(Rewarded), "What becomes of codes that were earned with it; keep when absent."),
    }
    return record(properties, ["when"], "When an invite that counted does so no longer.")


def _guard() -> Schema:
    return record({"id": identifier(), "when": when(), "message": message("Why, for the people of the shop.")},
                  ["id", "when"])  # fmt: skip


def _milestone() -> Schema:
    properties = {
        "id": identifier("Names the milestone for ever: what was given for it is not given again."),
        "at": whole_number(1, about="How many friends."),
        "give": _give(),
        "message": message("What the customer gets, as in 30% off."),
    }
    return record(properties, ["id", "at", "give"])


def _reward() -> Schema:
    properties = {
        "id": identifier("Names the reward for ever: what was given for it is not given again."),
        "on": text("The event, as in CustomerRegistered."),
        "to": word(get_args(RewardTo), "Whom it is about, or the friend who came; customer when absent."),
        "when": described(where(), "Of which events; all when absent."),
        "give": _give(),
        "once": word(get_args(Once), "How often a customer gets it: once, once a year, or each time."),
        "message": message("What the customer gets."),
    }
    return record(properties, ["id", "on", "give", "once"])


def _give() -> Schema:
    properties = {
        "campaign": identifier("Of the coupons ruleset, which says what the code gives."),
        "expires": quantity("How long the code can be used, as in 90d; for ever when absent."),
    }
    return record(properties, ["campaign"], "A code of one's own.")
