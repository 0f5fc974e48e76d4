"""How does work of the engine get a limit of seconds, so that it really ends then?

The engine knows no clock, and a solver does not listen while it works. So the work is done in a process of its own,
which is killed when the time is up.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any, Final, TypeVar

T = TypeVar("T")

Tell = Callable[[int], None]
"""Told now and then how far the work has come."""

Work = Callable[[Tell], T]
"""Work that tells how far it has come. It has to be picklable, and so has what it gives: `partial` of a function."""

_TOLD: Final = "told"
_DONE: Final = "done"
_FAILED: Final = "failed"


class OutOfTime(Exception):
    """The work was not done when the time was up; nothing of it is known."""


def within(seconds: float | None, work: Work[T], tell: Tell) -> T:
    """What the work gives, done here when `seconds` is None, else in a process that is killed after so many seconds.

    Raises OutOfTime; and whatever the work raises, with the traceback of the other process as a note.
    """
    if seconds is None:
        return work(tell)
    context = get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_do, args=(work, theirs), daemon=True)
    process.start()
    theirs.close()
    try:
        answer: T = _listen(ours, time.monotonic() + seconds, tell)
        return answer
    finally:
        process.kill()
        process.join()
        ours.close()


def _listen(ours: Connection, deadline: float, tell: Tell) -> Any:
    while ours.poll(max(0.0, deadline - time.monotonic())):
        try:
            what, value = ours.recv()
        except EOFError as error:
            raise RuntimeError("the process that did the work has died") from error
        match what:
            case "done":
                return value
            case "failed":
                raise value
            case _:
                tell(value)
    raise OutOfTime


def _do(work: Work[T], theirs: Connection) -> None:
    """In the other process: do the work and send what comes of it. Ctrl-C is for the one who waits."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        theirs.send((_DONE, work(lambda done: theirs.send((_TOLD, done)))))
    except Exception as error:  # noqa: BLE001 - it is raised where somebody waits for it
        error.add_note(f"in a process of its own: {type(error).__name__} {error}")
        theirs.send((_FAILED, error))
