"""How does the program run? Start the database, listen and work, and on SIGTERM or Ctrl-C finish what runs and stop."""

from __future__ import annotations

import asyncio
import errno
import signal
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from importlib import resources
from typing import Final

import structlog
from aiohttp import web

from engine.cli import screen
from server.app import build_app, close_shop, open_shop
from server.background.watcher import Watcher
from server.background.worker import Worker
from server.databases import connected
from server.decisions.books import BOOKS
from server.decisions.switching import SWITCHBOARD
from server.decisions.trials_deciding import TRYING
from server.demo.seed import seed_demo
from server.payments.test_provider.deliveries import COURIER
from server.settings import Settings
from server.signals.evaluators import EVALUATORS
from server.sockets.serving import moving
from server.telling.catcher import catches, catching
from server.web.call import Shop
from server.web.connections import BACKLOG, listening
from server.web.health import READINESS
from server.web.logs import configure_logs
from server.web.middlewares import STORES
from storage.database import Database

_LOG: Final = structlog.get_logger("sostech.serve")
DEFAULT_ADDRESS: Final = "http://127.0.0.1:8080"


class ServeError(Exception):
    """The shop cannot be served; the message names the reason and the way out."""


def run(settings: Settings, *, demo: bool, as_json: bool = False) -> None:
    """Serve until SIGTERM or SIGINT. Raises ServeError, or StorageError when the database cannot be used."""
    configure_logs(settings)
    if demo and settings.is_production:
        raise ServeError("--demo makes accounts with known passwords: it is not for production")
    if settings.is_embedded and not as_json:
        screen.say(f"Starting PostgreSQL in {settings.data_dir} …")
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        runner.run(_serve(settings, demo=demo, as_json=as_json))


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """Uvloop's where there is one: it is not for Windows."""
    try:
        import uvloop
    except ImportError:
        return None
    return uvloop.new_event_loop


async def _serve(settings: Settings, *, demo: bool, as_json: bool) -> None:
    stop = _stop_on_signals()
    async with connected(settings) as database:
        accounts = await _demo_accounts(database, settings) if demo else []
        shop = open_shop(settings, database)
        # Compiled before anybody waits for it.
        await shop.use(BOOKS).warm(await shop.use(STORES).all())
        worker = Worker(shop) if settings.worker == "inside" else Watcher(shop)
        app = build_app(shop)
        async with switching(shop), moving(shop), catching(settings), working(worker) as until_finished:
            # Told to stop together, server and worker finish what runs in the same seconds; only then the application
            # gives away what both use.
            app.on_cleanup.insert(0, lambda _: until_finished())
            async with serving(shop, app) as address:
                _tell(address, accounts, as_json=as_json, catches_mail=catches(settings))
                await stop.wait()
                worker.stop()
                _LOG.info("stopping", finishing_for_seconds=settings.shutdown_seconds)


def work(settings: Settings, *, once: bool, as_json: bool = False) -> bool:
    """Do what is due, until SIGTERM or SIGINT; or `once`, and then say whether nothing failed.

    Raises StorageError when the database cannot be used.
    """
    configure_logs(settings)
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        return runner.run(_work(settings, once=once, as_json=as_json))


async def _work(settings: Settings, *, once: bool, as_json: bool) -> bool:
    stop = _stop_on_signals()
    async with connected(settings) as database:
        shop = open_shop(settings, database)
        await shop.use(BOOKS).warm(await shop.use(STORES).all())
        shop.use(EVALUATORS).has_networks = True
        worker = Worker(shop)
        try:
            if once:
                await shop.use(SWITCHBOARD).look()
                await _finish_early(worker, stop)
                _tell_done(worker, as_json=as_json)
            else:
                async with switching(shop), working(worker):
                    _tell_working(as_json=as_json)
                    await stop.wait()
                    _LOG.info("stopping", finishing_for_seconds=settings.shutdown_seconds)
        finally:
            await close_shop(shop)
    return not (once and worker.failed)


async def _finish_early(worker: Worker, stop: asyncio.Event) -> None:
    """Everything once; on a signal only what has begun."""
    asked = asyncio.create_task(stop.wait())
    asked.add_done_callback(lambda _: worker.stop())
    try:
        await worker.run_once()
    finally:
        asked.cancel()


@asynccontextmanager
async def switching(shop: Shop) -> AsyncIterator[None]:
    """Decide with the stores' own rulesets from the beginning, with what is published meanwhile, and what is tried."""
    await shop.use(SWITCHBOARD).look()
    tasks = [
        asyncio.create_task(shop.use(SWITCHBOARD).run(), name="switchboard"),
        asyncio.create_task(shop.use(TRYING).run(), name="trials"),
    ]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        # Whatever they were doing: the program ends.
        await asyncio.gather(*tasks, return_exceptions=True)
        # What was counted in the last second; a database that is away is not waited for.
        await shop.use(TRYING).tell()


