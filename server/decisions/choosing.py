"""Which rule book does somebody ask for? What is live or ships, with drafts or versions in place of some of it.

Only what was asked for is said here, so whoever reads a question later needs no database for it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Final, Literal
from uuid import UUID

import msgspec

from server.decisions.errors import MIX_INVALID
from server.errors import Fault

_VERSION: Final = re.compile(r"([a-z]{1,30})/([a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?)@([1-9][0-9]{0,8})(?!\n)$")
_DRAFT: Final = re.compile(r"draft:([0-9a-fA-F-]{36})(?!\n)$")

Base = Literal["live", "shipped"]
"""What the rest of a mix is: what is live at an instant, or what decides without rulesets of the store's own."""


class Chosen(msgspec.Struct, frozen=True, kw_only=True):
    """One ruleset that takes the place of another: a published version by its number, or a draft by its id."""

    kind: str = ""
    name: str = ""
    number: int = 0
    draft_id: UUID | None = None

    def __str__(self) -> str:
        return f"{self.kind}/{self.name}@{self.number}" if self.draft_id is None else f"draft:{self.draft_id}"


class Mix(msgspec.Struct, frozen=True, kw_only=True):
    """A rule book somebody asks for. `at` is the instant `live` means; None: now."""

    base: Base = "live"
    at: datetime | None = None
    chosen: tuple[Chosen, ...] = ()

    @property
    def is_live(self) -> bool:
        """Whether it is just what decides now."""
        return self.base == "live" and self.at is None and not self.chosen


def read_chosen(texts: Sequence[str], pointer: str = "/rulesets") -> tuple[Chosen, ...]:
    """Rulesets as they are written: `promotions/default@4` or `draft:<id>`. Raises MIX_INVALID, naming each fault."""
    found: list[Chosen] = []
    faults: list[Fault] = []
    for number, text in enumerate(texts):
        chosen = _chosen(text)
        if chosen is not None:
            found.append(chosen)
        else:
            message = f"{text[:100]!r} names none; write a version (promotions/default@4) or a draft (draft:<id>)"
            faults.append(Fault(f"{pointer}/{number}", MIX_INVALID.code, message))
    if faults:
        raise MIX_INVALID(f"{faults[0].pointer}: {faults[0].message}", faults=faults)
    return tuple(found)


def _chosen(text: str) -> Chosen | None:
    if match := _VERSION.match(text):
        return Chosen(kind=match[1], name=match[2], number=int(match[3]))
    draft_id = _uuid(match[1]) if (match := _DRAFT.match(text)) else None
    return None if draft_id is None else Chosen(draft_id=draft_id)


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
