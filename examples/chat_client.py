"""Talks in a running shop from a terminal, as a customer or as somebody of its staff; comes back when the network goes.

docs/tutorial/chat.md shows two of them talking about an order.
"""

from __future__ import annotations

import asyncio
import sys
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any, Literal, TextIO

import typer
from aiohttp import ClientSession, DummyCookieJar

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # runs from a checkout, installed or not

from engine.cli import exits, screen
from examples.chat.commands import Quit, obey, obey_alone
from examples.chat.screen import Screen
from examples.chat.shop import Lost, Refused, Shop, for_staff, of_customer
from examples.chat.talk import Talk
from examples.chat.typed import Typed
from server.demo.people import PASSWORD

DEMO = {"customer": "ana@example.com", "moderator": "support@example.com"}
_LOOKS_SECONDS = 0.5
_HELP = """Talk in a running shop: what you type is sent, /help lists what else there is.

\b
  .venv/bin/python examples/chat_client.py --demo --as customer --order 1001
  .venv/bin/python examples/chat_client.py --demo --as moderator --order 1001
  echo "Where is it?" | .venv/bin/python examples/chat_client.py --email you@example.com --password … --order 1001
  .venv/bin/python examples/chat_client.py --demo --as moderator --script answers.txt
"""


def chat(
    role: Annotated[Literal["customer", "moderator"], typer.Option("--as", help="Who you are.")] = "customer",
    order: Annotated[int | None, typer.Option(min=1, metavar="N", help="The order it is about.")] = None,
    email: Annotated[str | None, typer.Option(help="Who signs in.")] = None,
    password: Annotated[str | None, typer.Option(help="With which password; asked for when left out.")] = None,
    demo: Annotated[bool, typer.Option("--demo", help="Sign in with an account of the demo shop.")] = False,
    address: Annotated[str, typer.Option(help="Where the shop runs.")] = "http://127.0.0.1:8080",
    store: Annotated[str, typer.Option(metavar="SLUG", help="Which store of it.")] = "main",
    script: Annotated[Path | None, typer.Option(metavar="FILE", help="Take the lines from a file.")] = None,
) -> None:
    """Talk in a running shop."""
    if email is None and not demo:
        screen.fail("who are you? --email and --password, or --demo for an account of the demo shop")
    who = email or DEMO[role]
    secret = password or (PASSWORD if demo else typer.prompt(f"Password of {who}", hide_input=True, err=True))
    lines = sys.stdin if script is None else script.open(encoding="utf-8")
    try:
        asyncio.run(_talk(address.rstrip("/"), store, (who, secret), role, order, lines))
    except Refused as refusal:
        screen.fail(str(refusal))
    except Lost as loss:
        screen.fail(f"{loss}; start a shop with `make run`, or try again")
    except KeyboardInterrupt:
        raise typer.Exit(exits.INTERRUPTED) from None


async def _talk(
    address: str, store: str, account: tuple[str, str], role: str, order: int | None, lines: TextIO
) -> None:
    async with ClientSession(cookie_jar=DummyCookieJar()) as session:
        shop = Shop(session, address, store, *account)
        await shop.sign_in()
        shown = Screen()
        shown.say(f"signed in as {shop.me['name']}")
        typed = Typed(lines)
        try:
            conversation = await _conversation(shop, shown, role, order, typed)
        except Quit:
            return
        talk = Talk(shop, shown, conversation)
        staying = asyncio.create_task(talk.line.run())
        typing = asyncio.create_task(_obey_all(talk, typed))
        try:
            await asyncio.wait({staying, typing}, return_when=asyncio.FIRST_COMPLETED)
            if staying.done():
                staying.result()
            typing.result()
        finally:
            for task in (staying, typing):
                task.cancel()
            await asyncio.gather(staying, typing, return_exceptions=True)


async def _conversation(shop: Shop, shown: Screen, role: str, order: int | None, typed: Typed) -> Any:
    """The customer's; for staff the one about the order, or the one that has waited longest, once there is one.

    Raises Quit when somebody does not want to wait for it.
    """
    if role == "customer":
        return await of_customer(shop, order)
    found = await for_staff(shop, order)
    if found is None:
        shown.say("nobody has written yet; waiting for a customer, /quit leaves")
        found = await _first_for_staff(shop, shown, order, typed)
    shown.say(f"{found['customer']['name']} writes about: {found['subject']}")
    return found


async def _first_for_staff(shop: Shop, shown: Screen, order: int | None, typed: Typed) -> Any:
    """Look for it until it is there; meanwhile obey what needs nobody. Raises Quit."""

    async def look() -> Any:
        while True:
            await asyncio.sleep(_LOOKS_SECONDS)
            with suppress(Lost):
                if (found := await for_staff(shop, order)) is not None:
                    return found

    looking, typing = asyncio.create_task(look()), asyncio.create_task(obey_alone(shown, typed))
    try:
        await asyncio.wait({looking, typing}, return_when=asyncio.FIRST_COMPLETED)
        if typing.done():
            typing.result()
        return await looking
    finally:
        for task in (looking, typing):
            task.cancel()
        await asyncio.gather(looking, typing, return_exceptions=True)


async def _obey_all(talk: Talk, typed: Typed) -> None:
    """Line by line, until there are no more; then until everything is sent."""
    with suppress(Quit):
        async for line in typed:
            await obey(talk, line)
    await talk.everything_is_sent()


if __name__ == "__main__":
    screen.prepare()
    application = typer.Typer(add_completion=False, rich_markup_mode=None)
    application.command(help=_HELP)(chat)
    application()
