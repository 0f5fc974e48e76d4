"""The documentation pages: from here alone, under our policy, and drawn by a real browser."""

from __future__ import annotations

import asyncio
import re
import shutil
from pathlib import Path

import pytest

from tests.server.live.browser import browsing
from tests.shop import Client


@pytest.mark.parametrize("page", ["//docs", "//docs/problems", "//docs/sockets"])
async def test_everything_a_page_loads_is_ours(client: Client, page: str) -> None:
    answer = await client.get(page)
    html = answer.raw.decode()
    assert answer.status == 200
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    loaded = re.findall(r'(?:src|href)="([^"]+)"', html)
    assert loaded
    for address in loaded:
        assert address.startswith(("/", "#", "data:,")), address
        if address.startswith("/"):
            assert (await client.get(f"/{address}")).status == 200, address
    assert "<script>" not in html, "the policy lets no inline script run"
    assert " style=" not in html


@pytest.mark.parametrize("name", ["swagger-ui-bundle.js", "swagger-ui.css", "docs.js", "docs.css"])
async def test_assets_are_served_with_their_type_and_kept(client: Client, name: str) -> None:
    answer = await client.get(f"//docs/assets/{name}")
    assert answer.status == 200
    assert answer.headers["Content-Type"].startswith("text/css" if name.endswith("css") else "text/javascript")
    assert "max-age" in answer.headers["Cache-Control"]
    again = await client.get(f"//docs/assets/{name}", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status == 304


@pytest.mark.parametrize("name", ["nothing.js", "..%2fdocs.py", "%2e%2e%2f%2e%2e%2fapp.py", "swagger-editor.js", "%00"])
async def test_nothing_else_is_served(client: Client, name: str) -> None:
    answer = await client.get(f"//docs/assets/{name}")
    assert (answer.status, answer.code) == (404, "no_such_route")


async def test_every_type_of_a_problem_leads_to_its_place(client: Client) -> None:
    page = (await client.get("//docs/problems")).raw.decode()
    refused = await client.post("/notes", {"name": "a", "note": "refuse"})
    missing = await client.get("/nothing-here")
    for problem in (refused.json, missing.json):
        path, _, anchor = problem["type"].partition("#")
        assert path == "/docs/problems"
        assert f'<section id="{anchor}">' in page
        assert problem["title"] in page
    assert "POST /api/v1/notes" in page


@pytest.mark.parametrize("page", ["//docs", "//docs/problems", "//docs/sockets"])
async def test_every_page_leads_to_the_others_and_to_both_documents(client: Client, page: str) -> None:
    html = (await client.get(page)).raw.decode()
    led = re.findall(r'<a href="([^"]+)">', html.partition("<nav>")[2].partition("</nav>")[0])
    assert led == ["/docs", "/docs/sockets", "/docs/problems", "/openapi.json", "/docs/asyncapi.json"]


async def test_a_telephone_shows_pages_no_wider_than_itself(address: str, tmp_path: Path) -> None:
    async with browsing(tmp_path) as page:
        await page.do("Emulation.setDeviceMetricsOverride", width=360, height=800, deviceScaleFactor=1, mobile=True)
        for path in ("/docs/problems", "/docs/sockets"):
            await page.open(address + path)
            await page.until(f"location.pathname === '{path}' && document.readyState === 'complete'")
            assert await page.value("document.documentElement.scrollWidth") == 360, path


async def test_a_browser_draws_the_operations(address: str, tmp_path: Path) -> None:
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("needs chromium")
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--dump-dom"]
    process = await asyncio.create_subprocess_exec(
        chromium, *options, f"--user-data-dir={tmp_path}", "--enable-logging=stderr", "--virtual-time-budget=20000",
        f"{address}/docs", stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    drawn, said = await asyncio.wait_for(process.communicate(), timeout=120)
    assert 'id="operations-tag-Probe"' in drawn.decode()
    assert "Operations" in drawn.decode()
    assert b"Content Security Policy" not in said
    assert not re.findall(rb"CONSOLE.*(?:Error|error|Refused)", said)
