"""Which addresses are there besides the API? Health, numbers for monitoring, and the documentation itself."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from server.web.problems import CONTENT_TYPE

TAG: Final = "Operations"

_DEGRADED: Final = {
    "degraded": {
        "type": "object",
        "additionalProperties": {"type": "string"},
        "description": "What does not work besides, by its name, and why; requests are answered without it.",
    }
}
_PROBLEM: Final = {CONTENT_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}


def system_paths() -> dict[str, Any]:
    """Address → path item. Open to anybody, of no store, and without any side effect."""
    return {
        "/ping": _get("ping", "Whether anybody is there", _json("Somebody is", {"pong": {"const": True}})),
        "/health/live": _get(
            "readLiveness", "Whether the process works", _json("It does", {"status": {"const": "live"}})
        ),
        "/health/ready": _get(
            "readReadiness",
            "Whether requests should be sent here",
            _json("They should", {"status": {"const": "ready"}}, _DEGRADED),
            {
                "503": {
                    "description": "Not now: the database is away or has another schema, or the process is stopping.",
                    "content": _PROBLEM,
                    "headers": {"Retry-After": {"schema": {"type": "string"}}},
                }
            },
        ),
        "/metrics": _get("readMetrics", "Numbers for Prometheus", _text("text/plain", "The current numbers")),
        "/openapi.json": _get("readApiDocument", "This document", _media("application/json", "It", {"type": "object"})),
        "/docs": _get("readDocumentation", "This document for people, to try out", _text("text/html", "A page")),
        "/docs/problems": _get("readProblemCodes", "Every code of a problem", _text("text/html", "A page")),
        "/docs/sockets": _get("readSocketEvents", "Every event of the sockets", _text("text/html", "A page")),
        "/docs/asyncapi.json": _get(
            "readSocketDocument",
            "The document of the sockets, AsyncAPI 3.0",
            _media("application/json", "It", {"type": "object"}),
        ),
    }


def _get(name: str, summary: str, fine: dict[str, Any], others: dict[str, Any] | None = None) -> dict[str, Any]:
    responses = {"200": fine, **(others or {})}
    return {"get": {"tags": [TAG], "operationId": name, "summary": summary, "security": [], "responses": responses}}


def _json(
    description: str, properties: dict[str, Any], at_times: Mapping[str, Any] = MappingProxyType({})
) -> dict[str, Any]:
    """`at_times` are properties that need not be there."""
    schema = {"type": "object", "properties": {**properties, **at_times}, "required": list(properties)}
    return _media("application/json", description, schema)


def _text(media_type: str, description: str) -> dict[str, Any]:
    return _media(media_type, description, {"type": "string"})


def _media(media_type: str, description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": description, "content": {media_type: {"schema": schema}}}
