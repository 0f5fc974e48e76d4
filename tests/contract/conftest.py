"""The demo shop on a socket of its own, served by a thread: the test's own thread is busy asking."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path

import pytest
import schemathesis

from storage.database import APP_ROLE, Database
from tests.contract.served import Served
from tests.database import Cluster

# Rule books and collections of carts are sent as bytes; Schemathesis knows pictures and tables, but neither of these.
schemathesis.serializer.alias("application/zip", "application/octet-stream")
schemathesis.serializer.alias("application/x-ndjson", "application/octet-stream")
schemathesis.serializer.alias("application/pdf", "application/octet-stream")


@contextmanager
def loop_in_a_thread() -> Iterator[asyncio.AbstractEventLoop]:
    """An event loop that runs by itself."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield loop
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


@pytest.fixture(scope="session")
def served(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The shop with a little of everything."""
    folder = Path(tmp_path_factory.mktemp("contract"))
    url = cluster.url(cluster.new_database(), APP_ROLE)

    async def start(stack: AsyncExitStack) -> Served:
        database = await Database.open(url)
        stack.push_async_callback(database.close)
        return await Served.start(stack, database, folder)

    with loop_in_a_thread() as loop:
        stack = AsyncExitStack()
        try:
            yield asyncio.run_coroutine_threadsafe(start(stack), loop).result()
        finally:
            asyncio.run_coroutine_threadsafe(stack.aclose(), loop).result()
