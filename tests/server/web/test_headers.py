"""What every answer says to browsers, and to which origins."""

from __future__ import annotations

import pytest

from tests.server.web.conftest import Serving
from tests.shop import Client

STOREFRONT = "https://shop.example"


@pytest.mark.parametrize("path", ["/store", "/nothing-here", "//ping", "//metrics", "//openapi.json"])
async def test_every_answer_keeps_browsers_from_doing_more_with_it(client: Client, path: str) -> None:
    headers = (await client.get(path)).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert "Strict-Transport-Security" not in headers, "only in production: development has no TLS"
    assert headers["Server"] == "SOSTECH"


@pytest.mark.parametrize("path", ["/store", "/nothing-here", "/for-users"])
async def test_no_cache_keeps_answers_of_the_api_unless_told(client: Client, path: str) -> None:
    assert (await client.get(path)).headers["Cache-Control"] == "no-store"


async def test_in_production_only_tls_will_do_and_timings_are_not_told(serve_with: Serving, client: Client) -> None:
    async with serve_with(environment="production", keys="k1:" + "A" * 43 + "=") as address:
        answer = await Client(client.session, address, client.store).get("/store")
    assert answer.headers["Strict-Transport-Security"].startswith("max-age=31536000")
    assert "Server-Timing" not in answer.headers


async def preflight(client: Client, origin: str, path: str = "/notes", header: str = "x") -> tuple[int, dict[str, str]]:
    asked = {"Origin": origin, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": header}
    answer = await client.call("OPTIONS", path, headers=asked)
    return answer.status, {n: v for n, v in answer.headers.items() if n.startswith("Access-Control") or n == "Vary"}


async def test_an_allowed_origin_may_call_with_credentials_and_read_our_headers(
    serve_with: Serving, client: Client
) -> None:
    async with serve_with(allowed_origins=f"{STOREFRONT}, https://admin.example/") as address:
        other = Client(client.session, address, client.store)
        for origin in (STOREFRONT, "https://admin.example"):
            status, allowed = await preflight(other, origin)
            assert status == 204
            assert allowed["Access-Control-Allow-Origin"] == origin
            assert allowed["Access-Control-Allow-Credentials"] == "true"
            assert "PATCH" in allowed["Access-Control-Allow-Methods"]
            for path in ("/store", "/nothing-here"):
                answer = await other.get(path, headers={"Origin": origin})
                assert answer.headers["Access-Control-Allow-Origin"] == origin
                assert "ETag" in answer.headers["Access-Control-Expose-Headers"]
                assert answer.headers["Vary"] == "Origin"


@pytest.mark.parametrize(
    "header",
    [
        "authorization",
        "content-type",
        "idempotency-key",
        "if-match",
        "if-none-match",
        "x-request-id",
        "x-requested-with",
        "x-tenant-id",
    ],
)
async def test_every_header_the_api_reads_may_come_from_an_allowed_origin(
    serve_with: Serving, client: Client, header: str
) -> None:
    async with serve_with(allowed_origins=STOREFRONT) as address:
        other = Client(client.session, address, client.store)
        _, allowed = await preflight(other, STOREFRONT, header=header)
    assert header in allowed["Access-Control-Allow-Headers"].lower().split(", ")


@pytest.mark.parametrize(
    "origin", ["https://evil.example", f"{STOREFRONT}.evil.example", "http://shop.example", "null"]
)
async def test_other_origins_are_told_nothing(serve_with: Serving, client: Client, origin: str) -> None:
    async with serve_with(allowed_origins=STOREFRONT) as address:
        other = Client(client.session, address, client.store)
        status, allowed = await preflight(other, origin)
        answer = await other.get("/store", headers={"Origin": origin})
    assert (status, allowed) == (405, {"Vary": "Origin"})
    assert answer.status == 200
    assert not [name for name in answer.headers if name.startswith("Access-Control")]


async def test_by_default_no_origin_is_allowed(client: Client) -> None:
    assert await preflight(client, STOREFRONT) == (405, {})


async def test_for_everybody_is_never_with_credentials(serve_with: Serving, client: Client) -> None:
    async with serve_with(allowed_origins="*") as address:
        status, allowed = await preflight(Client(client.session, address, client.store), "https://any.example")
    assert (status, allowed["Access-Control-Allow-Origin"]) == (204, "*")
    assert "Access-Control-Allow-Credentials" not in allowed
