"""The addresses of people who may not write."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from server.chat import access, blocks
from server.chat.blocks_repo import Block
from server.chat.errors import CHAT_BLOCK_INVALID, CHAT_BLOCK_UNKNOWN
from server.decisions.schemas import Instant
from server.web.binding import Body, Path, View
from server.web.call import Call
from server.web.endpoint import Reply, Routes
from server.web.pages import Page, PageQuery, by_time, page, position, window

routes = Routes("Chat")


class BlockPath(Path, frozen=True, kw_only=True):
    """Names somebody."""

    user_id: UUID


class BlockBody(Body, frozen=True, kw_only=True):
    """Who may not write, why, which only staff see, and until when; without `until` until somebody lets them again."""

    user_id: UUID
    reason: Annotated[str, Meta(min_length=1, max_length=500, pattern=r"\S")]
    until: Instant | None = None


class BlockView(View, frozen=True, kw_only=True):
    """Somebody who may not write."""

    user_id: UUID
    name: str
    reason: str
    blocked_by: UUID
    until: datetime | None
    created_at: datetime


@routes.get("/chat/blocks", needs=access.MODERATE)
async def list_chat_blocks(call: Call, query: PageQuery) -> Reply[Page[BlockView]]:
    """Who may not write at this moment, the newest first."""
    at = position(call, query)
    found = await blocks.blocked(call, window(at, by_time))
    return page(call, query, at, found, lambda each: [each.created_at.isoformat(), str(each.user_id)], _view)


@routes.post("/chat/blocks", needs=access.MODERATE, errors=(CHAT_BLOCK_INVALID,))
async def block_from_chat(call: Call, body: BlockBody) -> BlockView:
    """Let a customer or a seller read, but not write, until then. Again it sets new terms."""
    return _view(await blocks.block(call, body.user_id, body.reason, body.until))


@routes.delete("/chat/blocks/{user_id}", needs=access.MODERATE, errors=(CHAT_BLOCK_UNKNOWN,))
async def let_write_in_chat(call: Call, path: BlockPath) -> None:
    """Let somebody write again."""
    await blocks.unblock(call, path.user_id)


def _view(found: Block) -> BlockView:
    return BlockView(**msgspec.structs.asdict(found))
