"""What does the API document say? Everything, out of the endpoints' own types: OpenAPI 3.1, at /openapi.json."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final

from server.errors import Kind
from server.web import etag, idempotency, openapi_errors, openapi_system
from server.web.binding import is_optional
from server.web.endpoint import GUEST, PUBLIC, SIGNED_IN, Endpoint, Raw, Stream
from server.web.middlewares import SLUG_PATTERN, TENANT_HEADER
from server.web.openapi_shapes import Shapes, openapi_path, read_shapes
from server.web.pages import PageQuery

VERSION: Final = "3.1.0"
BEARER: Final = "bearer"

ABOUT: Final = """\
A headless shop: catalogue, carts, quotes in which every cent is explained, orders, and conversations about them.
What is told live, over Socket.IO, is at [/docs/sockets](/docs/sockets).

**Stores.** Requests name their store in `X-Tenant-ID`, by the shop's domain or subdomain, or mean the default store.

**Signing in.** Send the access token as `Authorization: Bearer <token>`. What an operation needs is said in its
description and in `x-needs`.

**Problems.** Whatever fails answers with `application/problem+json` (RFC 9457); its `code` never changes its meaning.
All of them are listed under [/docs/problems](/docs/problems). An address that does not exist is `no_such_route` (404),
a method it does not take `method_not_allowed` (405).

**Sending twice.** With an `Idempotency-Key`, a repeated request has one effect and gets the same answer, for 24 hours.

**Lists** have `next` and `prev`, which go into `cursor`; the same addresses are in the header `Link` (RFC 8288).

