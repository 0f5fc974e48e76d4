"""The addresses of accounts and sessions."""

from __future__ import annotations

from server.web.endpoint import Routes

routes = Routes("Accounts")
