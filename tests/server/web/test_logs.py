"""One line per request, as JSON or for people, and no secret in any."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog

from server.web.logs import configure_logs, hide_secrets
from storage.tenancy import Store
from tests.server.actors import Actors
from tests.shop import Client, test_settings

THING = "5f0d3f6a-0000-4000-8000-000000000000"


@pytest.fixture
def restored() -> Iterator[None]:
    """Logging as it was before the test."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    levels = {name: logging.getLogger(name).level for name in list(logging.root.manager.loggerDict)}
    yield
    structlog.reset_defaults()
    root.handlers[:] = handlers
    root.setLevel(level)
    for name, before in levels.items():
        logging.getLogger(name).setLevel(before)


@pytest.fixture
def logged(restored: None, tmp_path: Path) -> Any:
    """`logged()`: the lines so far, as JSON."""
    stream = io.StringIO()
    configure_logs(test_settings(tmp_path, log_format="json"), stream)
    return lambda: [json.loads(line) for line in stream.getvalue().splitlines()]


async def test_a_request_is_one_line(client: Client, store: Store, actors: Actors, logged: Any) -> None:
    user = client.signed_in(actors.token(store))
    answer = await user.get(f"/things/{THING}?", headers={"X-Request-ID": "my-own-id-1"})
    assert answer.status == 200
    (line,) = logged()
    assert line.pop("ms") >= 0
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "event": "request",
        "level": "info",
        "logger": "sostech.request",
        "request_id": "my-own-id-1",
        "method": "GET",
        "route": "/api/v1/things/{thing_id}",
        "status": 200,
        "statements": 0,
        "db_ms": 0.0,
        "actor": "user",
        "store": store.slug,
    }


async def test_what_was_sent_is_not_written(client: Client, store: Store, actors: Actors, logged: Any) -> None:
    token = actors.token(store)
    await client.signed_in(token).get("/search?text=secret-of-query")
    await client.get("/secret-of-path?token=secret-of-query")
    await client.post("/orders", {"name": "secret-of-body", "nmae": 1}, headers={"Cookie": "secret-of-cookie=1"})
    text = json.dumps(logged())
    assert "secret" not in text
    assert token not in text
    assert THING not in text


async def test_a_bug_is_written_with_its_traceback(client: Client, logged: Any) -> None:
    answer = await client.get(f"/failing/{THING}")
    failed, request = logged()
    assert (failed["event"], failed["level"], failed["error"]) == ("request_failed", "error", "KeyError")
    assert "fail_badly" in failed["exception"]
    assert failed["request_id"] == request["request_id"] == answer.headers["X-Request-ID"]
    assert request["status"] == 500


async def test_checks_of_health_are_not_worth_a_line(client: Client, logged: Any) -> None:
    for path in ("//ping", "//health/live", "//health/ready", "//metrics"):
        await client.get(path)
    assert logged() == []


def test_values_whose_name_sounds_secret_are_hidden(logged: Any) -> None:
    structlog.get_logger("test").info(
        "signed_in",
        password="hunter2",
        refresh_token="hunter2",
        Authorization="Bearer hunter2",
        keys="hunter2",
        DATABASE_URL="postgresql://u:hunter2@h/d",
        nested={"new_password": "hunter2", "list": [{"cookie": "hunter2"}], "name": "Ana"},
    )
    (line,) = logged()
    assert "hunter2" not in json.dumps(line)
    assert line["nested"]["name"] == "Ana"
    assert hide_secrets(None, "info", {"keyboard": "qwerty", "monkey": 1}) == {"keyboard": "qwerty", "monkey": 1}


def test_what_libraries_log_comes_out_the_same_way(logged: Any) -> None:
    logging.getLogger("some.library").warning("slow by %d s", 3)
    (line,) = logged()
    assert (line["event"], line["level"], line["logger"]) == ("slow by 3 s", "warning", "some.library")


def test_for_people_there_is_no_json(restored: None, tmp_path: Path) -> None:
    stream = io.StringIO()
    configure_logs(test_settings(tmp_path), stream)
    structlog.get_logger("test").info("signed_in", store="main")
    said = stream.getvalue()
    assert "signed_in" in said
    assert "store=main" in said
    assert not said.startswith("{")


def test_in_production_it_is_json(restored: None, tmp_path: Path) -> None:
    stream = io.StringIO()
    configure_logs(test_settings(tmp_path, environment="production"), stream)
    structlog.get_logger("test").debug("not at this level")
    structlog.get_logger("test").info("signed_in")
    assert json.loads(stream.getvalue())["event"] == "signed_in"
