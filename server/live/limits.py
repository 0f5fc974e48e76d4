"""How often may somebody try links? As often as at the addresses of linked orders, all ways counted together."""

from __future__ import annotations

from server.orders.routes import LINKS_PER_NETWORK
from server.web.call import Call
from server.web.limits import LIMITER, network


async def count_link(call: Call) -> None:
    """Count one try of the caller's network. Raises RATE_LIMITED."""
    await call.use(LIMITER).hit(LINKS_PER_NETWORK, str(call.store.id), network(call.client_ip))
