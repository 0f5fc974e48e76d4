"""Two who talk about a real order in a running shop: by the client for terminals, and by the one for storefronts."""

from __future__ import annotations

import asyncio
import json
import os
import re
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import pytest
import pytest_asyncio
from aiohttp import ClientSession, DummyCookieJar, web

from server.demo.people import PASSWORD
from tests.conftest import CHECKOUT
from tests.examples.storefront import PATIENCE_SECONDS, Storefront, event_source, storefront_of
from tests.node import HOME, node
from tests.server.live.browser import Page, browsing
from tests.server.program import serving

PAGES: Final = CHECKOUT / "examples" / "storefront"
IO: Final = HOME / "node_modules/socket.io-client/dist/socket.io.esm.min.js"
CUSTOMER: Final = "ana@example.com"
SUPPORT: Final = "support@example.com"
SEEN: Final = "[...document.forms].filter((each) => each.offsetParent).map((each) => each.id).join()"
"""Which forms of the page are to be seen."""
_MESSAGE: Final = re.compile(r"^\d\d:\d\d:\d\d #(\d+) +(.*?)(?:  [·✓]+)?$")


@dataclass
class Shop:
    """The demo shop, as `make run` starts it."""

    session: ClientSession
    address: str
    tokens: dict[str, str] = field(default_factory=dict)
    links: dict[str, str] = field(default_factory=dict)

    async def ask(self, email: str, method: str, path: str, body: Any = None, key: str | None = None) -> Any:
        """The answer to a request of somebody."""
        if email not in self.tokens:
            secret = {"email": email, "password": PASSWORD}
            async with self.session.post(f"{self.address}/api/v1/auth/sign-in", json=secret) as answer:
                self.tokens[email] = (await answer.json())["access_token"]
        headers = {"Authorization": f"Bearer {self.tokens[email]}", **({"Idempotency-Key": key} if key else {})}
        async with self.session.request(method, f"{self.address}/api/v1/{path}", json=body, headers=headers) as answer:
            assert answer.status < 300, await answer.text()
            return await answer.json()

    async def order(self) -> str:
        """Ana orders two pairs of socks; the number of the order."""
        place = {"country": "BR", "region": "SP", "postcode": "01310-100", "city": "São Paulo"}
        await self.ask(CUSTOMER, "POST", "cart/items", {"sku": "SOCK-GREY", "quantity": 2})
        await self.ask(CUSTOMER, "PUT", "cart/destination", place)
        await self.ask(CUSTOMER, "PUT", "cart/shipping-method", {"method": "standard"})
        await self.ask(CUSTOMER, "PUT", "cart/payment-method", {"method": "pix"})
        quote = (await self.ask(CUSTOMER, "POST", "checkout/quote"))["token"]
        body = {"quote": quote, "shipping_address": {"name": "Ana", "line1": "Avenida Paulista 1000", **place}}
        placed = await self.ask(CUSTOMER, "POST", "checkout/orders", body, key=str(uuid4()))
        self.links[str(placed["number"])] = placed["link"].rpartition("/")[2]
        return str(placed["number"])

    async def transcript(self, email: str, order: str) -> list[tuple[int, str]]:
        """Places and texts of the messages about an order, as somebody may see them."""
        page = await self.ask(email, "GET", f"chat/conversations/{await self._of(order)}/messages?limit=100")
        return [(each["seq"], each["body"]) for each in page["items"]]

    async def write(self, email: str, order: str, text: str) -> None:
        """Write a message about an order, over HTTP."""
        body = {"client_id": str(uuid4()), "body": text}
        await self.ask(email, "POST", f"chat/conversations/{await self._of(order)}/messages", body)

    async def handle(self, email: str, order: str, method: str, what: str, body: Any) -> None:
        """Do something with the conversation about an order."""
        where = f"chat/conversations/{await self._of(order)}"
        await self.ask(email, method, f"{where}/{what}" if what else where, body)

    async def _of(self, order: str) -> str:
        found = await self.ask(CUSTOMER, "GET", f"chat/conversations?order={order}")
        return str(found["items"][0]["id"])


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def pages() -> AsyncIterator[str]:
    """Where the page for storefronts is served, with the client of Socket.IO beside it, on an origin of its own."""
    app = web.Application()
    app.router.add_get(f"/{IO.name}", _client_of_socket_io)
    app.router.add_static("/", PAGES)
    runner = web.AppRunner(app, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


async def _client_of_socket_io(_request: web.Request) -> web.FileResponse:
    return web.FileResponse(IO)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def shop(tmp_path_factory: pytest.TempPathFactory, pages: str) -> AsyncIterator[Shop]:
    """The demo shop in a process of its own."""
    folder = tmp_path_factory.mktemp("chat")
    variables = {"SOSTECH_RATE_LIMITS": "false", "SOSTECH_LOG_LEVEL": "warning", "SOSTECH_ALLOWED_ORIGINS": pages}
    async with (
        serving("--demo", folder=folder, **variables) as program,
        ClientSession(cookie_jar=DummyCookieJar()) as session,
    ):
        yield Shop(session, program.address)
        await program.stop()  # its PostgreSQL too: killed, it would leave that behind


async def client(shop: Shop, role: str, order: str, *lines: str, words: tuple[str, ...] = ("--demo",)) -> list[str]:
    """The client for terminals, until it has done these lines; what it printed. An empty `order` is none."""
    about = ["--order", order] if order else []
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(CHECKOUT / "examples/chat_client.py"), "--address", shop.address, "--as", role, *about,
        *words, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    typed = "".join(f"{line}\n" for line in lines).encode()
    with killed_when_late(process):
        out, err = await process.communicate(typed)
    assert (process.returncode, err) == (0, b""), out.decode() + err.decode()
    return out.decode().splitlines()


@contextmanager
def killed_when_late(process: asyncio.subprocess.Process) -> Iterator[None]:
    """Kill a program that takes too long, so that the test can show what it printed until then."""
    late = asyncio.get_running_loop().call_later(PATIENCE_SECONDS, process.kill)
    try:
        yield
    finally:
        late.cancel()


def places(lines: list[str]) -> list[int]:
    """The places of the messages among printed lines, in their order."""
    return [int(found[1]) for line in lines if (found := _MESSAGE.match(line))]


async def test_two_terminals_talk_about_an_order_and_one_of_them_loses_its_network(shop: Shop) -> None:
    order = await shop.order()
    customer, staff = await asyncio.gather(
        client(
            shop, "customer", order, "Where is my parcel?", "/wait Good morning", "/typing", "Here comes a tunnel",
            "/drop", "Are you still there?", "/wait Of course", "/edit 1 Where is my parcel, please?",
            "/wait marked this as resolved", "/rate 5 Thank you", "/wait gave 5 of 5", "/who", "/help", "/nonsense",
            "/edit 99 x",
        ),
        client(
            shop, "moderator", order, "/wait Where is my parcel", "/wait is here", "Good morning", "/wait is writing",
            "/wait tunnel", "/wait has gone", "/why", "/note She is patient", "While you were away",
            "/wait still there", "Of course", "/wait (edited)", "/resolve", "/wait gave 5 of 5",
        ),
    )  # fmt: skip
    back = customer.index("-- connected again")
    missed = [line for line in customer[back:] if "While you were away" in line or "[decision]" in line]
    assert len(missed) == 2, "what was written meanwhile came when the network was back, each once"
    assert "-- the connection is lost; trying again" in customer[:back]
    assert any("Você paga" in line for line in customer[back:]), "the explanation is the customer's"
    assert not any("She is patient" in line for line in customer)
    assert any("(staff): [note] She is patient" in line for line in staff)
    assert "-- Ana Andrade is writing …" in staff
    assert any(line.startswith("-- ✓✓ Ana Andrade has read up to") for line in staff)
    assert any("Sara Souza (staff, here" in line for line in customer) or any(
        "(staff, away" in line for line in customer
    )
    assert "!! there is no /nonsense; /help lists what there is" in customer
    assert any(line.startswith("-- /history [N]") for line in customer)
    first = [line for line in customer if " #1 " in line]
    assert [line.endswith("please?  ✓✓") for line in first] == [False, True], "once new, once edited"
    for email, lines in ((CUSTOMER, customer), (SUPPORT, staff)):
        new = places([line for line in lines if "(edited)" not in line])
        assert new == [seq for seq, _ in await shop.transcript(email, order)], "all, in order, each once"
    rated = (await shop.ask(CUSTOMER, "GET", f"chat/conversations?order={order}"))["items"][0]
    assert (rated["rating"], rated["status"]) == (5, "resolved")


async def test_what_is_done_with_a_conversation_is_told_in_sentences(shop: Shop) -> None:
    order = await shop.order()
    await client(shop, "customer", order, "Where is it?")
    sara = await shop.ask(SUPPORT, "GET", "me")
    await shop.handle(SUPPORT, order, "PUT", "assignee", {"user_id": sara["id"]})
    await shop.handle(SUPPORT, order, "PATCH", "", {"tags": ["late", "parcel"]})
    seen = await client(shop, "customer", order, "/wait looks after this")
    assert any(re.fullmatch(r"\S+ #2 +Sara Souza looks after this now", line) for line in seen)
    staff = await client(shop, "moderator", order, "/wait tagged this")
    assert any(line.endswith("[note] Sara Souza tagged this late, parcel") for line in staff)


async def test_who_waits_for_a_customer_can_ask_for_help_and_leave(shop: Shop) -> None:
    order = await shop.order()
    said = await client(shop, "moderator", order, "", "/help", "/quit")
    assert said[1] == "-- nobody has written yet; waiting for a customer, /quit leaves"
    assert any(line.startswith("-- /quit") for line in said)


async def test_why_needs_an_order_to_explain(shop: Shop) -> None:
    said = await client(shop, "customer", "", "/why", "/why it", words=("--demo",))
    assert "!! /why ORDER: this conversation is about no order, so say which" in said
    assert "!! /why [ORDER]: 'it' is no number" in said


async def test_a_pipe_is_enough_to_write_a_message(shop: Shop) -> None:
    order = await shop.order()
    await client(shop, "customer", order, "From a pipe", words=("--email", CUSTOMER, "--password", PASSWORD))
    assert [body for _, body in await shop.transcript(CUSTOMER, order)] == ["From a pipe"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--email", CUSTOMER, "--password", "wrong horse battery"], "sign_in_refused"),
        ([], "who are you?"),
        (["--demo", "--order", "999999"], "conversation_about_unknown"),
        (["--demo", "--address", "http://127.0.0.1:9"], "no shop answers"),
    ],
)
async def test_what_cannot_be_is_said_in_a_line(shop: Shop, words: list[str], said: str) -> None:
    command = [sys.executable, str(CHECKOUT / "examples/chat_client.py"), "--address", shop.address, *words]
    process = await asyncio.create_subprocess_exec(
        *command, stdin=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE
    )
    with killed_when_late(process):
        _, err = await process.communicate()
    assert process.returncode not in (0, None)
    assert said in err.decode()
    assert "Traceback" not in err.decode()


