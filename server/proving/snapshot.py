"""What is known of a proof? Frozen values, as they were read."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

import msgspec

from server.decisions.proof_keys import Task, key_of
from server.decisions.sides import ChosenSide, Side

State = Literal["waiting", "running", "done", "failed", "cancelled"]
ENDED: Final = ("done", "failed", "cancelled")


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """What else is asked for. `seconds` limits the time and is no part of the question; `carts` how many are tried.

    `never_more` of an equivalence: only whether some cart is charged more. `kinds` of a lint or a mutation: of the
    rulesets it is about; none: all of the book.
    """

    seconds: int = 120
    carts: int | None = None
    never_more: bool = False
    kinds: tuple[str, ...] = ()


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """All that is asked: the rule book, of an equivalence the one before as well, and the options."""

    task: Task
    after: Side
    before: Side | None = None
    options: Options = Options()

    @property
    def key(self) -> str:
        """The same for the same question; limits of time, and options that change nothing, are no part of it."""
        usual = msgspec.to_builtins(Options(seconds=self.options.seconds))
        asked = {name: value for name, value in msgspec.to_builtins(self.options).items() if value != usual[name]}
        return key_of(self.task, self.after.texts, None if self.before is None else self.before.texts, asked)


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """The ruleset a question is about, and sha256 of its text; `before_hash` of the one it takes the place of."""

    ruleset_id: UUID
    content_hash: str
    before_hash: str | None = None


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    """A question without its texts and report. `done` of `total` (0: not known yet) things are looked at.

    Not `complete`: its time was over before everything was tried.
    """

    id: UUID
    task: Task
    key: str
    ruleset_id: UUID | None
    after: ChosenSide
    before: ChosenSide | None
    options: Options
    state: State
    done: int
    total: int
    complete: bool
    error: str | None
    created_by: UUID | None
    created_at: datetime
    updated_at: datetime
    ended_at: datetime | None


class Progress(msgspec.Struct, frozen=True):
    """How far a proof is."""

    state: State
    done: int
    total: int
    error: str | None


class Claimed(msgspec.Struct, frozen=True, kw_only=True):
    """A proof a worker has: until `claimed_until`, which is its token as well."""

    id: UUID
    question: Question
    tries: int
    claimed_until: datetime


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What came out, as JSON of the command line. Not `complete`: its time was over before everything was tried.

    `looked_at` is how many things.
    """

    report: dict[str, Any]
    complete: bool = True
    looked_at: int = 0
