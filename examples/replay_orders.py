"""Places the orders of Olist in a running shop over HTTP, pays, ships and delivers them, and checks its books.

docs/howto/replay-orders-over-http.md tells how to run it.
"""

from __future__ import annotations

import asyncio
import secrets
import sys
import time
from pathlib import Path
from typing import Annotated

import typer
from aiohttp import ClientConnectionError, ClientSession, ClientTimeout, DummyCookieJar, TCPConnector

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # runs from a checkout, installed or not

from engine.cli import exits, screen
from engine.replay.tables import BadTable
from examples.orders_replay.agreement import Judge
from examples.orders_replay.checking import check, read_books
from examples.orders_replay.client import ShopClient, Staff
from examples.orders_replay.goods import catalogue
from examples.orders_replay.history import History, NoHistory, read_history
from examples.orders_replay.living import Replay
from examples.orders_replay.opening import NotOpened, open_store
from examples.orders_replay.report import Replayed, as_plain, draw


def replay_orders(
    path: Annotated[Path, typer.Argument(metavar="PATH", help="Folder with the tables of Olist.")],
    address: Annotated[str, typer.Option(help="Where the shop runs.")] = "http://127.0.0.1:8080",
    orders: Annotated[int | None, typer.Option(min=1, metavar="N", help="Only the first N orders.")] = None,
    clients: Annotated[int, typer.Option(min=1, max=200, metavar="N", help="Requests at once.")] = 8,
    store: Annotated[str | None, typer.Option(metavar="SLUG", help="The new store; else olist-replay-….")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Place real orders in a running shop, pay, ship and deliver them, and compare its books with the engine."""
    slug = store or f"olist-replay-{secrets.token_hex(4)}"
    try:
        history = read_history(path, orders)
        replayed = asyncio.run(_replayed(address.rstrip("/"), slug, history, clients))
    except (BadTable, NoHistory, NotOpened) as fault:
        screen.fail(str(fault))
    except ClientConnectionError as fault:
        screen.fail(f"no shop answers at {address}: {fault}; start one with `sostech serve`")
    except KeyboardInterrupt:
        screen.complain(f"stopped; the store {slug} keeps what was done")
        raise typer.Exit(exits.INTERRUPTED) from None
    if json:
        screen.say_json(as_plain(replayed))
    else:
        draw(replayed)
    if not replayed.is_well:
        raise typer.Exit(exits.FINDINGS)


async def _replayed(address: str, slug: str, history: History, clients: int) -> Replayed:
    connections = TCPConnector(limit=clients)
    async with ClientSession(
        connector=connections, cookie_jar=DummyCookieJar(), timeout=ClientTimeout(total=120)
    ) as session:
        async with session.get(f"{address}/health/live"):
            opened = await asyncio.to_thread(open_store, slug, catalogue(history.orders))
        shop = ShopClient(session, address, slug)
        staff = Staff(shop, opened.email, opened.password)
        judge = Judge()
        replay = Replay(shop, staff, judge, history.orders)
        started = time.perf_counter()
        with screen.progress("replaying", replay.steps) as advance:
            await replay.run(clients, advance)
        seconds, requests = time.perf_counter() - started, shop.requests
        books = await read_books(staff, replay.lives)
    checked = check(judge, replay.lives, books)
    return Replayed(slug, history, replay.lives, checked, clients, requests, seconds)


if __name__ == "__main__":
    screen.prepare()
    typer.run(replay_orders)
