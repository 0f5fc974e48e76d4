"""`sostech users`: the first people of a store and of the platform, made without the API and able to use it."""

from __future__ import annotations

import asyncio
import json
import os
import pty
import sys
from contextlib import chdir
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from engine.cli import app as engine_app
from engine.cli import screen
from server.cli import COMMANDS, START_HERE
from server.web.call import Shop
from storage.database import APP_ROLE
from storage.ids import new_id
from storage.tenancy import Store
from tests.database import SHARED, Cluster
from tests.server import program
from tests.shop import Client, expect

PASSWORD = "tico-tico-no-fuba-22"

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.fixture
def urls(cluster: Cluster) -> dict[str, str]:
    """The database as the shop and as its owner."""
    return {"DATABASE_URL": cluster.url(SHARED, APP_ROLE), "DATABASE_MIGRATION_URL": cluster.url(SHARED)}


def an_address() -> str:
    return f"p-{new_id().hex}@example.com"


async def users(*words: str, folder: Path, password: str = PASSWORD, **variables: str) -> program.Ended:
    """The command in a thread of this process, which is quicker, and tells the same as a process of its own."""
    return await asyncio.to_thread(_users, words, folder, f"{password}\n", variables)


def _users(words: tuple[str, ...], folder: Path, typed: str, variables: dict[str, str]) -> program.Ended:
    screen.console.cache_clear()  # it would keep the streams of the run before
    application = engine_app.build(["users"], COMMANDS, START_HERE)
    clean = {name: None for name in os.environ if name.startswith("SOSTECH_")}
    environment = {**clean, "COLUMNS": "120", "NO_COLOR": "1", **variables}
    with chdir(folder):
        result = CliRunner().invoke(application, ["users", *words], input=typed, env=environment)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return program.Ended(result.exit_code, result.stdout, result.stderr)


async def users_alone(*words: str, folder: Path, **variables: str) -> program.Ended:
    """The command as people start it."""
    return await program.run("users", *words, folder=folder, typed=f"{PASSWORD}\n", **variables)


async def test_an_account_of_a_store_can_sign_in_at_once_with_its_roles(
    client: Client, store: Store, shop: Shop, tmp_path: Path, urls: dict[str, str]
) -> None:
    email = an_address()
    words = ("create", "--email", email, "--name", "Ana Andrade", "--role", "admin", "--password-stdin", "--json")
    ended = await users_alone(*words, "--store", store.slug, folder=tmp_path, **urls)
    assert ended.code == 0, ended.err
    made = json.loads(ended.out)
    assert (made["email"], made["name"], made["roles"]) == (email, "Ana Andrade", ["customer", "admin"])
    signed_in = expect(await client.post("/auth/sign-in", {"email": email, "password": PASSWORD}))
    admin = client.signed_in(signed_in["access_token"])
    assert [user["email"] for user in expect(await admin.get("/users"))["items"]] == [email]
    entries = await shop.database.transaction(
        store.id, lambda tx: tx.fetch("SELECT actor_kind, action, after->'roles' AS roles FROM audit_log")
    )
    assert [(row["actor_kind"], row["action"]) for row in entries] == [("system", "users.enrol")]
    assert PASSWORD not in ended.out + ended.err


async def test_someone_of_the_platform_sees_all_stores(
    client: Client, store: Store, tmp_path: Path, urls: dict[str, str]
) -> None:
    email = an_address()
    ended = await users("create", "--platform", "--email", email, "--password-stdin", folder=tmp_path, **urls)
    assert (ended.code, ended.out) == (0, f"{email} can sign in to the platform\n"), ended.err
    signed_in = expect(await client.post("/platform/auth/sign-in", {"email": email, "password": PASSWORD}))
    operator = client.signed_in(signed_in["access_token"])
    assert expect(await operator.get("/platform/stores"))["items"]
    listed = json.loads((await users("list", "--platform", "--json", folder=tmp_path, **urls)).out)["users"]
    assert (email, "active") in [(each["email"], each["status"]) for each in listed]
    again = await users("create", "--platform", "--email", email, "--password-stdin", folder=tmp_path, **urls)
    assert (again.code, email in again.err) == (2, True)


async def test_without_the_rights_of_the_owner_nobody_of_the_platform_is_made(
    tmp_path: Path, urls: dict[str, str]
) -> None:
    words = ("create", "--platform", "--email", an_address(), "--password-stdin")
    ended = await users(*words, folder=tmp_path, DATABASE_URL=urls["DATABASE_URL"])
    assert (ended.code, "Traceback" in ended.err) == (2, False)
    assert "DATABASE_MIGRATION_URL" in ended.err


