"""What cannot be read as a request: each one is refused with a problem, and nothing of it is repeated or logged."""

from __future__ import annotations

import asyncio
import gzip
import io
import json
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import structlog
from aiohttp import web

from server.app import build_app
from server.web.call import Shop
from server.web.connections import LONGEST_ADDRESS, LONGEST_FIELD, MOST_HEADERS
from server.web.logs import configure_logs
from tests.server.web.probe import routes
from tests.shop import Client, expect, served, test_settings

HOST = b"Host: shop.example\r\n\r\n"


@dataclass(frozen=True)
class Heard:
    """What came back until the connection was closed."""

    status: int
    headers: dict[str, str]
    problem: Any


async def _heard(reader: asyncio.StreamReader) -> bytes:
    """All that comes. Whoever is still being sent to when they close resets the connection, after the answer."""
    parts: list[bytes] = []
    with suppress(ConnectionResetError):
        while part := await reader.read(1 << 16):
            parts.append(part)
    return b"".join(parts)


async def say(address: str, sent: bytes) -> Heard:
    """Send these bytes, and read until the other side closes."""
    host, port = address.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(sent)
    async with asyncio.timeout(60):
        head, _, body = (await _heard(reader)).decode().partition("\r\n\r\n")
    writer.close()
    with suppress(ConnectionResetError):
        await writer.wait_closed()
    first, *lines = head.split("\r\n")
    return Heard(int(first.split(" ")[1]), dict(line.split(": ", 1) for line in lines), json.loads(body))


def get(path: str, *headers: str) -> bytes:
    lines = "".join(f"{header}\r\n" for header in headers)
    return f"GET {path} HTTP/1.1\r\n{lines}".encode("latin-1") + HOST


UNREADABLE = {
    "an address that is too long": (get("/api/v1/search?text=" + "a" * 9_000), 414, "address_too_long"),
    "a huge address": (get("/" + "a" * 40_000), 414, "address_too_long"),
    "a header that is too long": (get("/ping", "X-A: /" + "a" * 9_000), 431, "headers_too_large"),
    "a name of a header that is too long": (get("/ping", "a" * 9_000 + ": 1"), 431, "headers_too_large"),
    "too many headers": (get("/ping", *(f"X-{n}: 1" for n in range(200))), 431, "headers_too_large"),
    "no HTTP": (b"secret-of-nobody\r\n\r\n", 400, "request_unreadable"),
    "an unknown method": (b"BREW /ping HTTP/1.1\r\n" + HOST, 400, "request_unreadable"),
    "TLS": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400, "request_unreadable"),
    "HTTP/2": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400, "request_unreadable"),
    "a header without a colon": (get("/ping", "secret-of-nobody"), 400, "request_unreadable"),
    "NUL in a header": (get("/ping", "X-A: secret\0of"), 400, "request_unreadable"),
    "two hosts": (get("/ping", "Host: secret.example"), 400, "request_unreadable"),
    "a control character in the address": (get("/\x01secret"), 400, "request_unreadable"),
    "an address that is none": (get("http://[::secret"), 400, "request_unreadable"),
    "two lengths": (get("/ping", "Content-Length: 3", "Transfer-Encoding: chunked"), 400, "request_unreadable"),
}


@pytest.mark.parametrize("how", UNREADABLE)
async def test_what_cannot_be_read_is_a_problem(address: str, how: str) -> None:
    sent, status, code = UNREADABLE[how]
    heard = await say(address, sent)
    assert (heard.status, heard.problem["code"], heard.problem["status"]) == (status, code, status)
    assert heard.headers["Content-Type"] == "application/problem+json"
    assert heard.headers["X-Request-ID"] == heard.problem["request_id"]
    assert heard.headers["Server"] == "SOSTECH"
    assert heard.headers["X-Content-Type-Options"] == "nosniff"
    assert "secret" not in json.dumps(heard.problem)


async def test_as_much_as_is_allowed_is_taken(address: str, client: Client) -> None:
    path = "/api/v1/store?" + "a" * (LONGEST_ADDRESS - len("/api/v1/store?"))
    tenant = f"X-Tenant-ID: {client.store.slug}"
    filling = [f"X-{number}: 1" for number in range(MOST_HEADERS - 4)]
    request = get(path, tenant, "Connection: close", "X-Long: " + "a" * (LONGEST_FIELD - 1), *filling)
    assert (await say(address, request)).status == 200


async def test_it_is_counted_and_logged_without_what_was_sent(
    client: Client, address: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    request.addfinalizer(structlog.reset_defaults)
    stream = io.StringIO()
    configure_logs(test_settings(tmp_path, log_format="json"), stream)
    heard = await say(address, get("/ping", "secret-of-nobody"))
    (line,) = [json.loads(text) for text in stream.getvalue().splitlines()]
    assert (line["event"], line["code"]) == ("request_unreadable", "request_unreadable")
    assert line["request_id"] == heard.problem["request_id"]
    assert "secret" not in stream.getvalue()
    numbers = (await client.get("//metrics")).raw.decode()
    assert 'sostech_request_seconds_count{method="other",route="(none)",status="400"}' in numbers


async def test_a_bug_around_the_layer_that_makes_problems_is_one_too(shop: Shop, client: Client) -> None:
    @web.middleware
    async def broken(_request: web.Request, _handler: Any) -> web.StreamResponse:
        raise KeyError("a secret of ours")

    app = build_app(shop, [routes])
    app.middlewares.insert(0, broken)
    async with served(app) as address:
        answer = await Client(client.session, address, client.store).get("/store")
    assert (answer.status, answer.code) == (500, "internal_error")
    assert b"secret" not in answer.raw


async def test_a_body_that_cannot_be_inflated_is_malformed(client: Client) -> None:
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    answer = await client.call("POST", "/orders", data=b"not what gzip makes", headers=headers)
    assert (answer.status, answer.code) == (400, "body_malformed")


async def test_a_body_that_is_deflated_is_inflated(client: Client) -> None:
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    answer = await client.call("POST", "/orders", data=gzip.compress(b'{"name":"a"}'), headers=headers)
    assert json.loads(expect(answer)["value"])["name"] == "a"


async def test_chunks_that_are_none_are_malformed(address: str) -> None:
    sent = (
        b"POST /api/v1/orders HTTP/1.1\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n"
        + HOST + b"5\r\n{\"nam\r\nzz\r\n"
    )  # fmt: skip
    heard = await say(address, sent)
    assert heard.status == 400
