"""How is a claim proved within a limit of time? In a process of its own, which is ended when the time is up."""

from __future__ import annotations

import contextlib
import gc
import signal
import time
from collections.abc import Callable
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from types import TracebackType
from typing import Final, Self

from engine.documents.model import Invariant
from engine.proof import Limits, Verdict, not_decided, prove, proved_by_bounds
from engine.runtime.book import Book

Task = tuple[Book, Invariant, Limits]
Tell = Callable[[int], None]
Work = Callable[[Task, Tell], Verdict]

_PATIENCE: Final = 30.0
"""Seconds a process may take to start, before its limit counts."""


def work(task: Task, tell: Tell) -> Verdict:
    """What is done in the other process."""
    book, invariant, limits = task
    return prove(book, invariant, limits, tell)


class Prover:
    """Proves one claim after the other; a process that took too long is ended and another one started."""

    def __init__(self, seconds: float, doing: Work = work) -> None:
        self._seconds = seconds
        self._doing = doing
        self._process: BaseProcess | None = None
        self._connection: Connection | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    def verdict(self, task: Task, tell: Tell) -> Verdict:
        """The verdict on a claim, not decided when the time was up. `tell` is told how many carts were searched."""
        book, invariant, _ = task
        quick = proved_by_bounds(book, invariant)
        if quick is not None:
            return quick
        connection = self._started()
        searched = 0
        try:
            connection.send(task)
            until = time.monotonic() + self._seconds
            while connection.poll(max(0.0, until - time.monotonic())):
                answer = connection.recv()
                if isinstance(answer, Verdict):
                    return answer
                searched = answer
                tell(searched)
        except (EOFError, OSError):
            self._end()
            return not_decided(invariant, "the process that proved it ended by itself", searched)
        except BaseException:
            self._end()
            raise
        self._end()
        return not_decided(invariant, f"the limit of {self._seconds:g} s was reached", searched)

    def _started(self) -> Connection:
        if self._connection is None:
            # Spawned, not forked: the progress bar draws from a thread, and a fork would copy its locks.
            context = get_context("spawn")
            self._connection, other = context.Pipe()
            self._process = context.Process(target=_serve, args=(other, self._doing), daemon=True)
            self._process.start()
            other.close()
            with contextlib.suppress(EOFError, OSError):
                if self._connection.poll(_PATIENCE):
                    self._connection.recv()
        return self._connection

    def _end(self) -> None:
        if self._connection is not None:
            self._connection.close()
        if self._process is not None:
            self._process.kill()  # a solver deep in its work hears nothing else
            self._process.join()
            self._process.close()
        self._connection = self._process = None


def _serve(connection: Connection, doing: Work) -> None:
    """First thing in the other process: Ctrl-C is for the parent, which then ends this one."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.freeze()
    connection.send("ready")
    with contextlib.suppress(EOFError, OSError):
        while True:
            connection.send(doing(connection.recv(), connection.send))
