"""Who may use which endpoint? Worked out from what the endpoints need and the shipped access ruleset.

`python -m tests.server.authorisation` writes it into authorisation.txt, for people to review.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

import yaml

import rules
from server.web.endpoint import GUEST, PUBLIC, SIGNED_IN, Endpoint
from tests.contract.endpoints import ENDPOINTS, plain_path

NOBODY: Final = "nobody"
GUESTS: Final = "guest"
ROLELESS: Final = "(no role)"
PLATFORM: Final = "(platform)"


@cache
def roles() -> dict[str, frozenset[str]]:
    """Role → the patterns of actions it may do, those it inherits too; read without the engine's help."""
    text = (Path(rules.__file__).parent / "access" / "v1.yaml").read_text("utf-8")
    written = yaml.safe_load(text)["roles"]

    def patterns(role: str) -> frozenset[str]:
        inherited = (patterns(below) for below in written[role].get("inherits", []))
        return frozenset(written[role]["may"]).union(*inherited)

    return {role: patterns(role) for role in written}


def callers() -> list[str]:
    """Everybody who may come: nobody, guests, users with each role alone, and the people of the platform."""
    return [NOBODY, GUESTS, ROLELESS, *(role for role in roles() if role != GUESTS), PLATFORM]


def may(endpoint: Endpoint, caller: str) -> bool:
    """Whether the caller gets past the guard of the endpoint."""
    if endpoint.needs == PUBLIC:
        return True
    if caller == NOBODY:
        return False
    if endpoint.needs == GUEST or caller == PLATFORM:
        return True
    if caller == GUESTS:
        return False
    if endpoint.needs == SIGNED_IN:
        return True
    return any(
        _gives(pattern, action) for pattern in roles().get(caller, ()) for action in endpoint.needs.split(" or ")
    )


def _gives(pattern: str, action: str) -> bool:
    if action.startswith("platform."):
        # The platform belongs to no store, so no role of a store opens it.
        return False
    return pattern in (action, "*") or (pattern.endswith(".*") and action.startswith(pattern[:-1]))


def matrix() -> str:
    """One line for each endpoint: address, what it needs, and who has that."""
    return "".join(f"{_line(endpoint)}\n" for endpoint in ENDPOINTS)


def _line(endpoint: Endpoint) -> str:
    allowed = [caller for caller in callers() if may(endpoint, caller)]
    who = "everybody" if len(allowed) == len(callers()) else " ".join(allowed)
    return f"{endpoint.method:6} {plain_path(endpoint)} {endpoint.needs}: {who}"


if __name__ == "__main__":
    Path(__file__).with_suffix(".txt").write_text(matrix(), "utf-8")
