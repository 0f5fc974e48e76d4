"""What is a trial? A version beside the live one: for a share of customers, or only to see what it would decide. Pure.

Who takes part is a matter of a hash, so nobody has to be remembered: the same customers do as long as the trial runs,
in every process, and whoever took part still does when the share grows.
"""

from __future__ import annotations

import hashlib
from typing import Final, Literal
from uuid import UUID

import msgspec

Mode = Literal["shadow", "canary"]
"""A shadow decides everything again and nobody notices; by a canary those who take part are served."""

WHOLE: Final = 10_000
"""The share of everybody."""


class Guards(msgspec.Struct, frozen=True, kw_only=True):
    """What a trial ends at. Percentages and their differences as decimals ("2.5"), None: no limit.

    Nothing is compared before both arms have `min_decisions`. `average_total` is how much the average total may change,
    in per cent of the live one, from and to; the last two are differences of shares in points, up or down.
    """

    max_error_rate: str = "1"
    min_decisions: int = 100
    average_total: tuple[str, str] | None = None
    max_discount_share_change: str | None = None
    max_refused_change: str | None = None


class Trial(msgspec.Struct, frozen=True, kw_only=True):
    """A trial that runs. `share` is of 10,000 customers, `hash` the version's."""

    id: UUID
    version_id: UUID
    kind: str
    name: str
    number: int
    hash: str
    mode: Mode
    share: int
    salt: str
    guards: Guards


def takes_part(trial: Trial, customer: str) -> bool:
    """Whether a customer takes part; `customer` is any name that stays theirs, such as `user:<id>`."""
    return place_of(trial.salt, customer) < trial.share


def place_of(salt: str, customer: str) -> int:
    """Where the customer stands among 10,000, evenly spread; another salt shuffles everybody."""
    drawn = hashlib.sha256(f"{salt}:{customer}".encode()).digest()[:8]
    return int.from_bytes(drawn) % WHOLE
