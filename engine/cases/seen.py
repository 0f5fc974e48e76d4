"""What does an expectation look at?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from engine.money.amount import format_amount
from engine.runtime.decision import Decision, Hint


@dataclass(frozen=True, slots=True)
class Seen:
    """A decision, and what findings call it: `case 'two pairs of socks'`.

    `hints` is asked only when hints are expected.
    """

    name: str
    decision: Decision
    hints: Callable[[], tuple[Hint, ...]]

    def money(self, minor: int | None) -> str:
        """An amount as people write it; "none" where there is none."""
        return "none" if minor is None else format_amount(minor, self.decision.currency)