**Money** is a decimal string in the digits of its currency, such as `"19.90"`; the currency stands beside it.
"""


def document(endpoints: Sequence[Endpoint], version: str) -> dict[str, Any]:
    """The OpenAPI document of these endpoints and of the addresses every shop has."""
    shapes = read_shapes(endpoints)
    paths: dict[str, Any] = {}
    for endpoint in endpoints:
        paths.setdefault(openapi_path(endpoint.path), {})[endpoint.method.lower()] = _operation(endpoint, shapes)
    return {
        "openapi": VERSION,
        "info": {"title": "SOSTECH Store", "version": version, "description": ABOUT, "license": _LICENSE},
        "servers": [{"url": "/", "description": "This shop"}],
        "tags": [{"name": tag} for tag in [*dict.fromkeys(each.tag for each in endpoints), openapi_system.TAG]],
        "paths": paths | openapi_system.system_paths(),
        "components": {
            "schemas": dict(sorted(shapes.components.items())),
            "parameters": _PARAMETERS,
            "headers": _HEADERS,
            "responses": openapi_errors.unrouted_responses(),
            "examples": openapi_errors.examples(endpoints),
            "securitySchemes": {
                BEARER: {
                    "type": "http",
                    "scheme": "bearer",
                    "bearerFormat": "JWT",
                    "description": "The access token of a guest session or of a sign-in.",
                }
            },
        },
    }


def _operation(endpoint: Endpoint, shapes: Shapes) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "tags": [endpoint.tag],
        "operationId": endpoint.operation_id,
        "summary": endpoint.summary,
        "description": "\n\n".join(part for part in (endpoint.description, says_needs(endpoint.needs)) if part),
        "security": [{BEARER: []}] if endpoint.needs != PUBLIC else [{}, {BEARER: []}],
        "x-needs": endpoint.needs,
        "parameters": [*shapes.of_path(endpoint), *shapes.of_query(endpoint), *_headers_taken(endpoint)],
        "responses": _responses(endpoint, shapes),
    }
    content = _body_taken(endpoint, shapes)
    if content:
        may_be_left_out = endpoint.body_type is not None and is_optional(endpoint.body_type)
        operation["requestBody"] = {"required": not may_be_left_out, "content": content}
    return operation


def says_needs(needs: str) -> str:
    """What is needed, in words."""
    named = {
        PUBLIC: "Open to anybody.",
        GUEST: "Needs an access token: of a guest session or of a user.",
        SIGNED_IN: "Needs the access token of a user.",
    }
    permissions = " or ".join(f"`{action}`" for action in needs.split(" or "))
    return named.get(needs, f"Needs the access token of a user whose roles have the permission {permissions}.")


def _headers_taken(endpoint: Endpoint) -> list[dict[str, Any]]:
    taken: list[dict[str, Any]] = [_reference("parameters", "Store")]
    if endpoint.idempotency != "none":
        taken.append(
            {
                "name": idempotency.HEADER,
                "in": "header",
                "required": endpoint.idempotency == "required",
                "description": "A string of your own, the same for every attempt at the same request.",
                "schema": {"type": "string", "pattern": idempotency.PATTERN, "maxLength": idempotency.LONGEST_KEY + 2},
                "example": "019a8a3e-6a43-7c1e-9c62-0d7f5a1b2c3d",
            }
        )
    kinds = {error.kind for error in endpoint.errors}
    if Kind.PRECONDITION_FAILED in kinds:
        is_numbered = etag.VERSION_CHANGED in endpoint.errors
        taken.append(
            {
                "name": "If-Match",
                "in": "header",
                "required": Kind.PRECONDITION_REQUIRED in kinds,
                "description": "The ETag of what you change; `*` for whatever there is.",
                "schema": {"type": "string", "pattern": _IF_MATCH if is_numbered else _IF_MATCH_CONTENT},
                "example": '"3"' if is_numbered else "*",
            }
        )
    if _may_be_kept(endpoint):
        taken.append(_reference("parameters", "IfNoneMatch"))
    return taken


def _body_taken(endpoint: Endpoint, shapes: Shapes) -> dict[str, Any]:
    if endpoint.takes_upload:
        return {media_type: {"schema": _raw_schema(media_type)} for media_type in endpoint.takes_upload}
    if endpoint.body_type is not None:
        return {"application/json": {"schema": shapes.schema(endpoint.body_type)}}
    return {}


def _responses(endpoint: Endpoint, shapes: Shapes) -> dict[str, Any]:
    responses: dict[str, Any] = {str(int(endpoint.status)): _fine(endpoint, shapes)}
    if endpoint.known_status is not None:
        known = {**_fine(endpoint, shapes), "description": "The answer is known already."}
        responses[str(int(endpoint.known_status))] = known
    if _may_be_kept(endpoint):
        responses["304"] = {"description": "What you have is current.", "headers": _answer_headers(endpoint)}
    return responses | openapi_errors.error_responses(endpoint)


def _fine(endpoint: Endpoint, shapes: Shapes) -> dict[str, Any]:
    fine: dict[str, Any] = {
        "description": HTTPStatus(endpoint.status).phrase,
        "headers": _answer_headers(endpoint),
    }
    if endpoint.answers in (Raw, Stream):
        fine["content"] = {media_type: _raw(media_type) for media_type in endpoint.raw_types}
    elif endpoint.answers is not None:
        fine["content"] = {"application/json": {"schema": shapes.schema(endpoint.answers)}}
    return fine


def _answer_headers(endpoint: Endpoint) -> dict[str, Any]:
    names = ["X-Request-ID"]
    if endpoint.query_type is not None and issubclass(endpoint.query_type, PageQuery):
        names.append("Link")
    if endpoint.idempotency != "none":
        names.append(idempotency.REPLAYED)
    if endpoint.status == HTTPStatus.CREATED or endpoint.known_status is not None:
        names.append("Location")
    if _may_be_kept(endpoint) or etag.VERSION_CHANGED in endpoint.errors:
        names.append("ETag")
    return {name: _reference("headers", name) for name in names}


def _may_be_kept(endpoint: Endpoint) -> bool:
    """Public readings may come from a cache, and say 304."""
    return endpoint.method == "GET" and endpoint.needs == PUBLIC


def _raw(media_type: str) -> dict[str, Any]:
    """What is said of an answer that is not JSON. Events have no schema: readers disagree whether it is of the whole
    stream or of each event.
    """
    return {} if media_type == "text/event-stream" else {"schema": _raw_schema(media_type)}


def _raw_schema(media_type: str) -> dict[str, Any]:
    if media_type.startswith("text/"):
        return {"type": "string"}
    if media_type in ("application/yaml", "application/json"):
        # Whoever reads it has an object, or whatever stands in a draft.
        return {}
    return {"type": "string", "format": "binary", "contentMediaType": media_type}


def _reference(kind: str, name: str) -> dict[str, str]:
    return {"$ref": f"#/components/{kind}/{name}"}


def _header(description: str, **schema: Any) -> dict[str, Any]:
    return {"description": description, "schema": {"type": "string", **schema}}


_IF_MATCH: Final = r'^(?:\*|"[0-9]{1,9}")$'
_IF_MATCH_CONTENT: Final = r'^(?:\*|"[0-9a-f]{64}")$'
_LICENSE: Final = {"name": "MIT", "identifier": "MIT"}

_PARAMETERS: Final[Mapping[str, Any]] = {
    "Store": {
        "name": TENANT_HEADER,
        "in": "header",
        "required": False,
        "description": "The slug of the store. Without it the address decides, or the default store is meant.",
        "schema": {"type": "string", "pattern": SLUG_PATTERN, "maxLength": 63},
        "example": "main",
    },
    "IfNoneMatch": {
        "name": "If-None-Match",
        "in": "header",
        "required": False,
        "description": "The ETag of what you have: the answer is 304 while it is current.",
        "schema": {"type": "string"},
    },
}

_HEADERS: Final[Mapping[str, Any]] = {
    "X-Request-ID": _header("The id of this request, yours if you sent one; the log knows it."),
    "Link": _header('The pages before and after, as `rel="prev"` and `rel="next"` (RFC 8288).'),
    "Location": _header("The address of what was made.", format="uri-reference"),
    "ETag": _header("The version of what was read or written."),
    idempotency.REPLAYED: _header("`true` when this is the stored answer of an earlier attempt.", const="true"),
}
