"""How fast may somebody send? As from a bucket that fills again with time: so much at once, so much a second."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Pace:
    """One bucket. Instants are seconds of whatever clock the caller uses, the same each time."""

    per_second: float
    most: int
    at: float
    left: float = -1.0
    refused: int = 0

    def __post_init__(self) -> None:
        self.left = self.most

    def take(self, now: float) -> bool:
        """Take one; False when there is none."""
        self.left = min(self.most, self.left + (now - self.at) * self.per_second)
        self.at = now
        if self.left < 1:
            self.refused += 1
            return False
        self.left -= 1
        return True
