"""The addresses of quotes."""

from __future__ import annotations

from server.web.endpoint import Routes

routes = Routes("Checkout")
