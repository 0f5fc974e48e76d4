"""The addresses of dry runs and the decision log."""

from __future__ import annotations

from server.web.endpoint import Routes

routes = Routes("Decisions")
