"""Is an event of a client guarded, bound, worked off and acknowledged like a request?"""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final

import pytest
import pytest_asyncio
from socketio.exceptions import ConnectionError as Refused

from server.errors import ErrorCode, Kind
from server.sockets.connections import SocketCall
from server.sockets.namespaces import Namespace
from server.sockets.serving import moving, open_sockets
from server.web.binding import Body, View
from server.web.call import Shop
from server.web.endpoint import PUBLIC
from storage.database import Database
from storage.tenancy import Store
from tests.server.auth.conftest import NewPerson
from tests.server.sockets.conftest import calling
from tests.shop import Client, new_shop, new_store, serving

TOO_LOUD: Final = ErrorCode("too_loud", Kind.INVALID, "Not so loud")
test = Namespace("/test", needs="chat.own", about="For tests.")
anybody = Namespace("/anybody", needs=PUBLIC, about="For tests.")


class SayBody(Body, frozen=True, kw_only=True, forbid_unknown_fields=True):
    text: str
    times: int = 1


class SaidView(View, frozen=True, kw_only=True):
    text: str
    by: str


ECHO = test.emits("echo", SaidView, "What was said.")


@test.on("say", errors=(TOO_LOUD,))
async def say(call: SocketCall, body: SayBody) -> SaidView:
    """Say something."""
    if body.text.isupper():
        raise TOO_LOUD(f"{body.text!r} is loud")
    if body.text == "oops":
        raise KeyError("a bug")
    return SaidView(text=body.text * body.times, by=str(call.actor.id))


@test.on("moderate", needs="chat.moderate")
async def moderate(_call: SocketCall) -> None:
    """Only for staff."""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def socket_shop(database: Database, tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """A shop with namespaces for tests."""
    shop = new_shop(database, Path(tmp_path_factory.mktemp("sockets")))
    open_sockets(shop, [test, anybody])
    return shop


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def address(socket_shop: Shop) -> AsyncIterator[str]:
    """Where it is served."""
    async with moving(socket_shop), serving(socket_shop) as address:
        yield address


@pytest_asyncio.fixture(loop_scope="session")
async def store(socket_shop: Shop) -> Store:
    """A store of this test alone."""
    return await new_store(socket_shop)


@pytest.fixture
def shop(socket_shop: Shop) -> Shop:
    return socket_shop


@pytest_asyncio.fixture(loop_scope="session")
async def ana(new_person: NewPerson) -> str:
    """Ana's access token."""
    return str((await new_person()).client.token)


async def test_an_event_is_acknowledged_with_what_the_handler_returns(address: str, store: Store, ana: str) -> None:
    async with calling(address, store, "/test", ana) as caller:
        assert (await caller.get("say", {"text": "oi ", "times": 2}))["text"] == "oi oi "


@pytest.mark.parametrize(
    ("event", "data", "code"),
    [
        ("say", {"text": 3}, "body_invalid"),
        ("say", {"text": "x", "more": 1}, "body_invalid"),
        ("say", {"text": "LOUD"}, "too_loud"),
        ("say", {"text": "oops"}, "internal_error"),
        ("shout", {}, "socket_event_unknown"),
        ("moderate", {}, "not_allowed"),
    ],
)
async def test_what_cannot_be_done_is_acknowledged_with_a_problem(
    address: str, store: Store, ana: str, event: str, data: Any, code: str
) -> None:
    async with calling(address, store, "/test", ana) as caller:
        answer = await caller.ask(event, data)
        assert answer["problem"]["code"] == code, answer
        assert answer["problem"]["instance"] == f"/test#{event}"
        assert (await caller.get("say", {"text": "still here"}))["text"] == "still here"


async def test_who_shows_no_token_is_refused_where_one_is_needed(address: str, store: Store) -> None:
    with pytest.raises(Refused):
        async with calling(address, store, "/test"):
            pass
    async with calling(address, store, "/anybody") as caller:
        assert caller.client.connected


async def test_who_signs_out_is_disconnected_and_told_why(
    address: str, store: Store, client: Client, new_person: NewPerson
) -> None:
    person = await new_person()
    async with calling(address, store, "/test", person.client.token) as caller:
        await person.client.post("/auth/sign-out")
        await caller.until(lambda: caller.of("disconnect"))
        assert caller.of("problem")[0]["code"] == "token_invalid"


async def test_events_of_one_client_are_worked_off_in_their_order(address: str, store: Store, ana: str) -> None:
    async with calling(address, store, "/test", ana) as caller:
        got: list[str] = []
        for number in range(50):
            await caller.client.emit(
                "say",
                {"text": str(number)},
                namespace="/test",
                callback=lambda answer: got.append(answer["data"]["text"]),
            )
        await caller.get("say", {"text": "end"})
        assert got == [str(number) for number in range(50)]
