"""How are passwords kept, compared and judged? By Argon2id and zxcvbn, in threads: the event loop never waits.

Somebody without an account costs the same work as somebody with one, so the time of an answer tells nothing.
"""

from __future__ import annotations

import asyncio
import secrets
import unicodedata
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from zxcvbn import zxcvbn  # type: ignore[import-untyped]

from server.errors import Fault
from server.web.call import Resource
from server.web.problems import invalid

T = TypeVar("T")

# OWASP Password Storage Cheat Sheet: Argon2id with 19 MiB, two passes, one lane.
_HASHER: Final = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_JUDGED_LENGTH: Final = 72
"""zxcvbn takes time that grows with the square of the length; what is weak is weak in its beginning."""
LEAST_SCORE: Final = 3
"""Of 4: from 10⁸ guesses on, enough against a slow hash (Wheeler 2016)."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a password was right, and whether its hash should be made again with today's parameters."""

    is_right: bool
    is_outdated: bool


class Passwords:
    """Hashes and judges in threads of its own."""

    def __init__(self, hashing: Executor | None = None) -> None:
        """`hashing`: where Argon2 works; two threads when None, as many as it may take memory and cores from others."""
        self._hashing = hashing or ThreadPoolExecutor(2, thread_name_prefix="argon2")
        # Made now, so that not even the first of the unknown takes longer than the known.
        self._hashing.submit(_nobodys)
        # One thread, because zxcvbn keeps what it is told about a person in a table all its callers share.
        self._judging = ThreadPoolExecutor(1, thread_name_prefix="zxcvbn")

    async def hash(self, password: str) -> str:
        """The hash to store, with its parameters and salt."""
        return await _in(self._hashing, lambda: _HASHER.hash(_normal(password)))

    async def verify(self, stored: str | None, password: str) -> Verdict:
        """Whether the password is the one of the hash; for None the same work is done, and the answer is no."""
        return await _in(self._hashing, lambda: _verify(stored, _normal(password)))

    async def refuse_weak(self, password: str, about: Sequence[str], pointer: str = "/password") -> None:
        """Raise BODY_INVALID, saying why, for a password that is soon guessed by somebody who knows `about` them."""
        told = [part[:_JUDGED_LENGTH] for text in about for part in (text, *text.split("@"), *text.split())]
        result = await _in(self._judging, lambda: _judge(_normal(password)[:_JUDGED_LENGTH], told))
        if result["score"] < LEAST_SCORE:
            raise invalid([Fault(pointer, "password_weak", _advice(result["feedback"]))])


PASSWORDS: Final = Resource["Passwords"]("auth.passwords")


def _normal(password: str) -> str:
    """The same password from every keyboard (RFC 8265, 4.2.2)."""
    return unicodedata.normalize("NFC", password)


def _verify(stored: str | None, password: str) -> Verdict:
    try:
        _HASHER.verify(_nobodys() if stored is None else stored, password)
    except (VerificationError, InvalidHashError):
        return Verdict(False, False)
    return Verdict(stored is not None, stored is not None and _HASHER.check_needs_rehash(stored))


@cache
def _nobodys() -> str:
    """A hash that belongs to nobody, made with the parameters of the others."""
    return _HASHER.hash(secrets.token_urlsafe())


def _judge(password: str, about: Sequence[str]) -> dict[str, Any]:
    result: dict[str, Any] = zxcvbn(password, user_inputs=list(about), max_length=_JUDGED_LENGTH)
    return result


def _advice(feedback: dict[str, Any]) -> str:
    said = [str(feedback["warning"]), *(str(each) for each in feedback["suggestions"])]
    reasons = " ".join(text if text.endswith(".") else f"{text}." for text in said if text)
    return reasons or "This password is soon guessed. Add another word or two."


async def _in(executor: Executor, work: Callable[[], T]) -> T:
    return await asyncio.get_running_loop().run_in_executor(executor, work)
