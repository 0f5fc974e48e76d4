"""Staff say where events go, and see what came of it; a secret is shown once, and what cannot be sent is refused."""

from __future__ import annotations

import pytest

from notifications.events import MailRequested
from server.webhooks.deliveries import TESTS
from server.webhooks.endpoints import MOST_ENDPOINTS
from server.webhooks.letter import PRIVATE
from tests.server.webhooks.conftest import Hooks, NewReceiver, status
from tests.shop import expect

NOBODY = "http://127.0.0.1:9/"
"""Where nobody listens."""


async def test_a_secret_is_shown_once_and_kept_encrypted(hooks: Hooks) -> None:
    made = await hooks.add(NOBODY, "OrderPaid", "StockRanLow", "OrderPaid", description="Warehouse")
    secret = made.pop("secret")
    assert secret.startswith("whsec_")
    assert made["events"] == ["OrderPaid", "StockRanLow"]
    assert await hooks.read(made) == made
    assert expect(await hooks.staff.get("/webhooks")) == {"items": [made]}
    (kept,) = await hooks.rows("SELECT secret FROM webhook_endpoints")
    (noted,) = await hooks.rows("SELECT action, after::text AS after FROM audit_log")
    assert noted["action"] == "webhooks.create"
    assert not any(secret[6:] in text for text in (kept["secret"], noted["after"]))


async def test_what_cannot_be_sent_is_refused_with_every_fault(hooks: Hooks) -> None:
    body = {"url": "ftp://ana:pw@example.com/", "events": ["OrderPaid", "MailRequested"]}
    refused = await hooks.staff.post("/webhooks", body)
    assert (refused.status, refused.code) == (422, "webhook_invalid")
    assert [(each["pointer"], each["code"]) for each in refused.json["errors"]] == [
        ("/url", "url_refused"), ("/events/1", "event_private"),
    ]  # fmt: skip
    made = await hooks.add(NOBODY)
    for change in ({"url": "http://10.0.0.1/"}, {"events": ["MailRequested"]}):
        assert (await hooks.staff.patch(f"/webhooks/{made['id']}", change)).code == "webhook_invalid"
    assert (await hooks.read(made))["url"] == NOBODY


async def test_what_holds_secrets_of_people_is_told_to_nobody(hooks: Hooks) -> None:
    assert "MailRequested" in PRIVATE
    made = await hooks.add(NOBODY)
    assert await hooks.wanted(*PRIVATE, "OrderPaid") == {"OrderPaid"}
    await hooks.happen(MailRequested(template="reset", to="ana@example.com", locale=None, values={"link": "secret"}))
    assert await hooks.log(made) == []


async def test_only_what_somebody_wants_is_wanted_and_of_those_that_are_on(hooks: Hooks) -> None:
    assert await hooks.wanted("OrderPaid", "StockRanLow") == set()
    made = await hooks.add(NOBODY, "OrderPaid")
    other = await hooks.add(NOBODY, "StockRanLow", active=False)
    assert await hooks.wanted("OrderPaid", "StockRanLow") == {"OrderPaid"}
    await hooks.happen()
    assert (await hooks.log(made), await hooks.log(other)) == ([], [])


async def test_a_store_has_so_many_webhooks_and_no_more(hooks: Hooks) -> None:
    for _ in range(MOST_ENDPOINTS):
        last = await hooks.add(NOBODY)
    body = {"url": NOBODY, "events": ["*"]}
    refused = await hooks.staff.post("/webhooks", body)
    assert (refused.status, refused.code) == (409, "too_many_webhooks")
    expect(await hooks.staff.delete(f"/webhooks/{last['id']}"), 204)
    expect(await hooks.staff.post("/webhooks", body), 201)


async def test_a_test_is_sent_at_once_also_to_one_that_is_off_and_the_answer_is_shown(
    hooks: Hooks, new_receiver: NewReceiver
) -> None:
    receiver = await new_receiver(status(503))
    made = await hooks.add(receiver.url, "OrderPaid", active=False)
    failed, well = [expect(await hooks.staff.post(f"/webhooks/{made['id']}/test")) for _ in range(2)]
    assert (failed["delivered"], failed["status"], failed["answer"]) == (False, 503, "answer 503")
    assert (well["delivered"], well["status"], well["answer"], well["error"]) == (True, 200, "thanks", None)
    (_, sent) = receiver.got
    assert sent.headers["Sostech-Event"] == sent.json["type"] == "WebhookTest"
    logged = await hooks.log(made)
    assert [(each["id"], each["state"], each["status"]) for each in logged] == [
        (well["delivery_id"], "delivered", 200), (failed["delivery_id"], "dead", 503),
    ]  # fmt: skip
    assert (await hooks.read(made))["failing_since"] is None, "a test says nothing about events"


async def test_without_an_answer_a_test_says_why(hooks: Hooks) -> None:
    made = await hooks.add(NOBODY)
    failed = expect(await hooks.staff.post(f"/webhooks/{made['id']}/test"))
    assert (failed["delivered"], failed["status"]) == (False, None)
    assert "127.0.0.1:9" in failed["error"]
    assert TESTS.times < 60


async def test_what_was_due_for_one_that_is_switched_off_is_given_up_and_can_be_sent_later(
    hooks: Hooks, new_receiver: NewReceiver
) -> None:
    receiver = await new_receiver()
    made = await hooks.add(receiver.url)
    events = {await hooks.happen() for _ in range(3)}
    at = f"/webhooks/{made['id']}"
    off = expect(await hooks.staff.patch(at, {"active": False}))
    assert (off["active"], off["waiting"], off["dead"], off["switched_off_because"]) == (False, 0, 3, None)
    (delivery, *_) = await hooks.log(made, "?state=dead")
    for again in (f"{at}/deliveries/{delivery['id']}/retry", f"{at}/retry-dead"):
        refused = await hooks.staff.post(again)
        assert (refused.status, refused.code) == (409, "webhook_off")
    assert (await hooks.log(made, "?state=dead"))[0] == delivery
    expect(await hooks.staff.patch(at, {"active": True}))
    assert expect(await hooks.staff.post(f"{at}/retry-dead"), 202) == {"count": 3}
    await hooks.send()
    assert set(receiver.event_ids) == events


async def test_the_log_turns_pages(hooks: Hooks) -> None:
    made = await hooks.add(NOBODY)
    events = [await hooks.happen() for _ in range(5)]
    at = f"/webhooks/{made['id']}/deliveries?limit=2&event=CouponRefused"
    found, cursor = list[str](), ""
    while True:
        page = expect(await hooks.staff.get(at + cursor))
        found += [each["event_id"] for each in page["items"]]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    assert found == events[::-1]
    assert await hooks.log(made, "?event=OrderPaid") == []


@pytest.mark.parametrize("path", ["", "/deliveries"])
async def test_one_that_was_deleted_is_not_there_and_neither_is_its_log(hooks: Hooks, path: str) -> None:
    made = await hooks.add(NOBODY)
    await hooks.happen()
    expect(await hooks.staff.delete(f"/webhooks/{made['id']}"), 204)
    gone = await hooks.staff.get(f"/webhooks/{made['id']}{path}")
    assert (gone.status, gone.code) == (404, "webhook_unknown")
    assert await hooks.rows("SELECT id FROM webhook_deliveries") == []
