"""When are two questions about rule books the same one? When all is the same that the answer depends on.

The key of a question is a sha256 of the texts of all rulesets that take part in a checkout, of what else was asked for,
and of the program and the solver that would answer it. Whoever asks again gets the answer that is there.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from typing import Final, Literal

import msgspec

from engine.documents.kinds import APART
from engine.proof import PROVER
from server.decisions.books import LiveBook
from server.decisions.library import RulesetText

Task = Literal["lint", "prove", "equivalence", "mutation", "exploits"]

ANSWERS: Final = 2
"""Raised when the same question has another answer, or the same answer another shape: what was stored is asked anew."""


def key_of(
    task: Task,
    after: Sequence[RulesetText],
    before: Sequence[RulesetText] | None = None,
    options: Mapping[str, object] | None = None,
) -> str:
    """The key: 64 hexadecimal digits. `options` are those the answer depends on, so no limits of time."""
    sides = [None if texts is None else sorted(text.id for text in texts) for texts in (after, before)]
    asked = [ANSWERS, PROVER, _solver(), task, *sides, sorted((options or {}).items())]
    return hashlib.sha256(msgspec.json.encode(asked)).hexdigest()


def checkout_texts(live: LiveBook) -> tuple[RulesetText, ...]:
    """The texts of the rulesets that take part in a checkout."""
    return tuple([text for text in live.texts if text.kind not in APART])


@lru_cache(maxsize=1)
def _solver() -> str | None:
    """The version of the solver; None when it is not installed."""
    try:
        return version("z3-solver")
    except PackageNotFoundError:
        return None