async def test_the_accounts_of_a_store_are_listed(store: Store, tmp_path: Path, urls: dict[str, str]) -> None:
    names = {}
    for role in ("admin", "staff"):
        names[role] = an_address()
        words = ("create", "--email", names[role], "--role", role, "--password-stdin", "--store", store.slug)
        assert (await users(*words, folder=tmp_path, **urls)).code == 0

    async def listed(*words: str) -> Any:
        ended = await users("list", "--json", *words, folder=tmp_path, SOSTECH_DEFAULT_STORE=store.slug, **urls)
        return [each["email"] for each in json.loads(ended.out)["users"]]

    assert await listed() == [names["staff"], names["admin"]]
    assert await listed("--role", "admin") == [names["admin"]]
    assert await listed("--limit", "1") == [names["staff"]]
    shown = await users("list", "--store", store.slug, folder=tmp_path, **urls)
    assert all(name in shown.out for name in names.values())


@pytest.mark.parametrize(
    ("words", "password", "said"),
    [
        (("--email", "ana@example.com", "--role", "boss"), PASSWORD, "warehouse"),
        (("--email", "nobody"), PASSWORD, "e-mail address"),
        (("--email", "ana@example.com"), "12345678", "password:"),
        (("--email", "ana@example.com"), "short", "password: needs at least 8"),
        (("--email", "ana@example.com"), "", "no first line"),
        (("--email", "ana@example.com", "--name", "A\nB"), PASSWORD, "name:"),
        (("--email", "ana@example.com", "--store", "no-such-store"), PASSWORD, "no-such-store"),
        (("--email", "ana@example.com", "--platform", "--role", "admin"), PASSWORD, "--role"),
    ],
    ids=["role", "address", "weak", "short", "none", "name", "store", "both"],
)
async def test_what_cannot_be_made_is_told(
    store: Store, shop: Shop, tmp_path: Path, urls: dict[str, str], words: tuple[str, ...], password: str, said: str
) -> None:
    variables = {**urls, "SOSTECH_DEFAULT_STORE": store.slug}
    ended = await users("create", "--password-stdin", *words, folder=tmp_path, password=password, **variables)
    assert (ended.code, ended.out, "Traceback" in ended.err) == (2, "", False)
    assert said in ended.err
    assert not password or password not in ended.err
    assert await shop.database.transaction(store.id, lambda tx: tx.fetchval("SELECT count(*) FROM users")) == 0


async def test_an_address_that_has_an_account_keeps_it(store: Store, tmp_path: Path, urls: dict[str, str]) -> None:
    email, variables = an_address(), {**urls, "SOSTECH_DEFAULT_STORE": store.slug}
    for spelling, code in ((email, 0), (email.upper(), 2)):
        words = ("create", "--email", spelling, "--password-stdin")
        assert (await users(*words, folder=tmp_path, **variables)).code == code


async def test_without_a_terminal_it_does_not_wait_for_a_password(tmp_path: Path, urls: dict[str, str]) -> None:
    ended = await users_alone("create", "--email", "ana@example.com", folder=tmp_path, **urls)
    assert (ended.code, "--password-stdin" in ended.err) == (2, True)


async def test_on_a_terminal_the_password_is_asked_for_twice_and_not_shown(
    store: Store, tmp_path: Path, urls: dict[str, str]
) -> None:
    email = an_address()
    ours, theirs = pty.openpty()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "server.cli", "users", "create", "--email", email, "--store", store.slug,
        cwd=tmp_path, env={**os.environ, **urls, "PYTHONPATH": str(program.CHECKOUT)},
        stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True,
    )  # fmt: skip
    os.close(theirs)
    said = b""
    for question in (b"Password: ", b"Repeat for confirmation: "):
        while not said.endswith(question):
            said += await asyncio.to_thread(os.read, ours, 1024)
        os.write(ours, f"{PASSWORD}\n".encode())
    assert await asyncio.wait_for(process.wait(), program.PATIENCE_SECONDS) == 0
    said += await asyncio.to_thread(os.read, ours, 4096)
    os.close(ours)
    assert f"{email} can sign in".encode() in said
    assert PASSWORD.encode() not in said


async def test_the_first_person_can_be_made_before_the_first_start(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    words = ("create", "--platform", "--email", "ops@example.com", "--password-stdin")
    assert (await users_alone(*words, folder=tmp_path)).code == 0
    listed = await users_alone("list", "--platform", folder=tmp_path)
    assert "ops@example.com" in listed.out
    none = await users_alone("list", folder=tmp_path)
    assert (none.code, "there is none yet" in none.err) == (2, True)
