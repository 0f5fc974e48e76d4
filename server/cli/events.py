"""`sostech events`: what happened in a store, who was told, and what nobody could be told of?"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Annotated, Any, Final, TypeVar
from uuid import UUID

import typer

from engine.cli import exits, screen
from server.cli.given import settings_or_fail

if TYPE_CHECKING:  # the server is imported when it is used
    from server.events.reading_repo import KeptEvent
    from server.settings import Settings

T = TypeVar("T")

EXAMPLES: Final = f"""Examples

    sostech events tail --follow
    sostech events summary --json
    sostech events dead
    sostech events retry --handler telling

{exits.EXITS_HELP}
"""

EXAMPLES_TAIL: Final = f"""Examples

    sostech events tail
    sostech events tail --follow --name OrderPaid
    sostech events tail --store london --lines 100 --json | jq .payload

What nobody may see, as the links of mails, is shown as three dots.

{exits.EXITS_HELP}
"""

EXAMPLES_DEAD: Final = f"""Examples

    sostech events dead
    sostech events dead --handler telling --json

Deliveries that failed too often, of one store; and, of all stores, what could
not be taken out of the outbox at all. `sostech events retry` tries again.

{exits.EXITS_HELP}
"""

EXAMPLES_RETRY: Final = f"""Examples

    sostech events retry
    sostech events retry --handler telling
    sostech events retry --event 019372a0-5fc0-72ca-931b-5879fe9a56a0
    sostech events retry --set-aside

A worker does it then: `sostech serve` or `sostech worker`. Nothing that was
done is done twice.

{exits.EXITS_HELP}
"""

EXAMPLES_SUMMARY: Final = f"""Examples

    sostech events summary
    sostech events summary --store london --json

{exits.EXITS_HELP}
"""

StoreOption = Annotated[
    str | None, typer.Option("--store", metavar="SLUG", help="The store; else SOSTECH_DEFAULT_STORE.")
]
HandlerOption = Annotated[str | None, typer.Option("--handler", metavar="NAME", help="Only of this handler.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def register(app: typer.Typer) -> None:
    """Add the group with its commands."""
    group = typer.Typer(
        no_args_is_help=True,
        rich_markup_mode="rich",
        help="What happened in a store, who was told, and what nobody could be told of.",
        epilog=screen.examples(EXAMPLES),
    )
    group.command("tail", epilog=screen.examples(EXAMPLES_TAIL))(tail)
    group.command("dead", epilog=screen.examples(EXAMPLES_DEAD))(dead)
    group.command("retry", epilog=screen.examples(EXAMPLES_RETRY))(retry)
    group.command("summary", epilog=screen.examples(EXAMPLES_SUMMARY))(summary)
    app.add_typer(group, name="events")


def tail(
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on with what happens, until Ctrl-C.")] = False,
    name: Annotated[str | None, typer.Option("--name", metavar="EVENT", help="Only these, as OrderPaid.")] = None,
    lines: Annotated[int, typer.Option("--lines", min=1, max=10_000, help="At most so many to begin with.")] = 20,
    store: StoreOption = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON, one event on each line.")] = False,
) -> None:
    """Show what happened last, and what happens."""
    settings = settings_or_fail()
    from server.events import operating

    async def show() -> None:
        async for event in operating.tail(settings, _slug(settings, store), name=name, last=lines, follow=follow):
            if json:
                screen.say_json(_plain(event), line=True)
            else:
                screen.say(
                    f"{event.occurred_at:%Y-%m-%d %H:%M:%S}  {event.name:<24}  {event.aggregate or ''}  {event.id}"
                )

    _done(show())


def dead(
    handler: HandlerOption = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=10_000, help="At most so many, the newest first.")] = 100,
    store: StoreOption = None,
    json: JsonOption = False,
) -> None:
    """Show what was given up, and what was set aside."""
    settings = settings_or_fail()
    from server.events import operating

    found, aside = _done(operating.dead(settings, _slug(settings, store), handler=handler, most=limit))
    if json:
        screen.say_json({"dead": found, "set_aside": [each._asdict() for each in aside]})
        return
    for delivery in found:
        screen.say(
            f"{delivery.occurred_at:%Y-%m-%d %H:%M:%S}  {delivery.name}  {delivery.event_id}\n"
            f"    {delivery.handler}, tried {screen.count(delivery.attempts, 'time')}: {delivery.last_error}"
        )
    for job in aside:
        screen.say(f"{job.announced_at:%Y-%m-%d %H:%M:%S}  set aside, job {job.id}\n    {job.reason}")
    if not found and not aside:
        screen.say("nothing is dead, and nothing is set aside")


def retry(
    event: Annotated[UUID | None, typer.Option("--event", metavar="ID", help="Only of this event.")] = None,
    handler: HandlerOption = None,
    set_aside: Annotated[
        bool, typer.Option("--set-aside", help="What could not be taken out of the outbox, of all stores.")
    ] = False,
    store: StoreOption = None,
    json: JsonOption = False,
) -> None:
    """Have what was given up tried again."""
    if set_aside and (event or handler or store):
        screen.fail("what is set aside is of no store, event or handler yet: leave out the other options")
    settings = settings_or_fail()
    from server.events import operating

    if set_aside:
        count = _done(operating.retry_set_aside(settings))
    else:
        count = _done(operating.retry(settings, _slug(settings, store), event_id=event, handler=handler))
    if json:
        screen.say_json({"count": count})
    else:
        screen.say(f"{screen.count(count, 'job' if set_aside else 'event')} to be tried again")


def summary(store: StoreOption = None, json: JsonOption = False) -> None:
    """Show how events get on: what is due and dead of each handler, and what waits in the outbox."""
    settings = settings_or_fail()
    from server.events import operating

    found = _done(operating.summary(settings, _slug(settings, store)))
    if json:
        screen.say_json(found)
        return
    screen.say(f"outbox of all stores: {found.waiting:,} waiting for {found.waiting_seconds:.0f} s")
    if found.set_aside:
        screen.say(f"set aside: {found.set_aside:,}; `sostech events dead` tells why")
    for name, count in found.happened.items():
        screen.say(f"happened in 24 hours  {name:<24} {count:>9,}")
    for each in found.handlers:
        late = "" if each.oldest_due_seconds is None else f", the oldest for {each.oldest_due_seconds:.0f} s"
        screen.say(f"{each.handler:<21} {each.due:,} due{late}; {each.dead:,} dead")
    if not found.handlers:
        screen.say("nobody has anything to do")


def _slug(settings: Settings, store: str | None) -> str:
    return store or settings.default_store


def _plain(event: KeptEvent) -> dict[str, Any]:
    from server.events.looking_after import shown

    return {
        "id": event.id, "at": event.occurred_at, "name": event.name, "kind": event.kind, "version": event.version,
        "aggregate": event.aggregate, "payload": shown(event.kind, event.payload),
    }  # fmt: skip


def _done(work: Coroutine[Any, Any, T]) -> T:
    """What the work gives; ends the command, saying why, when it cannot."""
    from server.stores import StoreMissing
    from storage.errors import StorageError

    try:
        return asyncio.run(work)
    except (StorageError, StoreMissing) as error:
        screen.fail(str(error))
