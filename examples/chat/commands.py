"""What can be typed besides messages? Lines that begin with a slash: /help lists them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final
from uuid import uuid4

from examples.chat.screen import Screen, people
from examples.chat.shop import Lost, Refused
from examples.chat.talk import Talk
from examples.chat.typed import Typed

Command = Callable[[Talk, str], Awaitable[None]]


class Quit(Exception):
    """Somebody has had enough."""


class Misused(Exception):
    """A command was given the wrong words; the text says the right ones."""


async def obey(talk: Talk, line: str) -> None:
    """Send a line, or do what it says. Raises Quit; whatever else goes wrong is shown."""
    text = line.strip()
    if not text:
        return
    if not text.startswith("/"):
        await talk.send(text)
        return
    word, _, rest = text[1:].partition(" ")
    command = COMMANDS.get(word)
    try:
        if command is None:
            raise Misused(f"there is no /{word}; /help lists what there is")
        await command(talk, rest.strip())
    except Misused as misuse:
        talk.screen.complain(str(misuse))
    except Refused as refusal:
        talk.screen.complain(f"/{word}: {refusal}")
    except Lost as loss:
        talk.screen.complain(f"/{word}: {loss}; nobody knows whether it was done, so look and try again")


async def obey_alone(screen: Screen, typed: Typed) -> None:
    """Do what needs nobody to talk with, until a line comes that does; that one stays. Raises Quit."""
    while (line := await typed.ahead()) is not None:
        word = line.strip()
        if word == "/quit":
            raise Quit
        if word == "/help":
            _list(screen)
        elif word:
            screen.say("that waits until somebody is there; Ctrl-C leaves")
            return
        typed.take()


async def _help(talk: Talk, _: str) -> None:
    """/help  what can be typed"""
    _list(talk.screen)


async def _why(talk: Talk, rest: str) -> None:
    """/why [ORDER]  explain in the conversation why its order, or this one, costs what it costs (staff)"""
    order = _number(rest, "/why [ORDER]") if rest else talk.order
    if order is None:
        raise Misused("/why ORDER: this conversation is about no order, so say which")
    body = {"client_id": str(uuid4()), "order": order}
    await talk.shop.call("POST", f"chat/conversations/{talk.id}/decisions", body)


async def _note(talk: Talk, rest: str) -> None:
    """/note TEXT  a note that only staff see (staff)"""
    if not rest:
        raise Misused("/note TEXT")
    await talk.ask("note", client_id=str(uuid4()), body=rest)


async def _edit(talk: Talk, rest: str) -> None:
    """/edit N TEXT  have your message #N say something else"""
    number, _, text = rest.partition(" ")
    await talk.ask("edit", message_id=_message(talk, number, "/edit N TEXT"), body=text.strip())


async def _delete(talk: Talk, rest: str) -> None:
    """/delete N [REASON]  take message #N back; staff say why when it is not their own"""
    number, _, reason = rest.partition(" ")
    reasons = {"reason": reason.strip()} if reason.strip() else {}
    await talk.ask("delete", message_id=_message(talk, number, "/delete N [REASON]"), **reasons)


async def _typing(talk: Talk, rest: str) -> None:
    """/typing [off]  tell the others that you are writing, or have stopped"""
    await talk.ask("typing", is_typing=rest != "off")


async def _who(talk: Talk, _: str) -> None:
    """/who  who takes part, who is there, and how far they have read"""
    talk.screen.say(people(await talk.shop.call("GET", f"chat/conversations/{talk.id}")))


async def _history(talk: Talk, rest: str) -> None:
    """/history [N]  the newest N messages again, as they are now"""
    most = _number(rest, "/history [N]") if rest else 20
    for message in talk.transcript.newest(most):
        talk.screen.message(message, "new", talk.transcript.ticks(message, talk.me))


async def _resolve(talk: Talk, _: str) -> None:
    """/resolve  nothing is left to say"""
    await talk.shop.call("POST", f"chat/conversations/{talk.id}/resolve")


async def _rate(talk: Talk, rest: str) -> None:
    """/rate N [COMMENT]  how content you are, 1 to 5, once it is resolved (customer)"""
    stars, _, comment = rest.partition(" ")
    body = {"rating": _number(stars, "/rate N [COMMENT]"), **({"comment": comment} if comment else {})}
    await talk.shop.call("PUT", f"chat/conversations/{talk.id}/rating", body)


async def _drop(talk: Talk, rest: str) -> None:
    """/drop [SECONDS]  lose your network without a goodbye, for 3 seconds unless you say otherwise"""
    talk.drop(float(_number(rest, "/drop [SECONDS]")) if rest else 3.0)


async def _sleep(talk: Talk, rest: str) -> None:
    """/sleep SECONDS  do nothing for a while (in scripts)"""
    await asyncio.sleep(_number(rest, "/sleep SECONDS"))


async def _wait(talk: Talk, rest: str) -> None:
    """/wait TEXT  until a line with these words has been shown (in scripts)"""
    await talk.until(lambda: any(rest in line for line in talk.screen.lines))


async def _quit(_: Talk, __: str) -> None:
    """/quit  leave, once everything you wrote is sent"""
    raise Quit


def _list(screen: Screen) -> None:
    for command in COMMANDS.values():
        screen.say(str(command.__doc__))


def _number(text: str, usage: str) -> int:
    if not text.isascii() or not text.isdigit():
        raise Misused(f"{usage}: {text!r} is no number")
    return int(text)


def _message(talk: Talk, text: str, usage: str) -> str:
    message = talk.transcript.messages.get(_number(text.removeprefix("#"), usage))
    if message is None:
        raise Misused(f"{usage}: there is no message #{text}")
    return str(message["id"])


COMMANDS: Final[dict[str, Command]] = {
    "help": _help, "why": _why, "note": _note, "edit": _edit, "delete": _delete, "typing": _typing, "who": _who,
    "history": _history, "resolve": _resolve, "rate": _rate, "drop": _drop, "sleep": _sleep, "wait": _wait,
    "quit": _quit,
}  # fmt: skip
