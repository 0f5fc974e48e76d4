"""The addresses of the catalogue."""

from __future__ import annotations

from server.web.endpoint import Routes

routes = Routes("Catalogue")
