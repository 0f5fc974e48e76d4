"""Which words may messages of customers and sellers not hold? The shop's own list, whatever way they are written.

Texts are compared as people read them: without case, in the same form of each character (NFKC), and without the
characters that nobody sees. A word counts where it stands alone, by the letters and digits of Unicode.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from typing import Final

from server.chat import words_repo
from server.chat.errors import BLOCKED_WORD_INVALID, BLOCKED_WORD_UNKNOWN
from server.chat.words_repo import BlockedWord
from server.errors import Fault
from server.web.call import Call
from server.web.noting import note
from storage.pages import Window
from storage.transaction import Transaction

LONGEST: Final = 100
MOST: Final = 1_000
"""That a store may block."""

_UNSEEN: Final = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0]")
"""What Unicode leaves out of sight, besides its category of formats (Cf)."""
_TOKEN: Final = re.compile(r"\w+")


def folded(text: str) -> str:
    """The text as it is compared, single spaces between its parts."""
    plain = unicodedata.normalize("NFKC", text)
    seen = "".join(each for each in plain if unicodedata.category(each) != "Cf")
    lower = unicodedata.normalize("NFKC", _UNSEEN.sub("", seen).casefold()).lower()
    return " ".join(lower.split())


def held(text: str, words: Collection[str]) -> str | None:
    """A word of these, as `folded` makes them, that the text holds; None: it holds none."""
    if not words:
        return None
    said = folded(text)
    alone = set(_TOKEN.findall(said))
    return next((word for word in words if word in alone or _holds(said, word)), None)


def _holds(said: str, word: str) -> bool:
    """For what is more than one run of letters and digits; looked for only where it is at all."""
    if _TOKEN.fullmatch(word) or word not in said:
        return False
    return re.search(rf"(?<!\w){re.escape(word)}(?!\w)", said) is not None


async def block(call: Call, given: str) -> BlockedWord:
    """Refuse messages that hold it from now on; the same again changes nothing. Raises BLOCKED_WORD_INVALID."""
    word = _word(given)

    async def work(tx: Transaction) -> BlockedWord:
        if await words_repo.add(tx, word, call.actor.id, MOST):
            await note(tx, call, "chat.word_blocked", "chat_blocked_word", word, None, {"word": word})
        found = await words_repo.find(tx, word)
        if found is None:
            raise _refusal("too_many", f"there are {MOST} blocked words already; let one go first")
        return found

    return await call.database.transaction(call.store.id, work)


async def allow(call: Call, given: str) -> None:
    """Let messages hold it again. Raises BLOCKED_WORD_UNKNOWN."""
    word = folded(given)

    async def work(tx: Transaction) -> None:
        if not await words_repo.remove(tx, word):
            raise BLOCKED_WORD_UNKNOWN(f"{word!r} is not blocked; GET /chat/blocked-words lists the words that are")
        await note(tx, call, "chat.word_allowed", "chat_blocked_word", word, {"word": word}, None)

    await call.database.transaction(call.store.id, work)


async def blocked(call: Call, window: Window[tuple[str]]) -> list[BlockedWord]:
    """The words in their order."""
    return await call.database.transaction(call.store.id, lambda tx: words_repo.page(tx, window))


def _word(given: str) -> str:
    word = folded(given)
    if not re.search(r"[^\W_]", word):
        raise _refusal("no_word", f"{given!r} has neither letters nor digits, so that no message could hold it")
    if len(word) > LONGEST:
        raise _refusal("too_long", f"the word has {len(word)} characters as it is compared; {LONGEST} are the most")
    return word


def _refusal(code: str, message: str) -> Exception:
    return BLOCKED_WORD_INVALID(message, faults=[Fault("path/word", code, message)])
