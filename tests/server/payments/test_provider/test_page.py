"""The page to pay at: it shows what is asked, loads nothing, and its buttons do what scripts can do too."""

from __future__ import annotations

import asyncio
import re
import shutil
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from server.app import build_app
from server.payments.providers.test import BuiltInProvider
from storage.database import Database
from storage.tenancy import Store
from tests.server.payments.test_provider.conftest import Ears
from tests.server.payments.test_provider.payments import believed, wanted
from tests.shop import Answer, Client, expect, new_shop, served


async def page_of(provider: BuiltInProvider, store: Store, **changes: Any) -> str:
    return f"//test-provider/pay/{(await provider.start(wanted(store, **changes))).reference}"


async def send(client: Client, page: str, **form: str) -> Answer:
    """What a browser sends when a button is pressed."""
    untouched = {"delay_seconds": "0", "delay_minutes": "0", "times": "1", "stray": "none", "amount": ""}
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    data = urlencode({**untouched, **form}).encode()
    return await client.call("POST", page, headers=headers, data=data, allow_redirects=False)


async def test_the_page_shows_the_amount_and_the_order(provider: BuiltInProvider, client: Client, store: Store) -> None:
    answer = await client.get(await page_of(provider, store))
    html = answer.raw.decode()
    assert answer.status == 200
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "129.90 BRL" in html
    assert "for order A-1001" in html
    assert store.name in html


async def test_nothing_is_loaded_and_nothing_runs(provider: BuiltInProvider, client: Client, store: Store) -> None:
    answer = await client.get(await page_of(provider, store))
    html = answer.raw.decode()
    assert re.findall(r"<script|src=|href=|url\(| style=| on\w+=", html) == []
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "form-action 'self';" in policy
    assert "unsafe" not in policy


async def test_what_the_shop_sent_is_shown_as_text(provider: BuiltInProvider, client: Client, store: Store) -> None:
    page = await page_of(provider, store, order_number="<script>alert(1)</script>")
    html = (await client.get(page)).raw.decode()
    assert "<script" not in html
    assert "&lt;script&gt;" in html


async def test_the_button_pays_and_leads_back_to_the_storefront(
    provider: BuiltInProvider, client: Client, store: Store, ears: Ears
) -> None:
    page = await page_of(provider, store, return_url="https://shop.example/thanks?order=1")
    policy = (await client.get(page)).headers["Content-Security-Policy"]
    assert "form-action 'self' https://shop.example;" in policy, "browsers hold redirects of forms to it as well"
    answer = await send(client, page, outcome="succeeded")
    assert (answer.status, answer.headers["Location"]) == (303, "https://shop.example/thanks?order=1")
    [heard] = await ears.wait(store, 1)
    assert believed(provider, heard).kind == "payment_succeeded"


@pytest.mark.parametrize("return_url", [None, "javascript:alert(1)", "//elsewhere.example", "ftp://x.example"])
async def test_without_a_web_address_to_go_to_the_page_says_how_it_went(
    provider: BuiltInProvider, client: Client, store: Store, return_url: str | None
) -> None:
    page = await page_of(provider, store, return_url=return_url)
    answer = await send(client, page, outcome="declined")
    assert (answer.status, answer.headers["Location"]) == (303, page[1:])
    html = (await client.get(page)).raw.decode()
    assert "Declined." in html
    assert "<form" not in html
    assert "href=" not in html


async def test_what_was_paid_cannot_be_paid_again_from_a_page_that_is_still_open(
    provider: BuiltInProvider, client: Client, store: Store
) -> None:
    page = await page_of(provider, store)
    answers = await asyncio.gather(*(send(client, page, outcome="succeeded") for _ in range(4)))
    assert sorted(each.status for each in answers) == [303, 409, 409, 409]
    assert all("Paid." in each.raw.decode() for each in answers if each.status != 303)


async def test_the_choices_of_the_page_are_those_of_the_scripts(
    provider: BuiltInProvider, client: Client, store: Store
) -> None:
    page = await page_of(provider, store)
    answer = await send(
        client, page, outcome="succeeded", delay_minutes="40", times="2", stray="processing_late", amount="1.00",
        forge="true", refunds_fail="true", payer="ana",
    )  # fmt: skip
    assert answer.status == 303
    charge = expect(await client.get(page.replace("/pay/", "/v1/charges/")))
    kinds = [each["type"] for each in charge["deliveries"]]
    assert kinds == ["payment.succeeded"] * 2 + ["payment.processing"] * 2
    assert {each["tries"] for each in charge["deliveries"]} == {0}


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"amount": "1.005"}, "too many decimal digits"),
        ({"amount": "a lot"}, "is not an amount"),
        ({"delay_seconds": "-1"}, "delay_seconds"),
        ({"outcome": "maybe"}, "outcome"),
        ({"unheard": "of"}, "unheard"),
    ],
)
async def test_a_wrong_choice_is_told_on_the_page_and_nothing_is_paid(
    provider: BuiltInProvider, client: Client, store: Store, form: dict[str, str], said: str
) -> None:
    page = await page_of(provider, store)
    answer = await send(client, page, **{"outcome": "succeeded", **form})
    html = answer.raw.decode()
    assert answer.status == 422
    assert said in html
    assert "<form" in html
    assert expect(await client.get(page.replace("/pay/", "/v1/charges/")))["status"] == "open"


@pytest.mark.parametrize(
    "body",
    [
        {"outcome": "maybe"},
        {"times": 6},
        {"payer": ""},
        {"payer": "a" * 101},
        {"delay_seconds": -1},
        {"amount": "x"},
        {"no": 1},
    ],
)
async def test_scripts_are_told_what_is_wrong(
    provider: BuiltInProvider, client: Client, store: Store, body: dict[str, Any]
) -> None:
    path = (await page_of(provider, store)).replace("/pay/", "/v1/charges/")
    answer = await client.post(f"{path}/pay", body)
    assert (answer.status, answer.code) == (422, "body_invalid")
    assert expect(await client.get(path))["status"] == "open"


async def test_a_script_may_pay_without_any_wish(provider: BuiltInProvider, client: Client, store: Store) -> None:
    path = (await page_of(provider, store)).replace("/pay/", "/v1/charges/")
    assert expect(await client.post(f"{path}/pay"))["status"] == "paid"


async def test_a_page_that_is_none_is_not_found(client: Client) -> None:
    answer = await client.get("//test-provider/pay/ch_nowhere_00000000000000000000000000000000")
    assert (answer.status, answer.code) == (404, "test_charge_unknown")


async def test_where_the_settings_do_not_allow_it_there_is_nothing(
    database: Database, tmp_path: Path, client: Client
) -> None:
    app = build_app(new_shop(database, tmp_path, test_provider=False), [])
    async with served(app) as address:
        elsewhere = Client(client.session, address, client.store)
        answer = await elsewhere.get("//test-provider/pay/ch_main_00000000000000000000000000000000")
    assert (answer.status, answer.code) == (404, "no_such_route")


async def test_a_browser_draws_it_under_its_own_policy(
    provider: BuiltInProvider, store: Store, address: str, tmp_path: Path
) -> None:
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("there is no Chromium here")
    page = address + (await page_of(provider, store))[1:]
    process = await asyncio.create_subprocess_exec(
        chromium, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path}",
        "--enable-logging=stderr", "--dump-dom", page, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, err = await asyncio.wait_for(process.communicate(), 120)
    assert "129.90 BRL" in out.decode()
    assert b"Content Security Policy" not in err
