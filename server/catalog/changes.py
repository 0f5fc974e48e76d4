"""How is a change of the catalogue recorded, and who may make it?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from server.web.call import Call
from server.web.noting import note
from storage.transaction import Transaction

WRITE: Final = "catalog.write"
WRITE_OWN: Final = "catalog.write_own"
WRITERS: Final = f"{WRITE} or {WRITE_OWN}"
"""What changing a product needs: sellers may change their own."""


async def record(
    call: Call, tx: Transaction, action: str, thing: str, id: object, before: Any | None, after: Any | None
) -> None:
    """Note who changed what. `before` and `after` are structs; fields that stay the same are left out."""
    old, new = _plain(before), _plain(after)
    if old is not None and new is not None:
        changed = [name for name in old.keys() | new.keys() if old.get(name) != new.get(name)]
        old, new = ({name: state.get(name) for name in sorted(changed)} for state in (old, new))
    await note(tx, call, action, thing, id, old, new)


def _plain(state: Any | None) -> Mapping[str, Any] | None:
    if state is None:
        return None
    plain: dict[str, Any] = msgspec.to_builtins(state)
    return plain
