"""The addresses by which customers show that the number with an order is theirs."""

from __future__ import annotations

from typing import Final

from server.decisions.errors import RULES_MISSING
from server.orders import phone_codes
from server.orders.errors import (
    CODE_EXPIRED,
    CODE_NOT_NEEDED,
    CODE_SPENT,
    CODE_WRONG,
    ORDER_UNKNOWN,
    STOCK_TAKEN,
)
from server.orders.routes import shown
from server.orders.schemas import CodeBody, CodeSentView, LocaleQuery, OrderPath
from server.orders.shapes import OrderView
from server.web.call import Call
from server.web.endpoint import GUEST, Reply, Routes
from server.web.problems import NOT_ALLOWED, RATE_LIMITED

routes = Routes("Orders")

_ERRORS: Final = (ORDER_UNKNOWN, NOT_ALLOWED, CODE_NOT_NEEDED, CODE_SPENT, RULES_MISSING, RATE_LIMITED)


@routes.post(
    "/orders/{number}/confirmation",
    needs=GUEST,
    errors=(*_ERRORS, CODE_WRONG, CODE_EXPIRED, STOCK_TAKEN),
    # Remembering the answer would undo that a wrong code was counted.
    idempotency="none",
)
async def confirm_order(call: Call, path: OrderPath, query: LocaleQuery, body: CodeBody) -> Reply[OrderView]:
    """Confirm an order of yours by the code that was sent to its telephone number; then it is packed.

    A code holds for ten minutes and five tries.
    """
    await phone_codes.count_for_network(call)
    return shown(call, await phone_codes.confirm(call, path.number, body.code), query.locale)


@routes.post("/orders/{number}/confirmation/send", needs=GUEST, errors=_ERRORS, status=202, idempotency="none")
async def send_order_code(call: Call, path: OrderPath) -> CodeSentView:
    """Send another code to the number of an order of yours; the one before is worth nothing then."""
    await phone_codes.count_for_network(call)
    return CodeSentView(expires_at=await phone_codes.send_again(call, path.number))