@pytest_asyncio.fixture(loop_scope="session")
async def storefront(shop: Shop) -> AsyncIterator[Callable[..., Any]]:
    """Starts the client for storefronts as Ana, for an order."""
    async with AsyncExitStack() as started:

        async def start(order: str, *flags: str) -> Storefront:
            await shop.ask(CUSTOMER, "GET", "me")
            return await started.enter_async_context(storefront_of(shop.address, shop.tokens[CUSTOMER], order, *flags))

        yield start


async def test_a_storefront_loses_its_network_and_catches_up(shop: Shop, storefront: Callable[..., Any]) -> None:
    order = await shop.order()
    page = await storefront(order)
    await page.do("connect")
    await page.until(lambda: page.has_done("connect"))
    await page.do("send Where is it?", "follow", "typing")
    moderator = asyncio.create_task(
        client(
            shop, "moderator", order, "/wait Where is it", "One moment", "/wait Are you there", "Yes",
            "/wait Thank you", "/resolve", "/wait marked this as resolved",
        )
    )  # fmt: skip
    await page.until(lambda: page.shows("One moment") and page.of("order_now"))
    await page.do("drop")
    await page.until(lambda: page.of("lost"))
    await shop.write(SUPPORT, order, "It is on its way")
    await page.do("send Are you there?", "send Hello?")
    await page.until(lambda: page.of("messages")[-1][-1]["body"] == "Hello?")
    assert not page.shows("It is on its way")
    await page.do("back")
    await page.until(lambda: page.shows("Yes") and page.shows("It is on its way") and page.shows("Hello?"))
    await page.do("edit 1 Where is my parcel?", "conversations", "send Thank you")
    staff = await moderator
    kept = await shop.transcript(CUSTOMER, order)
    await page.until(
        lambda: (
            [(each.get("seq"), each["body"]) for each in page.of("messages")[-1]] == kept
            and page.has_done("conversations")
        )
    )
    written = [body for _, body in kept]
    assert written[:4] == ["Where is my parcel?", "One moment", "It is on its way", "Are you there?"]
    assert [written.count(each) for each in ("Are you there?", "Hello?", "Yes", "Thank you")] == [1, 1, 1, 1]
    new = places([line for line in staff if "(edited)" not in line])
    assert new == [seq for seq, _ in await shop.transcript(SUPPORT, order)] == [seq for seq, _ in kept]
    unsent = page.of("messages")[0]
    assert [(each.get("seq"), each["state"]) for each in unsent] == [(None, "sending")], "seen at once"


