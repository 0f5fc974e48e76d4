"""Only the public internet is called, whatever an address looks like or leads to; and no answer can do us harm."""

from __future__ import annotations

import asyncio
import gzip
import ssl
import threading
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address, ip_network
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from server.settings import Settings, SettingsError
from server.web import public_client
from server.web.public_client import ANSWER_BYTES, LOOKERS, LookUp, Outcome, PublicClient, is_public, open_public_client
from server.webhooks.sending import HANDS

HERE = ip_network("127.0.0.1/32")
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

Answering = Callable[[asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def server(
    answer: Answering | bytes, tls: ssl.SSLContext | None = None
) -> AsyncIterator[tuple[int, list[bytes]]]:
    """A server of plain bytes: its port, and the heads of the requests it got."""
    heads: list[bytes] = []
    serving: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        serving.add(task)
        try:
            heads.append(await reader.readuntil(b"\r\n\r\n"))
            if isinstance(answer, bytes):
                writer.write(answer)
                await writer.drain()
            else:
                await answer(writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # the client has had enough
        finally:
            writer.close()
            with suppress(ConnectionError, ssl.SSLError):
                await writer.wait_closed()

    listening = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    async with listening:
        yield listening.sockets[0].getsockname()[1], heads
        for task in serving:
            task.cancel()
        await asyncio.gather(*serving, return_exceptions=True)


async def post(
    url: str, *, look_up: LookUp | None = None, seconds: float = 10.0, allowed: bool = True, body: bytes = b"{}"
) -> Outcome:
    """A call by a client that may call this machine, unless told otherwise."""
    client = PublicClient([HERE] if allowed else [], is_http_allowed=True, total_seconds=seconds, look_up=look_up)
    try:
        return await client.post(url, body, {"X-Test": "1"})
    finally:
        await client.close()


async def test_what_is_answered_is_told() -> None:
    async with server(OK) as (port, heads):
        outcome = await post(f"http://127.0.0.1:{port}/hooks?a=b")
    assert (outcome.status, outcome.body, outcome.error, outcome.is_taken) == (200, "ok", None, True)
    assert heads[0].startswith(b"POST /hooks?a=b HTTP/1.1\r\n")
    assert b"X-Test: 1" in heads[0]


@pytest.mark.parametrize(
    ("url", "fault"),
    [
        ("http://example.com/", "begin with https://"),
        ("ftp://example.com/", "begin with https://"),
        ("file:///etc/passwd", "begin with https://"),
        ("example.com", "begin with https://"),
        ("https:///hooks", "names nobody"),
        ("https://example.com:0/", "names nobody"),
        ("https://example.com:99999/", "cannot be read"),
        ("https://[::1/", "cannot be read"),
        ("https://ana:pw@example.com/", "a name or a password"),
        ("https://@example.com/#@10.0.0.1", "part after #"),
        ("https://127.0.0.1/", "127.0.0.1 is no address of the public"),
        ("https://0.0.0.0/", "0.0.0.0 is no address of the public"),
        ("https://169.254.169.254/latest/meta-data", "is no address of the public"),
        ("https://10.1.2.3/", "is no address of the public"),
        ("https://100.64.0.1/", "is no address of the public"),
        ("https://[::1]/", "is no address of the public"),
        ("https://[::]/", "is no address of the public"),
        ("https://[::ffff:127.0.0.1]/", "is no address of the public"),
        ("https://[fe80::1%25eth0]/", "is no address of the public"),
        ("https://[fd00::1]/", "is no address of the public"),
        ("https://[64:ff9b::7f00:1]/", "is no address of the public"),
        ("https://[2002:7f00:1::]/", "is no address of the public"),
        ("https://１２７.0.0.1/", "is no address of the public"),
        ("https://2130706433/", "in place of a name"),
        ("https://0x7f000001/", "in place of a name"),
        ("https://0177.0.0.1/", "in place of a name"),
        ("https://127.1/", "in place of a name"),
        ("https://127.0.0.1./", "in place of a name"),
        ("https://example.com/" + "a" * 2000, "2000 are the most"),
    ],
)
async def test_an_address_that_must_not_be_called_is_refused_before_anything_is_sent(url: str, fault: str) -> None:
    client = PublicClient()
    assert fault in (client.fault(url) or "")
    outcome = await client.post(url, b"", {})
    assert outcome.status is None
    assert fault in (outcome.error or "")
    await client.close()


@pytest.mark.parametrize(
    "url", ["https://example.com", "https://example.com:8443/a?b=c", "https://bücher.example/", "https://8.8.8.8/",
            "https://[2606:4700:4700::1111]/", "https://1password.com/"],
)  # fmt: skip
def test_an_address_of_the_public_internet_may_be_called(url: str) -> None:
    assert PublicClient().fault(url) is None


@pytest.mark.parametrize("address", ["127.0.0.1", "169.254.169.254", "10.0.0.1", "0.0.0.0", "::1", "::ffff:127.0.0.1",
                                     "fe80::1%2", "fd00::1", "224.0.0.1"])  # fmt: skip
async def test_a_name_that_leads_inside_is_refused_also_beside_a_public_address(address: str) -> None:
    outcome = await post("http://inside.example/", look_up=lambda _host, _port: ["8.8.8.8", address], allowed=False)
    assert outcome.status is None
    assert (outcome.error or "").startswith("the address is not public: inside.example is ")


async def test_localhost_is_looked_up_and_refused() -> None:
    async with server(OK) as (port, heads):
        outcome = await post(f"http://localhost:{port}/", allowed=False)
    assert "localhost is" in (outcome.error or "")
    assert heads == []


async def test_a_name_is_looked_up_once_and_what_was_checked_is_called() -> None:
    answers = iter([["127.0.0.1"], ["127.0.0.2"]])
    asked = []

    def look_up(host: str, _port: int) -> list[str]:
        asked.append(host)
        return next(answers)

    async with server(OK) as (port, heads):
        outcome = await post(f"http://rebinding.example:{port}/", look_up=look_up)
    assert (outcome.status, asked) == (200, ["rebinding.example"])
    assert f"Host: rebinding.example:{port}".encode() in heads[0]


async def test_a_name_that_nobody_has_is_told() -> None:
    def look_up(_host: str, _port: int) -> list[str]:
        raise OSError(-2, "Name or service not known")

    assert "Name or service not known" in ((await post("http://nobody.example/", look_up=look_up)).error or "")


async def test_a_name_that_never_answers_holds_up_nobody_and_is_looked_up_once(monkeypatch: pytest.MonkeyPatch) -> None:
    answer, asked = threading.Event(), Counter[str]()

    def look_up(host: str, _port: int) -> list[str]:
        asked[host] += 1
        if host != "well.example":
            answer.wait()
        return ["127.0.0.1"]

    client = PublicClient([HERE], is_http_allowed=True, look_up=look_up)
    async with server(OK) as (port, _):

        async def call(name: str) -> Outcome:
            return await client.post(f"http://{name}.example:{port}/", b"", {})

        monkeypatch.setattr(public_client, "CONNECT_SECONDS", 0.2)
        gone = await asyncio.gather(*(call("gone") for _ in range(2 * LOOKERS)))
        assert {each.error for each in gone} == {"no connection within 0.2 s"}
        assert (await call("well")).is_taken
        assert asked == {"gone.example": 1, "well.example": 1}
        answer.set()
        while not (await call("gone")).is_taken:
            pass  # the one look-up comes to its end now
    await client.close()


def test_more_names_are_looked_up_at_once_than_webhooks_are_sent() -> None:
    assert LOOKERS > HANDS


async def test_a_redirect_is_not_followed() -> None:
    async with server(OK) as (inner, heads):
        moved = f"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:{inner}/\r\nContent-Length: 0\r\n\r\n"
        async with server(moved.encode()) as (port, _):
            outcome = await post(f"http://127.0.0.1:{port}/")
    assert (outcome.status, outcome.is_taken, heads) == (302, False, [])


async def test_of_an_endless_answer_only_the_beginning_is_read() -> None:
    async def endless(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000000000\r\n\r\n")
        while True:
            writer.write(b"x" * 65536)
            await writer.drain()

    async with server(endless) as (port, _):
        outcome = await post(f"http://127.0.0.1:{port}/")
    assert (outcome.status, outcome.body) == (200, "x" * ANSWER_BYTES)


async def test_an_answer_that_trickles_is_cut_off_and_its_status_counts() -> None:
    async def trickle(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 202 Accepted\r\nContent-Length: 1000\r\n\r\nslow\0")
        await writer.drain()
        await asyncio.Event().wait()

    async with server(trickle) as (port, _):
        outcome = await post(f"http://127.0.0.1:{port}/", seconds=0.3)
    assert (outcome.status, outcome.body) == (202, "slow\N{REPLACEMENT CHARACTER}")


@pytest.mark.parametrize("head", [b"", b"HTTP/1.1 200 OK\r\nX-Slow: "])
async def test_without_a_whole_head_in_time_there_is_no_answer(head: bytes) -> None:
    async def stall(writer: asyncio.StreamWriter) -> None:
        writer.write(head)
        await writer.drain()
        await asyncio.Event().wait()

    async with server(stall) as (port, _):
        outcome = await post(f"http://127.0.0.1:{port}/", seconds=0.3)
    assert (outcome.status, outcome.error) == (None, "no answer within 0.3 s")


@pytest.mark.parametrize(
    "answer",
    [b"", b"SSH-2.0-OpenSSH_9.6\r\n", b"HTTP/1.1 200 OK\r\nX: " + b"x" * 100_000 + b"\r\n\r\n"],
    ids=["hangs up", "no HTTP", "a header that is too long"],
)
async def test_what_is_no_answer_is_told(answer: bytes) -> None:
    async with server(answer) as (port, _):
        outcome = await post(f"http://127.0.0.1:{port}/")
    assert outcome.status is None
    assert outcome.error


async def test_a_compressed_answer_is_not_inflated() -> None:
    bomb = gzip.compress(b"0" * 50_000_000)
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(bomb)}\r\n\r\n".encode()
    async with server(head + bomb) as (port, _):
        outcome = await post(f"http://127.0.0.1:{port}/")
    assert outcome.status == 200
    assert len(outcome.body) <= ANSWER_BYTES


@pytest.mark.parametrize(("given", "seconds"), [("120", 120), ("Wed, 21 Oct 2026 07:28:00 GMT", None), ("-1", None)])
async def test_how_long_to_wait_is_told(given: str, seconds: int | None) -> None:
    head = f"HTTP/1.1 503 Service Unavailable\r\nRetry-After: {given}\r\nContent-Length: 0\r\n\r\n".encode()
    async with server(head) as (port, _):
        assert (await post(f"http://127.0.0.1:{port}/")).retry_after_seconds == seconds


async def test_a_certificate_that_nobody_vouches_for_is_refused(tmp_path: Path) -> None:
    async with server(OK, _own_certificate(tmp_path)) as (port, heads):
        outcome = await post(f"https://127.0.0.1:{port}/")
    assert outcome.status is None
    assert "certificate verify failed" in (outcome.error or "").lower()
    assert heads == []


async def test_neither_proxies_of_the_environment_nor_cookies_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9/")
    cookie = b"HTTP/1.1 200 OK\r\nSet-Cookie: a=b\r\nContent-Length: 0\r\n\r\n"
    client = PublicClient([HERE], is_http_allowed=True)
    async with server(cookie) as (port, heads):
        for _ in range(2):
            assert (await client.post(f"http://127.0.0.1:{port}/", b"", {})).is_taken
    await client.close()
    assert not any(b"Cookie" in head for head in heads)


@given(st.ip_addresses())
def test_what_python_knows_as_not_global_is_not_public(address: object) -> None:
    found = ip_address(str(address))
    assert not (is_public(found) and (not found.is_global or found.is_multicast))


def test_outside_production_the_own_machine_may_be_called_and_networks_are_read() -> None:
    at_home = "http://127.0.0.1:9000/hooks"
    assert open_public_client(Settings()).fault(at_home) is None
    assert open_public_client(Settings(environment="production")).fault(at_home) is not None
    inside = open_public_client(Settings(environment="production", outbound_networks="10.1.0.0/16, fd00::/8"))
    assert inside.fault("https://10.1.9.9/") is inside.fault("https://[fd00::1]/") is None
    assert inside.fault("https://10.2.0.1/") is not None
    with pytest.raises(SettingsError, match=r"SOSTECH_OUTBOUND_NETWORKS: .*10\.1\.0\.0/16"):
        open_public_client(Settings(outbound_networks="home"))


def _own_certificate(folder: Path) -> ssl.SSLContext:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    plain = serialization.NoEncryption()
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    (folder / "own.pem").write_bytes(pem + certificate.public_bytes(serialization.Encoding.PEM))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(folder / "own.pem")
    return context
