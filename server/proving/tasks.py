"""What is done for a question? One engine function for each task, in a process of its own, from bytes to bytes.

A clock is read only to tell not too often how far it is; limits of time are the caller's, who ends the process.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from server.decisions.books import LiveBook, RuleBooks
from server.decisions.library import RulesetsFaulty
from server.decisions.proof_keys import Task
from server.decisions.sides import Side
from server.proving import reports
from server.proving.snapshot import Question
from server.web.killable import Send

TELLS_EVERY_SECONDS: Final = 0.2


class Far(msgspec.Struct, tag="far"):
    """So many of so many things (0: nobody knows how many) are looked at."""

    done: int
    total: int


class Part(msgspec.Struct, tag="part"):
    """A piece of the report that holds whatever comes of the rest. `number` says which."""

    number: int
    part: dict[str, Any]


class Claims(msgspec.Struct, tag="claims"):
    """What is to be proved, in order: `invariant` and `at` of each."""

    claims: list[dict[str, str]]


class Report(msgspec.Struct, tag="report"):
    """Everything that came out: the last that is told."""

    report: dict[str, Any]


class Failed(msgspec.Struct, tag="failed"):
    """Nothing comes out, and why."""

    why: str


Told = Far | Part | Claims | Report | Failed


def answer(send: Send, question: bytes) -> None:
    """In the other process: tell what comes of the question (JSON of Question)."""
    asked = msgspec.json.decode(question, type=Question)
    telling = Telling(send)
    telling.tell(Far(0, 0))
    try:
        after = _book(asked.after)
        before = None if asked.before is None else _book(asked.before)
        telling.tell(Report(_TASKS[asked.task](asked, after, before, telling)))
    except RulesetsFaulty as why:
        telling.tell(Failed(str(why)))
    except Exception as error:  # noqa: BLE001  # it is told to whoever asked, who cannot see this process
        telling.tell(Failed(f"the program failed: {type(error).__name__}: {error}"))


class Telling:
    """How the other process tells."""

    def __init__(self, send: Send, now: Callable[[], float] = time.monotonic) -> None:
        self._send = send
        self._now = now
        self._told_at = 0.0

    def tell(self, told: Told) -> None:
        """Tell it at once."""
        self._send(msgspec.json.encode(told))

    def far(self, done: int, total: int = 0) -> None:
        """Tell how far it is, unless that was told this moment."""
        if self._now() >= self._told_at + TELLS_EVERY_SECONDS:
            self.tell(Far(done, total))
            self._told_at = self._now()


def _book(side: Side) -> LiveBook:
    return RuleBooks().of_texts(side.texts, side.currency)


def _lint(question: Question, after: LiveBook, before: LiveBook | None, telling: Telling) -> dict[str, Any]:
    from server.proving import wholes  # here, where the work is done: the shop starts the sooner without

    return wholes.lint(question, telling.far)


def _prove(question: Question, after: LiveBook, before: LiveBook | None, telling: Telling) -> dict[str, Any]:
    telling.tell(Claims(reports.claims(after)))
    parts = {}
    for number, part in reports.verdicts(after, question.options):
        telling.tell(Part(number, part))
        parts[number] = part
    return reports.proof([part for _, part in sorted(parts.items())])


def _equivalence(question: Question, after: LiveBook, before: LiveBook | None, telling: Telling) -> dict[str, Any]:
    assert before is not None
    from server.proving import wholes  # here, where the work is done: the shop starts the sooner without

    return wholes.equivalence(before, after, question.options, telling.far)


def _mutation(question: Question, after: LiveBook, before: LiveBook | None, telling: Telling) -> dict[str, Any]:
    from server.proving import wholes  # here, where the work is done: the shop starts the sooner without

    return wholes.mutation(question, after, telling.far)


def _exploits(question: Question, after: LiveBook, before: LiveBook | None, telling: Telling) -> dict[str, Any]:
    from server.proving import wholes  # here, where the work is done: the shop starts the sooner without

    return wholes.exploits(question, after, telling.far)


_TASKS: Final[Mapping[Task, Callable[[Question, LiveBook, LiveBook | None, Telling], dict[str, Any]]]] = {
    "lint": _lint,
    "prove": _prove,
    "equivalence": _equivalence,
    "mutation": _mutation,
    "exploits": _exploits,
}
