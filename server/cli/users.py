"""`sostech users`: who has an account? And: make one for the first people of a store, or of the platform."""

from __future__ import annotations

import asyncio
import dataclasses
import sys
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Annotated, Any, Final, TypeVar

import typer

from engine.cli import exits, screen
from server.cli.given import fail_listing, importing, settings_or_fail

if TYPE_CHECKING:  # the server is imported when it is used
    from server.auth.people import PlatformSnapshot, UserSnapshot

T = TypeVar("T")

EXAMPLES: Final = f"""Examples

    sostech users create --email ana@shop.example --role admin
    sostech users list --platform --json

{exits.EXITS_HELP}
"""

EXAMPLES_CREATE: Final = f"""Examples

    sostech users create --email ana@shop.example --role admin
    sostech users create --email ops@shop.example --platform
    sostech users create --email ana@shop.example --password-stdin < secret.txt

Asks for the password twice, or takes the first line of standard input; it is
never an argument, which other people of the machine could read. Nothing is
mailed: the account is active at once. Roles are those of the access ruleset.

Someone of the platform opens stores. To make one, the login has to own the
tables: DATABASE_MIGRATION_URL, then DATABASE_URL.

{exits.EXITS_HELP}
2: also when the account cannot be made.
"""

EXAMPLES_LIST: Final = f"""Examples

    sostech users list
    sostech users list --store london --role admin --json
    sostech users list --platform

{exits.EXITS_HELP}
"""

_ASKED: Final = "--password-stdin"
StoreOption = Annotated[
    str | None, typer.Option("--store", metavar="SLUG", help="The store; else SOSTECH_DEFAULT_STORE.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def register(app: typer.Typer) -> None:
    """Add the group with its commands."""
    group = typer.Typer(
        no_args_is_help=True,
        rich_markup_mode="rich",
        help="Accounts of a store, or of the platform: make the first ones, and show them.",
        epilog=screen.examples(EXAMPLES),
    )
    group.command("create", epilog=screen.examples(EXAMPLES_CREATE))(create)
    group.command("list", epilog=screen.examples(EXAMPLES_LIST))(show)
    app.add_typer(group, name="users")


def create(
    email: Annotated[str, typer.Option("--email", metavar="ADDRESS", help="The address they sign in with.")],
    name: Annotated[
        str | None, typer.Option("--name", help="What they are called; else the address's first part.")
    ] = None,
    role: Annotated[
        list[str] | None, typer.Option("--role", metavar="ROLE", help="A role besides `customer`; may be repeated.")
    ] = None,
    store: StoreOption = None,
    platform: Annotated[bool, typer.Option("--platform", help="Of the platform, above all stores.")] = False,
    password_stdin: Annotated[
        bool, typer.Option(_ASKED, help="Take the password from the first line of standard input.")
    ] = False,
    json: JsonOption = False,
) -> None:
    """Make an account that can sign in at once."""
    _refuse_both(platform, role, store)
    settings = settings_or_fail()
    password = _password(from_stdin=password_stdin)
    # Imported only now, so that a wrong setting is told at once.
    with importing():
        from server.auth import enrolment

    async def make() -> PlatformSnapshot | UserSnapshot:
        person = enrolment.new_person(email, name or email.partition("@")[0], password)
        if platform:
            return await enrolment.enrol_on_platform(settings, person)
        return await enrolment.enrol(settings, store or settings.default_store, person, role or [])

    made = _done(make())
    if json:
        screen.say_json(_plain(made))
        return
    where = "the platform" if platform else f"the store {store or settings.default_store}"
    roles = "" if platform else f", with the roles {', '.join(_plain(made)['roles'])}"
    screen.say(f"{made.email} can sign in to {where}{roles}")


def show(
    store: StoreOption = None,
    role: Annotated[str | None, typer.Option("--role", metavar="ROLE", help="Only those who have this role.")] = None,
    platform: Annotated[bool, typer.Option("--platform", help="Those of the platform.")] = False,
    limit: Annotated[int, typer.Option("--limit", min=1, max=10_000, help="At most so many, the newest first.")] = 100,
    json: JsonOption = False,
) -> None:
    """Show accounts, the newest first; those of the platform by address."""
    _refuse_both(platform, role, store)
    settings = settings_or_fail()
    with importing():
        from server.auth import enrolment

    slug = store or settings.default_store
    if platform:
        found = [_plain(each) for each in _done(enrolment.list_platform_people(settings))]
    else:
        found = [_plain(each) for each in _done(enrolment.list_people(settings, slug, role=role, limit=limit))]
    if json:
        screen.say_json({"users": found})
        return
    from rich.table import Table

    columns = ("email", "name", "status", *(() if platform else ("roles",)))
    table = Table(*columns, box=None, pad_edge=False)
    for each in found:
        table.add_row(*(_shown(each[column]) for column in columns))
    screen.draw(table)


def _refuse_both(platform: bool, role: object, store: object) -> None:
    if platform and (role or store):
        screen.fail("people of the platform belong to no store and have no roles in one: leave out --role and --store")


def _done(work: Coroutine[Any, Any, T]) -> T:
    """What the work gives; ends the command, saying why, when it cannot."""
    from server.errors import AppError
    from server.stores import StoreMissing
    from storage.errors import StorageError

    try:
        return asyncio.run(work)
    except (StorageError, StoreMissing) as error:
        screen.fail(str(error))
    except AppError as error:
        if len(error.faults) > 1:
            listed = [f"{fault.pointer.lstrip('/')}: {fault.message}" for fault in error.faults]
            fail_listing("the account cannot be made", listed)
        screen.fail(error.detail.removeprefix("/"))


def _password(*, from_stdin: bool) -> str:
    if from_stdin:
        password = sys.stdin.readline().rstrip("\r\n")
        if not password:
            screen.fail(f"{_ASKED}: standard input has no first line; pipe the password in")
        return password
    if not sys.stdin.isatty():
        screen.fail(f"there is no terminal to ask for the password on; pipe it in with {_ASKED}")
    return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True))


def _plain(person: PlatformSnapshot | UserSnapshot) -> dict[str, Any]:
    return dataclasses.asdict(person)


def _shown(value: str | tuple[str, ...]) -> str:
    return screen.printable(value if isinstance(value, str) else ", ".join(value))
