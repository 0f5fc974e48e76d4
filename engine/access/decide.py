"""May somebody with these roles do this, for this amount; and if not, why not?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from engine.access.compile import Access, Grant, Limit
from engine.text.source import Span

AccessCode = Literal["allowed", "unknown_action", "not_permitted", "amount_missing", "over_limit"]
"""Stable, public names: what the caller would have to change, from the farthest to the nearest thing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessDecision:
    """The answer and what it rests on. Money in minor units of the currency of the limit.

    `role` and `span` are those of the line that decides, None when no line lets these roles do it; then `holders` are
    the roles that may. `left` is what remains of the limit before this time, None without one.
    """

    code: AccessCode
    action: str
    roles: tuple[str, ...]
    amount: int | None = None
    used: int = 0
    limit: Limit | None = None
    left: int | None = None
    role: str | None = None
    holders: tuple[str, ...] = ()
    span: Span | None = None

    @property
    def allowed(self) -> bool:
        """Whether it may be done."""
        return self.code == "allowed"


def decide_access(
    access: Access, roles: Iterable[str], action: str, amount: int | None = None, used: int = 0
) -> AccessDecision:
    """Whether the roles may do the action, for `amount`, when `used` of the limit's period is used up already.

    Both are minor units of `access.currency` and 0 or more, else ValueError. A limited action without an amount is
    refused. Roles the ruleset does not know add nothing, and the order of roles does not matter.
    """
    if used < 0 or (amount is not None and amount < 0):
        raise ValueError(f"an amount must not be negative (amount {amount}, used {used})")
    held = tuple(sorted(set(roles)))
    grant = access.grant(held, action)
    if grant is not None:
        return _within_limit(grant, held, amount, used)
    if action not in access.actions:
        return AccessDecision(code="unknown_action", action=action, roles=held)
    return AccessDecision(code="not_permitted", action=action, roles=held, holders=access.holders(action))


def _within_limit(grant: Grant, held: tuple[str, ...], amount: int | None, used: int) -> AccessDecision:
    limit = grant.limit
    left = None if limit is None else limit.amount if limit.per == "once" else max(0, limit.amount - used)
    code: AccessCode = "allowed"
    if left is not None and amount is None:
        code = "amount_missing"
    elif left is not None and amount is not None and amount > left:
        code = "over_limit"
    return AccessDecision(
        code=code,
        action=grant.action,
        roles=held,
        amount=amount,
        used=used,
        limit=limit,
        left=left,
        role=grant.role,
        span=grant.span,
    )
