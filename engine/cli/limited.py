"""How does work of the engine get a limit of seconds, so that it really ends then?

The engine knows no clock, and a solver does not listen while it works. So the work is done in a process of its own,
which is killed when the time is up.
"""

from __future__ import annotations

import gc
import pickle
import signal
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from types import TracebackType
from typing import Any, Final, Self, TypeVar

T = TypeVar("T")

Tell = Callable[[Any], None]
"""Told what the work says before it is done: most often how far it has come."""

Work = Callable[[Tell], T]
"""Work that tells something. It has to be picklable, and so has what it gives: `partial` of a function."""

PATIENCE_SECONDS: Final = 30.0
"""What a process may take until it begins; only then the limit counts."""

_BEGUN: Final = "begun"
_TOLD: Final = "told"
_DONE: Final = "done"
_FAILED: Final = "failed"


class OutOfTime(Exception):
    """The work was not done when the time was up; nothing of it is known but what it told."""


class Ended(Exception):
    """The process ended before its work was done, which is not the work's own doing: it was killed, or crashed."""


def within(seconds: float | None, work: Work[T], tell: Tell) -> T:
    """What the work gives, done here when `seconds` is None, else as `Worker.do`."""
    if seconds is None:
        return work(tell)
    with Worker(seconds) as worker:
        return worker.do(work, tell)


class Worker:
    """A process that does one piece of work after the other, each within so many seconds. It ends with the block."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._running: tuple[BaseProcess, Connection] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    def do(self, work: Work[T], tell: Tell) -> T:
        """What the work gives.

        Raises OutOfTime; Ended; and whatever the work raises, with the traceback of the other process as a note. After
        any of these the next piece of work gets another process.
        """
        try:
            answer: T = self._done(work, tell)
        except BaseException:
            self._end()
            raise
        return answer

    def _done(self, work: Work[T], tell: Tell) -> Any:
        connection = self._started()
        with _noticing_its_end():
            connection.send(work)
        until, has_begun = time.monotonic() + PATIENCE_SECONDS, False
        while True:
            with _noticing_its_end():
                if not connection.poll(max(0.0, until - time.monotonic())):
                    break
                what, value = connection.recv()
            match what:
                case "begun":
                    until, has_begun = time.monotonic() + self._seconds, True
                case "told":
                    tell(value)
                case "done":
                    return value
                case _:
                    raise value
        if has_begun:
            raise OutOfTime
        raise Ended(f"the process that does the work did not begin within {PATIENCE_SECONDS:g} s")

    def _started(self) -> Connection:
        if self._running is None:
            # Spawned, not forked: the progress bar draws from a thread, and a fork would copy its locks.
            context = get_context("spawn")
            ours, theirs = context.Pipe()
            process = context.Process(target=_serve, args=(theirs,), daemon=True)
            process.start()
            theirs.close()
            self._running = process, ours
        return self._running[1]

    def _end(self) -> None:
        if self._running is not None:
            process, connection = self._running
            self._running = None
            connection.close()
            process.kill()  # a solver deep in its work hears nothing else
            process.join()
            process.close()


@contextmanager
def _noticing_its_end() -> Iterator[None]:
    """Around what is sent and heard, and nothing else: a broken connection means that the process is gone."""
    try:
        yield
    except (EOFError, OSError) as error:
        raise Ended("the process that did the work ended by itself") from error


# in the other process ------------------------------------------------------------------------------------------


def _serve(connection: Connection) -> None:
    """Do what is sent, until nobody is there to hear of it. Ctrl-C is for the one who waits."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with suppress(EOFError, OSError):
        while True:
            connection.send_bytes(_outcome(connection.recv_bytes(), connection))


def _outcome(sent: bytes, connection: Connection) -> bytes:
    """What comes of the work, or what it raises."""
    try:
        work = pickle.loads(sent)
        gc.freeze()
        connection.send((_BEGUN, None))
        return pickle.dumps((_DONE, work(lambda told: connection.send((_TOLD, told)))))
    except Exception as error:  # noqa: BLE001 - it is raised where somebody waits for it
        return pickle.dumps((_FAILED, _portable(error)))


def _portable(error: Exception) -> Exception:
    """The error with its traceback as a note; where it cannot be sent, one that says the same."""
    where = "".join(traceback.format_exception(error))
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:  # noqa: BLE001 - whatever an exception's own class does here
        error = RuntimeError(f"{type(error).__name__}: {error}")
    error.add_note(f"in a process of its own:\n{where}")
    return error
