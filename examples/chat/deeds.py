"""What was done with a conversation, in words? A sentence for each `done` that messages of the system have. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def sentence(message: Mapping[str, Any]) -> str:
    """Who did what; what we do not know is told by its name."""
    author = message["author"]
    return f"{author['name'] or 'The shop'} {_deed(message['done'], author['id'])}"


def _deed(done: Mapping[str, Any], by: str | None) -> str:
    match done:
        case {"done": "assigned", "to": {"id": to, "name": name}}:
            return "looks after this now" if to == by else f"asked {name} to look after this"
        case {"done": "unassigned"}:
            return "left this to whoever has time"
        case {"done": "changed", "subject": subject}:
            return f"called this “{subject}”"
        case {"done": "changed", "tags": []}:
            return "took all tags away"
        case {"done": "changed", "tags": [*tags]}:
            return f"tagged this {', '.join(tags)}"
        case {"done": "resolved"}:
            return "marked this as resolved"
        case {"done": "reopened"}:
            return "opened this again"
        case {"done": "rated", "rating": rating}:
            return f"gave {rating} of 5 points"
        case _:
            return f"did this: {done.get('done', '?')}"
