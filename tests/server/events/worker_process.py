"""A worker whose handlers write down what they see, slowly: `python -m … URL FOLDER`, for a test that kills it."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from server.background.worker import Worker
from server.web.reacting import HANDLERS, Handler, Reaction, always
from storage.database import Database
from tests.server.events.conftest import NAMES, write_down
from tests.shop import new_shop

HANDLER = "slow"


async def react(it: Reaction) -> None:
    """Written down, and then some time in which to be killed."""
    await write_down(it)
    await it.tx.fetchval("SELECT pg_sleep(0.01)")


SLOW = Handler(always(*NAMES), react)


async def main(url: str, folder: Path) -> None:
    """Work until killed."""
    shop = new_shop(await Database.open(url), folder, worker_seconds=0.1)
    shop.provide(HANDLERS, {HANDLER: SLOW})
    print("working", flush=True)  # for the test that waits
    await Worker(shop).run()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2])))