async def test_a_storefront_that_misses_a_step_asks_for_it(shop: Shop, storefront: Callable[..., Any]) -> None:
    order = await shop.order()
    page = await storefront(order)
    await page.do("connect")
    await page.until(lambda: page.has_done("connect"))
    await page.do("deaf")
    await page.until(lambda: page.has_done("deaf"))
    for text in ("lost on its way", "shows the gap"):
        await shop.write(SUPPORT, order, text)
    await page.until(lambda: page.shows("shows the gap"))
    assert [each["body"] for each in page.of("messages")[-1]] == ["lost on its way", "shows the gap"]


async def test_a_storefront_without_websockets_sees_an_order_move_by_its_link(
    shop: Shop, storefront: Callable[..., Any]
) -> None:
    order = await shop.order()
    page = await storefront(order, event_source())
    await page.do(f"source {shop.links[order]}")
    await page.until(lambda: page.of("source_step"))
    await shop.ask(CUSTOMER, "POST", f"orders/{order}/cancel", {})
    await page.until(lambda: page.of("source_now") and page.of("source_now")[-1]["state"] == "cancelled")
    await page.until(lambda: page.of("source_step")[1:])
    assert [each["seq"] for each in page.of("source_step")] == [1, 2]


async def test_a_storefront_that_waits_for_one_message_writes_the_next(
    shop: Shop, storefront: Callable[..., Any]
) -> None:
    order = await shop.order()
    page = await storefront(order)
    await page.do("connect")
    await page.until(lambda: page.has_done("connect"))
    await page.do("twice hello")
    await page.until(lambda: page.has_done("twice hello"))
    assert [body for _, body in await shop.transcript(CUSTOMER, order)] == ["hello 1", "hello 2"]


