"""The address of explanations in conversations."""

from __future__ import annotations

from http import HTTPStatus

from server.auth.errors import NOT_A_USER
from server.chat import access, decisions
from server.chat.decisions import DecisionBody
from server.chat.errors import CONVERSATION_UNKNOWN, EXPLANATION_UNFAITHFUL, MESSAGE_ID_REUSED
from server.chat.schemas import ChatMessageView, ConversationPath
from server.chat.showing import shown
from server.decisions.errors import (
    AMOUNT_INVALID,
    BASKET_INVALID,
    DECISION_UNKNOWN,
    MIX_FAULTY,
    MIX_INVALID,
    MIX_UNKNOWN,
    PINNED_MISSING,
    RULES_MISSING,
)
from server.orders.errors import ORDER_UNKNOWN
from server.web.call import Call
from server.web.endpoint import Reply, Routes
from server.web.problems import NOT_ALLOWED, RATE_LIMITED

routes = Routes("Chat")


@routes.post(
    "/chat/conversations/{conversation_id}/decisions",
    needs=access.MODERATE,
    errors=(
        CONVERSATION_UNKNOWN, MESSAGE_ID_REUSED, NOT_A_USER, NOT_ALLOWED, RATE_LIMITED, ORDER_UNKNOWN, DECISION_UNKNOWN,
        PINNED_MISSING, EXPLANATION_UNFAITHFUL, AMOUNT_INVALID, BASKET_INVALID, RULES_MISSING, MIX_INVALID, MIX_UNKNOWN,
        MIX_FAULTY,
    ),
    status=201,
    known_status=200,
    idempotency="none",
)  # fmt: skip
async def explain_in_conversation(call: Call, path: ConversationPath, body: DecisionBody) -> Reply[ChatMessageView]:
    """Explain in the conversation why an order costs what it costs, or what another basket would cost.

    The customer sees the explanation for customers, in their language; staff see every rule in `decision.full`. Needs
    `decisions.explain_full` besides, and `decisions.dry_run` for a basket. The same `client_id` again is the same
    message (200).
    """
    seen = await decisions.explain(call, path.conversation_id, body)
    return Reply(shown(call, seen), status=HTTPStatus.CREATED if seen.is_new else HTTPStatus.OK)
