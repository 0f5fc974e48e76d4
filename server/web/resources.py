"""What does a room need while it serves? Named here by keys, which are typed; app.py puts the things in place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Resource(Generic[T]):
    """The key of something a room needs while it serves; app.py puts it in place. Compare by name."""

    name: str
