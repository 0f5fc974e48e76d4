"""May this be written, and whose turn is it then? What a text has to be, and what is asked before it is kept."""

from __future__ import annotations

import unicodedata

from server.chat import blocks
from server.chat.blocks_repo import Standing
from server.chat.schemas import MOST_CHARACTERS, MOST_CHARACTERS_OF_STAFF
from server.chat.snapshot import Head, Kind, Side, Status
from server.errors import Fault
from server.web.call import Call
from server.web.problems import invalid


def refuse_unfit(call: Call, standing: Standing, side: Side, body: str, *, is_alone: bool = True) -> None:
    """Raise BODY_INVALID for a text that says nothing or too much.

    `is_alone` is false of a text that comes with attachments, which may say nothing. Others than staff are refused with
    WRITING_BLOCKED when they are blocked, and with MESSAGE_REFUSED when the text holds a blocked word.
    """
    fault = _fault(side, body, is_alone)
    if fault is not None:
        raise invalid([fault])
    if side != "staff":
        blocks.refuse_standing(call, standing, body)


def turn_after(conversation: Head, side: Side, kind: Kind) -> tuple[Status, bool]:
    """The status after such a message, and whether the shop is waited for: never when it is a seller's business."""
    if kind == "note":
        return conversation.status, conversation.is_waited_for
    if side == "customer":
        return "open", conversation.seller_id is None
    return "waiting", False


def says_something(body: str) -> bool:
    """Whether any of its characters can be seen: no spaces, controls, marks without a letter or invisible ones."""
    return any(unicodedata.category(character)[0] not in "ZCM" for character in body)


def _fault(side: Side, body: str, is_alone: bool) -> Fault | None:
    most = MOST_CHARACTERS_OF_STAFF if side == "staff" else MOST_CHARACTERS
    if len(body) > most:
        return Fault("/body", "maxLength", f"may have at most {most} characters")
    if is_alone and not says_something(body):
        return Fault("/body", "empty", "says nothing; write something that can be seen")
    return None
