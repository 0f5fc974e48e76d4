"""What if somebody else was faster between our look and our write? The work is done again, and then sees what they did.

A check before the write gives the good message; the constraint behind it holds under concurrency.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import asyncpg

from storage.database import TryAgain


@contextmanager
def tried_again_when_overtaken() -> Iterator[None]:
    """Turn a violated key into another try of the transaction. Only for writes that were checked before."""
    try:
        yield
    except (asyncpg.ForeignKeyViolationError, asyncpg.UniqueViolationError) as error:
        raise TryAgain from error
