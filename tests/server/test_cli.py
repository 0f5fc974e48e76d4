"""The command line of the whole program: the shop's commands beside the engine's."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from engine.cli import app as engine_app
from engine.cli import screen
from server.app import ROOMS
from server.cli import COMMANDS, SHOP_COMMANDS, START_HERE
from server.cli.settings import without_password
from tests.server import program


@pytest.fixture
def sostech(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """`sostech("settings")` in an empty folder."""
    monkeypatch.setenv("COLUMNS", "140")
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.chdir(tmp_path)

    def run(*words: str, **variables: str) -> Any:
        screen.console.cache_clear()
        names = [word for word in words[:1] if word in COMMANDS]
        application = engine_app.build(names or None, COMMANDS, START_HERE)
        return CliRunner().invoke(application, list(words), env=variables)

    return run


@pytest.mark.parametrize("name", SHOP_COMMANDS)
def test_every_command_explains_itself(sostech: Any, name: str) -> None:
    run = sostech(name, "--help")
    assert run.exit_code == 0
    assert f"sostech {name}" in run.stdout
    assert "Examples" in run.stdout
    assert "--json" in run.stdout
    assert "Exit code: 0 fine" in run.stdout


def test_all_commands_are_listed_together(sostech: Any) -> None:
    run = sostech("--help")
    assert all(name in run.stdout for name in COMMANDS)
    assert "sostech serve --demo" in run.stdout
    assert set(engine_app.COMMANDS) < set(COMMANDS)


async def test_a_command_of_the_engine_starts_without_the_server(tmp_path: Path) -> None:
    ended = await program.run("explain-code", "RS310", folder=tmp_path, PYTHONPROFILEIMPORTTIME="1")
    imported = {line.rpartition("|")[2].strip() for line in ended.err.splitlines()}
    assert (ended.code, "engine.cli.screen" in imported) == (0, True)
    assert not imported & {"aiohttp", "tortoise", "asyncpg", "server.app", "server.settings"}


async def test_an_unknown_command_is_a_wrong_call(tmp_path: Path) -> None:
    ended = await program.run("sreve", folder=tmp_path)
    assert (ended.code, ended.out) == (2, "")
    assert "sreve" in ended.err


def test_settings_are_shown_with_their_origin_and_without_secrets(sostech: Any, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("SOSTECH_LOG_LEVEL=debug\n")
    secret = "k1:" + "A" * 43 + "="
    run = sostech(
        "settings", "--json", PORT="9000", SOSTECH_KEYS=secret, DATABASE_URL="postgresql://shop:hunter2@db/shop"
    )
    shown = json.loads(run.stdout)
    assert shown["PORT"] == {"value": "9000", "from": "environment"}
    assert shown["SOSTECH_LOG_LEVEL"] == {"value": "debug", "from": ".env"}
    assert shown["HOST"] == {"value": "127.0.0.1", "from": "default"}
    assert shown["SOSTECH_KEYS"]["value"] == "***"
    assert shown["DATABASE_URL"]["value"] == "postgresql://shop:***@db/shop"
    assert secret not in run.stdout
    assert "SOSTECH_POOL_SIZE" in sostech("settings").stdout


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://u:p%40ss@h/d", "postgresql://u:***@h/d"),
        ("postgresql://postgres:postgres@postgres/postgres", "postgresql://postgres:***@postgres/postgres"),
        ("redis://:hunter2@h:1/0", "redis://:***@h:1/0"),
        ("postgresql://h/d", "postgresql://h/d"),
        ("postgresql://u@/d?host=/run&password=hunter2", "postgresql://u@/d?host=/run&password=***"),
    ],
)
def test_an_address_is_shown_without_its_password(url: str, shown: str) -> None:
    assert without_password(url) == shown


def test_wrong_settings_are_all_named(sostech: Any) -> None:
    run = sostech("settings", PORT="x", SOSTECH_POOL_SIZE="y", SOSTECH_SPELT_WRONG="z")
    assert (run.exit_code, run.stdout) == (2, "")
    assert [name in run.stderr for name in ("PORT", "SOSTECH_POOL_SIZE", "SOSTECH_SPELT_WRONG")] == [True] * 3


@pytest.mark.parametrize("command", ["settings", "serve"])
def test_a_key_that_is_none_is_told_without_showing_it(sostech: Any, command: str) -> None:
    run = sostech(command, SOSTECH_KEYS="k1:hunter2")
    assert run.exit_code == 2
    assert "SOSTECH_KEYS" in run.stderr
    assert "hunter2" not in run.stderr


def test_the_api_document_is_printed_without_a_shop(sostech: Any) -> None:
    document = json.loads(sostech("openapi").stdout)
    assert document["openapi"] == "3.1.0"
    assert set(document["paths"]) >= {endpoint.path for room in ROOMS for endpoint in room.endpoints}
    assert sostech("openapi", "--json").stdout.count("\n") == 1


def test_status_and_target_of_a_migration_exclude_each_other(sostech: Any) -> None:
    assert sostech("migrate", "--status", "--to", "0001").exit_code == 2


async def test_migrations_go_forward_and_back(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    missing = await program.run("migrate", "--status", folder=tmp_path)
    assert (missing.code, missing.out.splitlines()[0]) == (1, "missing  m0001_platform")
    forward = await program.run("migrate", "--to", "0002", "--json", folder=tmp_path)
    assert json.loads(forward.out)["steps"][0] == "m0001_platform"
    back = await program.run("migrate", "--to", "zero", folder=tmp_path)
    assert back.out.splitlines()[-1] == "undone   m0001_platform"
    unknown = await program.run("migrate", "--to", "9999", folder=tmp_path)
    assert (unknown.code, "m0001_platform" in unknown.err) == (2, True)
