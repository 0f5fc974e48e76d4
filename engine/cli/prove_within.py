"""What is the verdict on a claim within a limit of time? Not decided, when the time is up before there is another."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from types import TracebackType
from typing import Self

from engine.cli.limited import Ended, OutOfTime, Tell, Worker
from engine.documents.model import Invariant
from engine.proof import Limits, Verdict, not_decided, prove, proved_by_bounds
from engine.runtime.book import Book

Doing = Callable[[Book, Invariant, Limits, Tell], Verdict]


class Prover:
    """Proves one claim after the other, each within so many seconds, in a process that ends with the block."""

    def __init__(self, seconds: float, doing: Doing = prove) -> None:
        self._seconds = seconds
        self._doing = doing
        self._worker = Worker(seconds)

    def __enter__(self) -> Self:
        self._worker.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._worker.__exit__(kind, error, trace)

    def verdict(self, book: Book, invariant: Invariant, limits: Limits, tell: Callable[[int], None]) -> Verdict:
        """The verdict on a claim. `tell` is told how many carts were searched. Raises what proving raises."""
        quick = proved_by_bounds(book, invariant)
        if quick is not None:
            return quick
        searched = 0

        def hear(carts: int) -> None:
            nonlocal searched
            searched = carts
            tell(carts)

        try:
            return self._worker.do(partial(self._doing, book, invariant, limits), hear)
        except OutOfTime:
            return not_decided(invariant, f"the limit of {self._seconds:g} s was reached", searched)
        except Ended as why:
            return not_decided(invariant, str(why), searched)