async def sign_in(page: Page, shop: Shop, **given: str) -> Any:
    """Fill in who somebody is, Ana unless it says otherwise, and press the button; the forms that are left."""
    given = {"url": shop.address, "email": CUSTOMER, "password": PASSWORD, **given}
    return await page.value(
        f"for (const [name, value] of Object.entries({json.dumps(given)}))"
        f" document.getElementById('who').elements[name].value = value;"
        f" document.getElementById('who').requestSubmit(); {SEEN}"
    )


async def test_the_page_for_storefronts_talks_in_a_browser(shop: Shop, pages: str, tmp_path: Path) -> None:
    node()
    order = await shop.order()
    sara = await shop.ask(SUPPORT, "GET", "me")
    deeds = [
        ("PUT", "assignee", {"user_id": sara["id"]}), ("PUT", "assignee", {"user_id": None}),
        ("PATCH", "", {"subject": "A parcel"}), ("POST", "resolve", {}), ("POST", "reopen", {}),
        ("POST", "resolve", {}),
    ]  # fmt: skip
    async with browsing(tmp_path) as page:
        await page.open(f"{pages}/chat.html")
        await page.until("document.readyState === 'complete'")
        assert await page.value(SEEN) == "who", "there is nothing to send yet"
        assert await sign_in(page, shop, order=order) == "", "nobody signs in twice"
        await page.until(f"{SEEN} === 'write'")
        assert await page.value("document.getElementById('who').password.value") == "", "it keeps no password"
        for text in ("Where is it?", "<b>Hello?</b>"):
            await page.value(
                f"document.getElementById('write').text.value = {json.dumps(text)};"
                " document.getElementById('write').requestSubmit()"
            )
        await page.until("document.querySelectorAll('#messages li:not(.unsent)').length === 2")
        await shop.write(SUPPORT, order, "It leaves today")
        await client(shop, "customer", order, "From a terminal")
        await page.until("document.querySelectorAll('#messages li').length === 4")
        assert await page.value("[...document.querySelectorAll('#messages li')].map((each) => each.textContent)") == [
            "Ana Andrade: Where is it?", "Ana Andrade: <b>Hello?</b>", "Sara Souza: It leaves today",
            "Ana Andrade: From a terminal",
        ]  # fmt: skip
        for method, what, body in deeds:
            await shop.handle(SUPPORT, order, method, what, body)
        await shop.handle(CUSTOMER, order, "PUT", "rating", {"rating": 4})
        await page.until("document.querySelectorAll('#messages li.system').length === 7")
        told = "[...document.querySelectorAll('#messages li.system')].map((each) => each.textContent)"
        assert await page.value(told) == [
            "Sara Souza looks after this now", "Sara Souza left this to whoever has time",
            "Sara Souza called this “A parcel”", "Sara Souza marked this as resolved", "Sara Souza opened this again",
            "Sara Souza marked this as resolved", "Ana Andrade gave 4 of 5 points",
        ]  # fmt: skip


