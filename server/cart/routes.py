"""The addresses of carts."""

from __future__ import annotations

from server.web.endpoint import Routes

routes = Routes("Cart")
