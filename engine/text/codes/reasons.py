"""When may a warning about what rules mean be accepted? An example of a good reason for each.

An allowance gives its reason in the document (`allow: [{code: …, because: …}]`), and the finding stays as a note. A
warning without an entry here cannot be accepted.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

REASONS: Final[Mapping[str, str]] = {
    "RS402": "the test says what the rule is for, and the limit will be raised",
    "RS403": "the alternative is for a value the shop will have from next season on",
    "RS410": "parcels of these sizes cannot be packed",
    "RS411": "nothing we sell weighs nothing",
    "RS412": "we ship at most 30kg, and the product page says so",
    "RS413": "the contract states both rows, and the first one counts",
    "RS414": "the row is kept as the carrier's tariff has it",
    "RS415": "the carrier charges less for full pallets",
    "RS416": "whoever orders so much pays no freight: agreed with the carrier",
    "RS417": "parcels of 20 to 30 kg are arranged by phone",
    "RS418": "nothing is shipped over the holidays, and the shop says so",
    "RS421": "the carrier does not go there",
    "RS431": "the zone takes over when the one before it ends",
    "RS432": "delivery there begins next month",
    "RS433": "no such postcodes exist",
    "RS434": "the rate is kept for when the other zone is closed",
    "RS441": "kept as a record of the old rate",
    "RS442": "the shop was closed on these days",
    "RS450": "switched off by a rule before it for this week",
    "RS451": "two campaigns that are counted apart, and both may give",
    "RS453": "the difference is one cent, and either total is fine",
    "RS454": "either of the two may win",
    "RS455": "kept for when the campaign that beats it is over",
    "RS456": "the campaign may be made longer",
    "RS460": "the last tier is for resellers, who have their own prices",
    "RS461": "the limit of the condition will be raised",
    "RS462": "clearance: whoever takes the whole lot pays half",
    "RS470": "the method is closed until the carrier's strike is over",
    "RS471": "the zone is closed by an embargo",
    "RS480": "said twice on purpose, since the inherited role may lose it",
    "RS485": "kept for the next season",
    "RS486": "the conditions exclude each other: who is held is not released",
    "RS487": "only customers who read English get it",
    "RS490": "the cases below try every branch of the rule",
    "RS514": "the two events never happen in one state in this shop",
    "RS515": "kept for orders placed under the version before",
    "RS527": "the goods are gone: food that was opened",
    "RS532": "no order is in that state any more",
}


def allowance(code: str) -> str:
    """The allowance as YAML, with an example of a reason; empty where the finding cannot be accepted."""
    reason = REASONS.get(code)
    return "" if reason is None else f'allow: [{{code: {code}, because: "{reason}"}}]'
