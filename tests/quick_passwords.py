"""What does a password cost in tests? A thousandth: hundreds of people sign in, and few tests are about the cost.

Those take the real cost back with the fixture `real_cost` of tests/server/auth; programs that tests start have it.
"""

from __future__ import annotations

from typing import Final

from argon2 import PasswordHasher

from server.auth import passwords

REAL: Final = passwords._HASHER
_QUICK: Final = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)


def quick_passwords() -> None:
    """From now on, in this process."""
    passwords._HASHER = _QUICK  # type: ignore[misc]
