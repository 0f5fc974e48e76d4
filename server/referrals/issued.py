"""What does the shop know of the codes it gave out, and of how often what they give was used?"""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

CodeState = Literal["active", "expired", "revoked"]


class IssuedCode(msgspec.Struct, frozen=True, kw_only=True):
    """A code the shop gave out. `held` uses are of orders not paid yet, `used` of paid ones."""

    id: UUID
    code: str
    campaign: str
    owner_id: UUID | None
    batch_id: UUID
    note: str | None
    expires_at: datetime | None
    revoked_at: datetime | None
    created_by: UUID | None
    created_at: datetime
    held: int
    used: int
    has_expired: bool

    @property
    def state(self) -> CodeState:
        """Whether it can be used; how often is a matter of the rules."""
        if self.revoked_at is not None:
            return "revoked"
        return "expired" if self.has_expired else "active"


class NewCodes(msgspec.Struct, frozen=True, kw_only=True):
    """What codes that are issued together have in common."""

    batch_id: UUID
    campaign: str
    owner_id: UUID | None
    note: str | None
    expires_at: datetime | None
    created_by: UUID | None


class Batch(msgspec.Struct, frozen=True, kw_only=True):
    """Folded codes that were issued together."""

    id: UUID
    campaign: str
    expires_at: datetime | None
    codes: tuple[str, ...]


class UsedRule(msgspec.Struct, frozen=True, kw_only=True):
    """How often orders used a rule. `given_away` is the money of the used ones, `promised` that of the held ones."""

    kind: Literal["coupon", "promotion"]
    rule: str
    held: int = 0
    used: int = 0
    returned: int = 0
    given_away: int = 0
    promised: int = 0


class CampaignCodes(msgspec.Struct, frozen=True, kw_only=True):
    """How many codes of a campaign were given out, and how many of these were revoked."""

    campaign: str
    issued: int
    revoked: int


class ReportRow(msgspec.Struct, frozen=True, kw_only=True):
    """One rule, or a campaign that belongs to no rule any more; `codes` are those the rule book has, folded."""

    used: UsedRule | None
    campaign: str | None = None
    codes: tuple[str, ...] = ()
    issued: int = 0
    revoked: int = 0
