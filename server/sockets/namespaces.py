"""What is a namespace? Typed events over one connection: the types are contract, checks and documentation.

    chat = Namespace("/chat", needs="chat.own or chat.moderate", about="Talk with the shop.")
    MESSAGE = chat.emits("message", MessageView, "A message that came, or changed.")

    @chat.on("send", errors=(CONVERSATION_UNKNOWN,))
    async def send(call: SocketCall, body: SendBody) -> MessageView:
        \"\"\"Write a message.\"\"\"

Every event is acknowledged with `{"data": …}`, what the function returns, or with `{"problem": …}` (RFC 9457).
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar, get_type_hints

from server.errors import ErrorCode
from server.sockets.connections import Connection, SocketCall

T = TypeVar("T")
Handler = Callable[..., Awaitable[Any]]
Hook = Callable[[SocketCall], Awaitable[None]]
Leave = Callable[[Connection], Awaitable[None]]
Renewed = Callable[[Connection], None]


@dataclass(frozen=True, slots=True)
class Event:
    """What a client may send."""

    name: str
    handler: Handler
    needs: str
    errors: tuple[ErrorCode, ...]
    body_type: type[Any] | None
    answers: Any  # a type; None when there is nothing to say but that it is done
    summary: str
    description: str


@dataclass(frozen=True, slots=True)
class Emission(Generic[T]):
    """What the server sends by itself."""

    namespace: str
    name: str
    shape: type[T]
    about: str


class Namespace:
    """One namespace of Socket.IO, served by one room."""

    def __init__(
        self, path: str, *, needs: str, about: str, says: type[Any] | None = None, shows_presence: bool = False
    ) -> None:
        """`needs` is what whoever connects needs, as for an endpoint; `about` goes into the documentation.

        `says` is what clients may say when they connect, beside their token: `connection.said`, for a hook. Whoever is
        connected to one that `shows_presence` is there for others, who may wait for an answer.
        """
        self.path: Final = path
        self.needs: Final = needs
        self.about: Final = about
        self.says: Final = says
        self.shows_presence: Final = shows_presence
        self.events: dict[str, Event] = {}
        self.emissions: list[Emission[Any]] = []
        self.on_connect: list[Hook] = []
        self.on_disconnect: list[Leave] = []
        self.on_renewed: list[Renewed] = []

    def on(
        self, name: str, *, needs: str | None = None, errors: tuple[ErrorCode, ...] = ()
    ) -> Callable[[Handler], Handler]:
        """The function is called for each such event of a client; `needs` when it is more than connecting needs."""

        def register(handler: Handler) -> Handler:
            hints = get_type_hints(handler)
            answers = hints.get("return")
            summary, _, description = (inspect.getdoc(handler) or name).partition("\n")
            self.events[name] = Event(
                name=name,
                handler=handler,
                needs=needs or self.needs,
                errors=errors,
                body_type=hints.get("body"),
                answers=None if answers is type(None) else answers,
                summary=summary.rstrip("."),
                description=description.strip(),
            )
            return handler

        return register

    def emits(self, name: str, shape: type[T], about: str) -> Emission[T]:
        """Something that the server sends: declared once, so that it is documented."""
        emission = Emission(self.path, name, shape, about)
        self.emissions.append(emission)
        return emission

    def connected(self, hook: Hook) -> Hook:
        """The function is called once somebody may stay, before they are told so; it may refuse with an AppError."""
        self.on_connect.append(hook)
        return hook

    def renewed(self, look: Renewed) -> Renewed:
        """The function is called whenever it was asked anew what somebody may do; it only takes note of it."""
        self.on_renewed.append(look)
        return look

    def disconnected(self, leave: Leave) -> Leave:
        """The function is called once somebody is gone."""
        self.on_disconnect.append(leave)
        return leave
