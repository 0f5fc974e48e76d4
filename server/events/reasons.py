"""Why did it not work? The error as an operator reads it later, in a form that PostgreSQL can keep."""

from __future__ import annotations

from typing import Final

LONGEST_REASON: Final = 2_000


def reason_of(error: BaseException) -> str:
    """The name of the error and what it says."""
    return plain(f"{type(error).__name__}: {error}")


def plain(text: str) -> str:
    """The text without what PostgreSQL cannot keep, cut where it gets too long."""
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}").encode("utf-8", "replace").decode()[:LONGEST_REASON]
