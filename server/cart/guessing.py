"""May somebody try another coupon code? Only codes that fail count, so nobody who has one is ever kept waiting.

Guest sessions cost nothing, so guesses are counted by where they come from too. Each that fails is announced besides.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from server.cart import attempts
from server.cart.errors import COUPON_NOT_FOUND, COUPON_REJECTED, COUPON_UNKNOWN
from server.errors import AppError
from server.web.call import Call
from server.web.limits import LIMITER, Limit, network

GUESSES_PER_CUSTOMER: Final = Limit("coupon-customer", 30, 60)
GUESSES_PER_NETWORK: Final = Limit("coupon-network", 120, 60)

_FAILURES: Final = (COUPON_UNKNOWN, COUPON_REJECTED, COUPON_NOT_FOUND)


@asynccontextmanager
async def one_guess(call: Call, code: str) -> AsyncIterator[None]:
    """Around a try of a folded code: it counts when it is refused.

    Raises RATE_LIMITED when too many failed; also in place of the refusal that is one too many.
    """
    limiter = call.use(LIMITER)
    store = str(call.store.id)
    tried = ((GUESSES_PER_CUSTOMER, call.actor.principal), (GUESSES_PER_NETWORK, network(call.client_ip)))
    for limit, key in tried:
        await limiter.check(limit, store, key)
    try:
        yield
    except AppError as refusal:
        if refusal.error in _FAILURES:
            await attempts.refused(call, code, refusal)
            for limit, key in tried:
                await limiter.hit(limit, store, key)
        raise
