"""Does the page that a link in a mail leads to show the order, and move with it?"""

from __future__ import annotations

from pathlib import Path

import pytest
import pytest_asyncio
from aiohttp import ClientSession

from server.web.call import Shop
from server.web.middlewares import STORES
from storage.tenancy import Store
from tests.contract.people import sign_up
from tests.server.live.browser import browsing
from tests.server.live.conftest import link_of
from tests.server.orders.people import deliver, send
from tests.server.orders.placed import bring, pay, place
from tests.shop import Client

STATE = "document.getElementById('state').textContent"
STEPS = "document.querySelectorAll('#history li').length"
DONE = "document.querySelectorAll('#progress li.done').length"
OVERLAPPING = """
[...document.querySelectorAll('#progress time')].map((each) => {
  const written = [...each.children].map((part) => {
    const words = document.createRange();
    words.selectNodeContents(part);
    return words.getBoundingClientRect();
  }).filter((box) => box.width);
  return { left: Math.min(...written.map((box) => box.left)), right: Math.max(...written.map((box) => box.right)) };
}).filter((each, index, all) => index && each.left < all[index - 1].right + 4).length
"""


@pytest_asyncio.fixture(loop_scope="session")
async def here(shop: Shop, client: Client) -> str:
    """Where the test's store is the one that answers: by its own name, since a page sends no headers."""
    found = await shop.use(STORES).by_slug(client.store.slug)
    assert found is not None
    name = f"{found.slug}.localhost"
    await shop.database.transaction(
        found.id, lambda tx: tx.execute("UPDATE stores SET domain = $1 WHERE id = $2", name, found.id)
    )
    return client.base.replace("127.0.0.1", name)


@pytest.mark.parametrize("path", ["/track/{token}", "/order#token={token}"])
async def test_the_page_moves_with_the_order(
    here: str, shop: Shop, store: Store, client: Client, tmp_path: Path, path: str
) -> None:
    order = await place(shop, store)
    staff = client.signed_in((await sign_up(shop, store, ["admin"])).token)
    async with browsing(tmp_path) as page:
        await page.open(here + path.format(token=link_of(shop, order)))
        await page.until(f"{STEPS} === 1 && {DONE} === 1")
        assert await page.value("document.documentElement.lang") == "pt-BR"
        assert await page.value("document.querySelector('#state').getAttribute('aria-live')") == "polite"
        await pay(shop, store, order)
        await page.until(f"{STEPS} === 2 && {DONE} === 2")
        await bring(shop, store, order, "process")
        await send(staff, order.number, carrier="Correios", tracking_number="BR123456789BR")
        await page.until(f"{STEPS} === 4 && {DONE} === 3")
        assert "Correios BR123456789BR" in await page.value("document.getElementById('parcels').innerText")
        await deliver(staff, order.number)
        await page.until(f"{STEPS} === 5 && {DONE} === 4")
        assert await page.value(STATE) == "Entregue"


async def test_on_a_telephone_dates_do_not_run_into_each_other(
    here: str, shop: Shop, store: Store, client: Client, tmp_path: Path
) -> None:
    order = await place(shop, store)
    await pay(shop, store, order)
    staff = client.signed_in((await sign_up(shop, store, ["admin"])).token)
    await bring(shop, store, order, "process")
    await send(staff, order.number, carrier="Correios", tracking_number="BR123456789BR")
    async with browsing(tmp_path) as page:
        await page.do("Emulation.setDeviceMetricsOverride", width=360, height=800, deviceScaleFactor=1, mobile=True)
        await page.open(f"{here}/track/{link_of(shop, order)}")
        await page.until(f"{DONE} === 3")
        assert await page.value(OVERLAPPING) == 0
        assert await page.value("document.documentElement.scrollWidth") == 360
        goods = await page.value("document.getElementById('goods').innerText")
        assert goods.startswith("Itens")
        assert " × " in goods


async def test_a_link_that_leads_nowhere_is_told_in_the_readers_language(
    here: str, shop: Shop, store: Store, tmp_path: Path
) -> None:
    async with browsing(tmp_path, "pt-BR") as page:
        await page.open(f"{here}/track/forged")
        await page.until(f"{STATE} === 'Este link não leva a nenhum pedido. Use-o como está no e-mail.'")


async def test_the_page_lets_nothing_in_from_elsewhere(address: str, session: ClientSession) -> None:
    for path in ("/order", "/track/whatever"):
        async with session.get(address + path) as response:
            assert response.status == 200
            assert "default-src 'none'; script-src 'self'" in response.headers["Content-Security-Policy"]
            assert response.headers["Referrer-Policy"] == "no-referrer"
            assert "<script>" not in await response.text()
    for name, status in (("track.js", 200), ("track.css", 200), ("track.html", 404), ("..%2ftracking_page.py", 404)):
        async with session.get(f"{address}/track/assets/{name}") as response:
            assert response.status == status
