"""How is a decision about access said to a person?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from engine.access.compile import Limit
from engine.access.decide import AccessDecision
from engine.documents.model import Period
from engine.money import format_amount

_PERIODS: Final[Mapping[Period, str]] = {"once": "at once", "order": "for one order", "day": "a day"}


def access_reason(decision: AccessDecision) -> str:
    """One sentence without a full stop: who may, up to what, or what is in the way and who could."""
    limit = decision.limit
    match decision.code:
        case "unknown_action":
            return f"there is no action '{decision.action}'"
        case "not_permitted":
            who = " and ".join(decision.roles) or "somebody without a role"
            return f"'{decision.action}' is for {' or '.join(decision.holders) or 'nobody'}, not for {who}"
        case _ if limit is None:
            return f"{decision.role} may '{decision.action}'"
        case "amount_missing":
            return f"{decision.role} may '{decision.action}' {limit_text(limit)}, and no amount is given"
        case _:
            left = "" if decision.left is None else f"; {_money(decision.left, limit)} is left"
            asked = "" if decision.amount is None else f", and {_money(decision.amount, limit)} is asked for"
            return f"{decision.role} may '{decision.action}' {limit_text(limit)}{left}{asked}"


def limit_text(limit: Limit) -> str:
    """`up to 50.00 BRL a day`."""
    return f"up to {_money(limit.amount, limit)} {_PERIODS[limit.per]}"


def _money(minor: int, limit: Limit) -> str:
    return f"{format_amount(minor, limit.currency)} {limit.currency}"
