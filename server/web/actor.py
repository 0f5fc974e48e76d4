"""Who is asking? A guest, a user of the store or someone of the platform, with the permissions of their roles."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal
from uuid import UUID

ActorKind = Literal["anonymous", "guest", "user", "platform"]


@dataclass(frozen=True, slots=True)
class Actor:
    """The caller of one request. `id` is the user's or guest's; None when anonymous.

    `permissions` are the actions of the store's `access` ruleset that the roles may do, wildcards expanded.
    """

    kind: ActorKind
    id: UUID | None
    session_id: UUID | None
    roles: tuple[str, ...]
    permissions: frozenset[str]

    @property
    def principal(self) -> str:
        """Stable name for idempotency keys, limits and logs."""
        return f"{self.kind}:{self.id}" if self.id else self.kind

    @property
    def is_signed_in(self) -> bool:
        """Whether this is a user or someone of the platform."""
        return self.kind in ("user", "platform")

    def may(self, action: str) -> bool:
        """Whether the access ruleset allows the action."""
        return action in self.permissions


ANONYMOUS: Final = Actor("anonymous", None, None, ("guest",), frozenset())
