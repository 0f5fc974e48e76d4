"""What was delivered long ago is forgotten, then what happened; what somebody still waits for never is."""

from __future__ import annotations

from server.background.sweeping import AGE_SWEEPERS, SWEEPERS, sweep
from tests.server.events.conftest import NewHappenings, failing, recorder, registered


def test_both_are_swept() -> None:
    assert ("event_deliveries" in SWEEPERS, "events" in AGE_SWEEPERS) == (True, True)


async def test_deliveries_go_after_a_month_unless_they_are_dead(new_happenings: NewHappenings) -> None:
    here = await new_happenings({"a": recorder(), "b": failing(1_000, recorder())})
    await here.announce(registered())
    await here.spread()
    await here.deliver_all()
    assert await sweep(here.shop, here.store) == 0
    await here.execute("UPDATE event_deliveries SET ended_at = ended_at - interval '31 days'")
    assert await sweep(here.shop, here.store) == 1
    assert (await here.states(), len(await here.event_ids())) == (["dead"], 1)


async def test_events_go_with_their_deliveries_as_old_as_the_settings_say(new_happenings: NewHappenings) -> None:
    here = await new_happenings({"a": failing(1_000, recorder())}, events_days=90)
    await here.announce(registered("c-1"), registered("c-2"), registered("c-3"))
    await here.spread()
    await here.deliver_all()
    assert set(await here.states()) == {"dead"}
    ages = "UPDATE events SET occurred_at = now() - make_interval(days => $2) WHERE aggregate = $1"
    await here.execute(ages, "customer:c-1", 89)
    await here.execute(ages, "customer:c-2", 91)
    await here.execute(ages, "customer:c-3", 91)
    await here.execute(
        "UPDATE event_deliveries SET state = 'due', next_try_at = now() WHERE aggregate = 'customer:c-3'"
    )
    assert await sweep(here.shop, here.store) == 1
    left = [row["aggregate"] for row in await here.rows("SELECT aggregate FROM events ORDER BY position")]
    assert left == ["customer:c-1", "customer:c-3"], "the last one is waited for"
    assert len(await here.deliveries()) == 2
