"""How is a difference written as JSON, and as one line?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from engine.diff.model import Change, ChangeKind

SIGNS: Final[Mapping[ChangeKind, str]] = {"added": "+", "removed": "-", "changed": "~", "moved": ">"}


def as_plain(change: Change) -> dict[str, object]:
    """The difference for programs; places are `file:line:column`, None where it is not there."""
    return {
        "kind": change.kind,
        "path": change.path,
        "before": change.before,
        "after": change.after,
        "at_before": None if change.at_before is None else str(change.at_before),
        "at_after": None if change.at_after is None else str(change.at_after),
        "decides": change.decides,
    }


def one_line(change: Change) -> str:
    """`~ free_from.amount: 199.00 BRL → 149.00 BRL`."""
    values = " → ".join(value for value in (change.before, change.after) if value is not None)
    aside = "" if change.decides else " (decides nothing)"
    return f"{SIGNS[change.kind]} {change.path}: {values}{aside}"


def places(change: Change) -> str:
    """`v1.yaml:42:25 → v2.yaml:42:25`."""
    return " → ".join(str(place) for place in (change.at_before, change.at_after) if place is not None)