async def test_the_page_lets_who_cannot_come_in_try_again(shop: Shop, pages: str, tmp_path: Path) -> None:
    node()
    async with browsing(tmp_path) as page:
        await page.open(f"{pages}/chat.html")
        await page.until("document.readyState === 'complete'")
        for given, said in (({"password": "wrong horse battery"}, "password"), ({"order": "999999"}, "999999")):
            await sign_in(page, shop, **given)
            await page.until(f"document.getElementById('status').textContent.includes({json.dumps(said)})")
            assert await page.value(SEEN) == "who"
        await sign_in(page, shop, order="")
        await page.until(f"{SEEN} === 'write'")
        await client(shop, "customer", "", "From a terminal", words=("--demo",))
        await page.until("document.getElementById('messages').textContent.includes('Ana Andrade: From a terminal')")


async def test_a_storefront_sees_its_order_move(shop: Shop, storefront: Callable[..., Any]) -> None:
    order = await shop.order()
    page = await storefront(order)
    await page.do("connect", "follow")
    await page.until(lambda: page.of("order_step"))
    await shop.ask(CUSTOMER, "POST", f"orders/{order}/cancel", {})
    await page.until(lambda: page.of("order_now") and page.of("order_now")[-1]["state"] == "cancelled")
    await page.until(lambda: page.of("order_step")[1:])
    assert [each["seq"] for each in page.of("order_step")] == [1, 2]


def blocks(kind: str) -> list[str]:
    """What the tutorial has to be pasted (`bash`) or typed (`text`), in its order."""
    page = (CHECKOUT / "docs/tutorial/chat.md").read_text("utf-8")
    return re.findall(rf"^```{kind}\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)


async def paste(shop: Shop, script: str, typed: str = "", **variables: str) -> asyncio.subprocess.Process:
    """A terminal where this is pasted, and then this is typed."""
    process = await asyncio.create_subprocess_exec(
        "bash", "-e", "-c", script.replace(".venv/bin/python", sys.executable), cwd=CHECKOUT,
        env={**os.environ, "SHOP": shop.address, **variables}, stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdin is not None
    process.stdin.write(typed.encode())
    process.stdin.close()
    return process


async def ended(process: asyncio.subprocess.Process) -> list[str]:
    """What it printed, once it has ended well."""
    with killed_when_late(process):
        out, _ = await process.communicate()
    assert process.returncode == 0, out.decode()
    return out.decode().splitlines()


async def test_the_tutorial_works_as_it_is_pasted_and_typed(shop: Shop) -> None:
    order_socks, be_sara, be_ana, watch, deliver = blocks("bash")
    asks, answers, goes, meanwhile, looks = blocks("text")
    # In one terminal everything until the order moves, which is pasted into the same one later.
    order = (await ended(await paste(shop, order_socks)))[-1]
    sara = await paste(
        shop,
        be_sara,
        f"/wait parcel?\n/wait is here\n{answers}/wait has gone\n{meanwhile}/wait still there\n",
        ORDER=order,
    )
    ana = await paste(
        shop,
        be_ana,
        f"{asks}/wait [decision]\n{goes.replace('10', '3')}/wait leaves today\n/wait still there\n{looks}",
        ORDER=order,
    )
    seen_by_sara, seen_by_ana = await asyncio.gather(ended(sara), ended(ana))
    kept = [seq for seq, _ in await shop.transcript(CUSTOMER, order)]
    assert places(seen_by_ana)[-len(kept) :] == kept, "the history is the whole of it"
    assert places(seen_by_ana)[: len(kept)] == kept, "and each was shown once, in order"
    assert places(seen_by_sara) == [seq for seq, _ in await shop.transcript(SUPPORT, order)]

    stream = await paste(shop, watch, ORDER=order)
    prelude = order_socks.split("as ana")[0] + f"as ana\nORDER={order}\n"
    printed = await ended(await paste(shop, prelude + deliver))
    assert printed[-1] == "delivered"
    states = []
    assert stream.stdout is not None
    async with asyncio.timeout(PATIENCE_SECONDS):
        while states[-1:] != ["delivered"]:
            line = (await stream.stdout.readline()).decode()
            assert line, states
            if line.startswith("data: ") and "step" in (data := json.loads(line.removeprefix("data: "))):
                states.append(data["state"])
    assert states == ["pending", "payment_pending", "paid", "processing", "shipped", "delivered"]
    stream.kill()
    await stream.communicate()
