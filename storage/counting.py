"""How many statements did this piece of work send? A request asks, tests assert, `Server-Timing` shows it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from asyncpg.connection import LoggedQuery


@dataclass(slots=True)
class Statements:
    """The statements sent so far, BEGIN and COMMIT included, and the seconds spent waiting for them."""

    sent: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def count(self) -> int:
        """How many statements were sent: the round trips, once they are prepared."""
        return len(self.sent)


_counting: ContextVar[Statements | None] = ContextVar("statements", default=None)


@contextmanager
def counted_statements() -> Iterator[Statements]:
    """Count what this task, and those it starts, sends from here on."""
    statements = Statements()
    token = _counting.set(statements)
    try:
        yield statements
    finally:
        _counting.reset(token)


def count_statement(logged: LoggedQuery) -> None:
    """Note one statement; asyncpg calls this after each."""
    statements = _counting.get()
    if statements is not None:
        statements.sent.append(logged.query)
        statements.seconds += logged.elapsed