@asynccontextmanager
async def working(worker: Worker | Watcher) -> AsyncIterator[Callable[[], Awaitable[None]]]:
    """A worker at work, until the function is called or the block ends: then what runs is finished, nothing begun."""
    task = asyncio.create_task(worker.run(), name="worker")

    async def until_finished() -> None:
        worker.stop()
        await task

    try:
        yield until_finished
    finally:
        await until_finished()


@asynccontextmanager
async def serving(shop: Shop, app: web.Application) -> AsyncIterator[str]:
    """The shop's application, listening; its address. At the end nothing new is taken and what runs is finished.

    Raises ServeError when the port is taken or the host is not ours.
    """
    listener = _listen(shop.settings)
    with listener:
        async with listening(app, listener, shop.settings.shutdown_seconds):
            address = _address(shop.settings, listener)
            shop.use(COURIER).listens_at(address)
            try:
                yield address
            finally:
                shop.use(READINESS).is_stopping = True


def _listen(settings: Settings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        return socket.create_server((settings.host, settings.port), family=family, backlog=BACKLOG)
    except OSError as error:
        raise ServeError(_why_not(settings, error)) from error


def _why_not(settings: Settings, error: OSError) -> str:
    where = f"port {settings.port} of {settings.host}"
    if error.errno == errno.EADDRINUSE:
        return f"{where} is in use, perhaps by a shop that runs already; end it, or choose another port: --port or PORT"
    if error.errno == errno.EACCES:
        return f"{where} needs more rights; choose a port from 1024 on: --port or PORT"
    return f"cannot listen on {where}: {error.strerror or error}; HOST has to be an address of this machine"


def _address(settings: Settings, listener: socket.socket) -> str:
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return f"http://{host}:{listener.getsockname()[1]}"


def _stop_on_signals() -> asyncio.Event:
    """Set by SIGTERM and SIGINT. The second one ends the program at once, in the middle of whatever it does."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()

    def asked(number: int) -> None:
        stop.set()
        loop.remove_signal_handler(number)

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, asked, number)
    return stop


async def _demo_accounts(database: Database, settings: Settings) -> list[str]:
    """Fill the default store; who may sign in to it, one per line."""
    demo = await seed_demo(database, settings)
    return [f"{person.email:<28} {demo.password:<20} {', '.join(person.roles)}" for person in demo.people]


def walk_through(address: str = DEFAULT_ADDRESS) -> str:
    """The commands of docs/tutorial/first-shop.md, which a test holds equal, for the shop at this address."""
    text = (resources.files("server.demo") / "walk-through.sh").read_text("utf-8")
    return text.replace(DEFAULT_ADDRESS, address)


def _tell_working(*, as_json: bool) -> None:
    if as_json:
        screen.say_json({"working": True}, line=True)
    else:
        screen.say("The worker does what is due in all stores. Ctrl-C stops it.")


def _tell_done(worker: Worker, *, as_json: bool) -> None:
    done = {kind: count for kind, count in sorted(worker.done.items()) if count}
    if as_json:
        screen.say_json({"done": done, "failed": dict(sorted(worker.failed.items()))}, line=True)
        return
    for kind, count in done.items():
        screen.say(f"done    {kind:<16} {count}")
    for kind, count in sorted(worker.failed.items()):
        screen.say(f"failed  {kind:<16} {count}")
    if not done and not worker.failed:
        screen.say("nothing was due")


def _tell(address: str, accounts: list[str], *, as_json: bool, catches_mail: bool) -> None:
    if as_json:
        screen.say_json({"address": address}, line=True)
        return
    mails = f"  {address}/dev/mail       the mails it sends, caught\n" if catches_mail else ""
    screen.say(
        f"""
The shop is open at {address}

  {address}/docs           the API, to read and to try out
  {address}/docs/problems  every code of a problem
  {address}/docs/sockets   every event of the sockets
  {address}/health/ready   is all well?
{mails}"""
    )
    if accounts:
        screen.say("Sign in as (e-mail, password, roles):\n")
        for account in accounts:
            screen.say(f"  {account}")
        screen.say("\nA walk-through, to be pasted into another terminal (docs/tutorial/first-shop.md explains it):\n")
        screen.say(walk_through(address))
    screen.say("Ctrl-C stops it.")
