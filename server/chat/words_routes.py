"""The addresses of blocked words."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from server.chat import access, words
from server.chat.errors import BLOCKED_WORD_INVALID, BLOCKED_WORD_UNKNOWN
from server.chat.words_repo import BlockedWord
from server.web.binding import Path, View
from server.web.call import Call
from server.web.endpoint import Reply, Routes
from server.web.pages import Page, PageQuery, page, position, window

routes = Routes("Chat")


class WordPath(Path, frozen=True, kw_only=True):
    """Names a word, or several that follow each other."""

    word: Annotated[str, Meta(min_length=1, max_length=200, pattern=r"^[^%/\\\x00-\x1f\x7f]+(?!\n)$")]


class BlockedWordView(View, frozen=True, kw_only=True):
    """A word as it is compared: without case, and without characters that nobody sees."""

    word: str
    created_by: UUID
    created_at: datetime


@routes.get("/chat/blocked-words", needs=access.MODERATE)
async def list_blocked_words(call: Call, query: PageQuery) -> Reply[Page[BlockedWordView]]:
    """Words that messages of customers and sellers may not hold, in their order."""
    at = position(call, query)
    found = await words.blocked(call, window(at, _keys))
    return page(call, query, at, found, lambda each: [each.word], _view)


@routes.put("/chat/blocked-words/{word}", needs=access.MODERATE, errors=(BLOCKED_WORD_INVALID,))
async def block_word(call: Call, path: WordPath) -> BlockedWordView:
    """Refuse messages of customers and sellers that hold this word, from now on; staff may write what they like.

    It counts where it stands alone, in whatever case, and however it is spread with characters that nobody sees.
    """
    return _view(await words.block(call, path.word))


@routes.delete("/chat/blocked-words/{word}", needs=access.MODERATE, errors=(BLOCKED_WORD_UNKNOWN,))
async def allow_word(call: Call, path: WordPath) -> None:
    """Let messages hold this word again."""
    await words.allow(call, path.word)


def _keys(word: str) -> tuple[str]:
    return (word,)


def _view(found: BlockedWord) -> BlockedWordView:
    return BlockedWordView(**msgspec.structs.asdict(found))
