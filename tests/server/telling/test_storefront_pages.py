"""Do links in mails lead somewhere while there is no storefront, and only then?"""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from aiohttp import ClientSession

from server.web.call import Shop
from server.web.middlewares import STORES
from storage.database import Database
from storage.ids import new_id
from storage.tenancy import Store
from tests.server.live.browser import Page, browsing
from tests.server.orders.placed import place
from tests.shop import Client, new_shop, serving

PLACES = ("/", "/?invite=ABC", "/activate", "/confirm-email", "/reset-password", "/cart", "/invite", "/orders/1001")
SAID = "document.getElementById('said').textContent"
WIDER = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
PASSWORD = "um-galo-sozinho-nao-tece"


@pytest.fixture(scope="module")
def developed(database: Database, tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """A shop that is being developed."""
    return new_shop(database, Path(tmp_path_factory.mktemp("storefront")), environment="development")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def address(developed: Shop) -> AsyncIterator[str]:
    """Where it is served."""
    async with serving(developed) as address:
        yield address


@pytest_asyncio.fixture(loop_scope="session")
async def here(developed: Shop, address: str, store: Store) -> str:
    """Where the test's store is the one that answers: by its own name, since a page sends no headers."""
    found = await developed.use(STORES).by_slug(store.slug)
    assert found is not None
    name = f"{found.slug}.localhost"
    await developed.database.transaction(
        found.id, lambda tx: tx.execute("UPDATE stores SET domain = $1 WHERE id = $2", name, found.id)
    )
    return address.replace("127.0.0.1", name)


async def test_a_friend_signs_up_and_activates_by_the_links_of_a_browser(
    here: str, address: str, developed: Shop, session: ClientSession, store: Store, tmp_path: Path
) -> None:
    client = Client(session, address, store)
    async with browsing(tmp_path) as page:
        await page.open(f"{here}/?invite=ABCD")
        await fill(page, name="Davi", email="davi@example.com", password=PASSWORD)
        await page.until(f"{SAID}.startsWith('If the address is new here')")
        assert await page.value("document.querySelector('form')") is None
        link = mailed(developed, "davi@example.com")
        await page.open("about:blank")
        await page.open(here + link)
        await fill(page)
        await page.until(f"{SAID} === 'The account is active.'")
        signed_in = await client.post("/auth/sign-in", {"email": "davi@example.com", "password": PASSWORD})
        assert signed_in.status == 200
        await page.open("about:blank")
        await page.open(here + link)
        await fill(page)
        await page.until("document.getElementById('said').className === 'bad'")
        assert await page.value("document.querySelector('button').disabled") is False


async def test_a_password_is_chosen_by_the_link_and_a_weak_one_is_explained(
    here: str, address: str, developed: Shop, session: ClientSession, store: Store, tmp_path: Path
) -> None:
    client = Client(session, address, store)
    await client.post("/auth/register", {"name": "Eva", "email": "eva@example.com", "password": PASSWORD})
    await client.post("/auth/activate", {"token": mailed(developed, "eva@example.com").partition("=")[2]})
    await client.post("/auth/forgot-password", {"email": "eva@example.com"})
    async with browsing(tmp_path) as page:
        await page.open(here + mailed(developed, "eva@example.com"))
        await fill(page, password="short")
        await page.until("document.getElementById('said').className === 'bad'")
        assert "characters" in await page.value(SAID)
        await fill(page, password=f"{PASSWORD}-8")
        await page.until(f"{SAID} === 'The new password holds.'")
    signed_in = await client.post("/auth/sign-in", {"email": "eva@example.com", "password": f"{PASSWORD}-8"})
    assert signed_in.status == 200


async def test_an_order_leads_to_where_it_moves(here: str, developed: Shop, store: Store, tmp_path: Path) -> None:
    order = await place(developed, store)
    async with browsing(tmp_path) as page:
        await page.open(f"{here}/orders/{order.number}")
        await page.until("document.querySelector('.go') !== null")
        assert f"GET /api/v1/orders/{order.number}" in await page.value("document.body.innerText")
        await page.value("document.querySelector('.go').click()")
        await page.until("document.querySelectorAll('#history li').length === 1")


async def test_an_order_that_is_not_there_is_not_found(address: str, session: ClientSession, store: Store) -> None:
    async with session.get(f"{address}/orders/999999", headers={"X-Tenant-ID": store.slug}) as answer:
        assert answer.status == 404
        assert "no order with that number" in await answer.text()


@pytest.mark.parametrize("width", [360, 1280])
async def test_no_page_is_wider_than_the_screen(here: str, tmp_path: Path, width: int) -> None:
    async with browsing(tmp_path) as page:
        await page.do("Emulation.setDeviceMetricsOverride", width=width, height=800, deviceScaleFactor=1, mobile=True)
        for path in (*PLACES, f"/chat/{new_id()}"):
            await page.open(here + path)
            await page.until(f"location.pathname === '{path.partition('?')[0]}' && document.readyState === 'complete'")
            assert not await page.value(WIDER), path
            unnamed = "[...document.querySelectorAll('input')].filter((each) => !each.labels.length).length"
            assert await page.value(unnamed) == 0, path


async def test_a_page_lets_nothing_in_from_elsewhere_and_quotes_nothing(
    address: str, session: ClientSession, store: Store
) -> None:
    for path in (*PLACES, "/?invite=<script>alert(1)</script>"):
        async with session.get(address + path, headers={"X-Tenant-ID": store.slug}) as answer:
            assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'; script-src 'self';")
            assert answer.headers["Cache-Control"] == "no-store"
            assert "alert(1)" not in await answer.text()


@pytest.mark.parametrize("settings", [{}, {"environment": "development", "smtp_url": "smtp://mails.example"}])
async def test_elsewhere_these_addresses_are_the_storefronts(
    database: Database, session: ClientSession, tmp_path: Path, settings: dict[str, str]
) -> None:
    async with serving(new_shop(database, tmp_path, **settings)) as address:
        for path in (*PLACES, f"/chat/{new_id()}", "/dev/storefront/storefront.js"):
            async with session.get(address + path) as answer:
                assert answer.status == 404, path
                assert (await answer.json())["code"] == "no_such_route"


async def fill(page: Page, **values: str) -> None:
    """Fill the form in, and press its button."""
    await page.until("document.readyState === 'complete' && document.querySelector('form') !== null")
    for name, value in values.items():
        await page.value(f"document.querySelector('[name={name}]').value = '{value}'")
    await page.value("document.querySelector('form button').click()")


def mailed(shop: Shop, email: str) -> str:
    """The newest link that was mailed to somebody, without the shop's address."""
    lines = (shop.settings.data_dir / "mails.log").read_text("utf-8").splitlines()
    link = next(line for line in reversed(lines) if f" {email} " in line).split()[-1]
    return link.removeprefix(shop.settings.base_url)
