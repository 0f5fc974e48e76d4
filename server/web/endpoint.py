"""What is an endpoint? A typed function with an address: the types are its contract, its checks and its documentation.

    @routes.get("/products/{slug}", needs=PUBLIC, errors=(PRODUCT_UNKNOWN,))
    async def read_product(call: Call, path: ProductPath) -> ProductView:
        \"\"\"One product with its variants.\"\"\"

Parameters are recognised by name: `call` always; `path`, `query` and `body` as Struct types; `upload` is the raw body.
"""

from __future__ import annotations

import inspect
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final, Generic, Literal, TypeVar, get_args, get_origin, get_type_hints

from server.errors import ErrorCode

T = TypeVar("T")
Handler = Callable[..., Awaitable[Any]]
Idempotency = Literal["required", "optional", "none"]

PUBLIC: Final = "public"
"""Anybody, also without a token."""
GUEST: Final = "guest"
"""Anybody with a token: a guest session or a user."""
SIGNED_IN: Final = "signed-in"
"""Any user of the store."""


@dataclass(frozen=True)
class Reply(Generic[T]):
    """A body with headers, another status, or cookies: name → (value, attributes of aiohttp's set_cookie)."""

    body: T
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    cookies: Mapping[str, tuple[str, Mapping[str, Any]]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Raw:
    """A body that is not JSON."""

    content: bytes
    content_type: str
    headers: Mapping[str, str] = field(default_factory=dict)
    status: int = 200


@dataclass(frozen=True, slots=True)
class Stream:
    """A body that goes on: its parts are sent as they come, until there are no more or the process stops.

    They are asked for after everything around the request, so no limit of time ends them and no problem can be told
    any more: whatever may refuse has to be asked before. Nothing holds a connection or a transaction meanwhile.
    """

    parts: AsyncGenerator[bytes, None]
    content_type: str
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Upload:
    """The raw body of a request that is not JSON."""

    content: bytes
    content_type: str


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One method of one address."""

    method: str
    path: str
    handler: Handler
    tag: str
    needs: str
    errors: tuple[ErrorCode, ...]
    status: int
    idempotency: Idempotency
    path_type: type[Any] | None
    query_type: type[Any] | None
    body_type: type[Any] | None
    takes_upload: tuple[str, ...]
    upload_limit_bytes: int | None
    answers: Any  # a type; None when there is no body; Raw or Stream for other media types
    raw_types: tuple[str, ...]
    summary: str
    description: str
    known_status: int | None = None

    @property
    def operation_id(self) -> str:
        """The name of the operation in the API document: the function's."""
        return self.handler.__name__


class Routes:
    """The endpoints of one room, under one tag of the API document."""

    def __init__(self, tag: str, *, prefix: str = "/api/v1") -> None:
        self.tag = tag
        self.prefix = prefix
        self.endpoints: list[Endpoint] = []

    def get(self, path: str, **options: Any) -> Callable[[Handler], Handler]:
        """Reads, changes nothing."""
        return self._route("GET", path, **options)

    def post(self, path: str, **options: Any) -> Callable[[Handler], Handler]:
        """Makes or does something; an Idempotency-Key is honoured when given, unless told otherwise."""
        options.setdefault("idempotency", "optional")
        return self._route("POST", path, **options)

    def put(self, path: str, **options: Any) -> Callable[[Handler], Handler]:
        """Sets something to what the body says."""
        return self._route("PUT", path, **options)

    def patch(self, path: str, **options: Any) -> Callable[[Handler], Handler]:
        """Changes what the body names."""
        return self._route("PATCH", path, **options)

    def delete(self, path: str, **options: Any) -> Callable[[Handler], Handler]:
        """Takes something away."""
        return self._route("DELETE", path, **options)

    def _route(
        self,
        method: str,
        path: str,
        *,
        needs: str,
        errors: tuple[ErrorCode, ...] = (),
        status: int | None = None,
        idempotency: Idempotency = "none",
        raw_types: tuple[str, ...] = (),
        uploads: tuple[str, ...] = (),
        upload_limit_bytes: int | None = None,
        known_status: int | None = None,
    ) -> Callable[[Handler], Handler]:
        """`needs` is PUBLIC, GUEST, SIGNED_IN or an action of the access ruleset; `errors` the room's codes.

        Where one of several actions is enough, `needs` is "catalog.write or catalog.write_own". `upload_limit_bytes`
        is for uploads that have to be smaller than SOSTECH_UPLOAD_LIMIT_BYTES lets them be. `known_status` is for
        answers that need no work because they are known already.
        """

        def register(handler: Handler) -> Handler:
            hints = get_type_hints(handler)
            answers = _unwrapped(hints.get("return"))
            self.endpoints.append(
                Endpoint(
                    method=method,
                    path=self.prefix + path,
                    handler=handler,
                    tag=self.tag,
                    needs=needs,
                    errors=errors,
                    status=status or (HTTPStatus.NO_CONTENT if answers is None else HTTPStatus.OK),
                    idempotency=idempotency,
                    path_type=hints.get("path"),
                    query_type=hints.get("query"),
                    body_type=hints.get("body"),
                    takes_upload=uploads,
                    upload_limit_bytes=upload_limit_bytes,
                    answers=answers,
                    raw_types=raw_types,
                    summary=_summary(handler),
                    description=_description(handler),
                    known_status=known_status,
                )
            )
            return handler

        return register


def _unwrapped(annotation: Any) -> Any:
    """The type of the body itself: what a Reply holds, None for no body."""
    if get_origin(annotation) is Reply:
        annotation = get_args(annotation)[0]
    return None if annotation in (None, type(None)) else annotation


def _summary(handler: Handler) -> str:
    return (inspect.getdoc(handler) or handler.__name__).partition("\n")[0].rstrip(".")


def _description(handler: Handler) -> str:
    return (inspect.getdoc(handler) or "").partition("\n")[2].strip()
