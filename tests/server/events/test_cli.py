"""`sostech events` shows what happened and what nobody could be told of, and has it tried again."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from engine.cli.app import build
from notifications.events import CouponAccepted, MailRequested
from server.cli import COMMANDS, START_HERE
from server.events import operating
from storage.database import APP_ROLE
from storage.ids import new_id
from tests.database import Cluster
from tests.server.events.conftest import NewHappenings, failing, recorder, registered
from tests.shop import test_settings

MAIL = MailRequested(template="reset", to="ana@example.com", locale=None, values={"link": "https://shop/secret"})


@pytest.fixture
def url(cluster: Cluster, events_database: str) -> str:
    """Where the command signs in."""
    return cluster.url(events_database, APP_ROLE)


async def sostech(url: str, *words: str) -> Result:
    """Run `sostech events` with these words, in a thread: it has a loop of its own."""
    application = build(["events"], COMMANDS, START_HERE)
    variables = {"DATABASE_URL": url, "COLUMNS": "120"}
    return await asyncio.to_thread(CliRunner().invoke, application, ["events", *words], env=variables)


async def test_an_operator_sees_what_happened_and_has_the_dead_tried_again(
    new_happenings: NewHappenings, url: str
) -> None:
    here = await new_happenings({"good": recorder(), "bad": failing(1_000, recorder("CouponAccepted"))})
    await here.announce(registered("c-1"), MAIL, CouponAccepted(coupon_code="s", cart_id="c", device_id=None))
    await here.execute("INSERT INTO pgqueuer (priority, status, entrypoint, payload) VALUES (0, 'queued', 'event', '')")
    await here.spread()
    store = ("--store", here.store.slug)
    tailed = await sostech(url, "tail", "--json", "--lines", "2", *store)
    shown = [json.loads(line) for line in tailed.stdout.splitlines()]
    assert [each["name"] for each in shown] == ["MailRequested", "CouponAccepted"]
    assert (shown[0]["payload"]["values"], "secret" in tailed.stdout) == ({"link": "•••"}, False)
    await here.deliver_all()
    dead = await sostech(url, "dead", *store)
    assert "bad, tried 10 times: ZeroDivisionError: a fault of ours" in dead.stdout
    assert "set aside, job" in dead.stdout
    retried = await sostech(url, "retry", "--handler", "bad", *store)
    assert (retried.exit_code, retried.stdout) == (0, "1 event to be tried again\n")
    summary = json.loads((await sostech(url, "summary", "--json", *store)).stdout)
    assert [(each["handler"], each["due"], each["dead"]) for each in summary["handlers"]] == [("bad", 1, 0)]
    assert (summary["set_aside"], summary["happened"]["MailRequested"]) == (1, 1)
    taken_back = await sostech(url, "retry", "--set-aside")
    assert taken_back.stdout == "1 job to be tried again\n"
    assert [row["status"] for row in await here.waiting()] == ["queued"]
    (noted,) = await here.rows("SELECT actor_kind FROM audit_log WHERE action = 'events.retry'")
    assert noted["actor_kind"] == "system"


async def test_who_follows_sees_each_event_once_also_one_that_was_kept_late(
    new_happenings: NewHappenings, url: str, tmp_path: Path
) -> None:
    here = await new_happenings()
    settings = test_settings(tmp_path, database_url=url)
    await here.announce(*[registered(f"c-{number}") for number in range(4)])
    await here.spread()
    shown = operating.tail(settings, here.store.slug, name=None, last=2, follow=True)
    ids = await here.event_ids()
    assert [(await anext(shown)).id for _ in range(2)] == ids[2:]
    late = new_id()
    await here.execute(
        "INSERT INTO events (id, store_id, position, kind, name, version, aggregate, payload, occurred_at)"
        " SELECT $1, store_id, position, kind, name, version, aggregate, payload, occurred_at FROM events"
        " WHERE id = $2", late, ids[1],
    )  # fmt: skip
    assert (await anext(shown)).id == late
    await here.announce(registered("c-new"))
    await here.spread()
    assert (await anext(shown)).id == (await here.event_ids())[-1]
    await shown.aclose()


async def test_a_store_that_is_not_there_is_told(new_happenings: NewHappenings, url: str) -> None:
    await new_happenings()
    ended = await sostech(url, "tail", "--store", "nowhere")
    assert (ended.exit_code, "there is no open store 'nowhere'" in ended.stderr) == (2, True)
