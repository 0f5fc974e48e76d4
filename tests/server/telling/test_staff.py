"""Do staff see what was not sent, and mend it? And what would be told, and what cannot be published?"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import pytest

from notifications.events import MailRequested
from server.web.call import Shop
from tests.server.actors import install_actors
from tests.server.rule_admin.admins import Admin
from tests.server.telling.people import Telling, order_event, placed
from tests.shop import Client, expect, new_store


@pytest.fixture
def admin(client: Client, shop: Shop) -> Client:
    """Who may look after jobs."""
    return client.signed_in(install_actors(shop).token(client.store, "user", ("admin",)))


async def dead(here: Telling, address: str = "ana@example.com") -> str:
    """A mail that was given up; its id."""
    values = {"name": "Ana", "link": "https://shop.example/reset#token=secret"}
    await here.happened(MailRequested(template="password_reset", to=address, locale="en", values=values))
    await here.execute(
        "UPDATE messages SET state = 'dead', next_try_at = NULL, attempts = 30, reason = '451' WHERE address = $1",
        address,
    )
    return str(next(each["id"] for each in await here.messages() if each["address"] == address))


async def test_staff_find_what_was_given_up(admin: Client, here: Telling) -> None:
    await dead(here)
    await here.happened(order_event("OrderShipped", order_id=await placed(here)))
    found = expect(await admin.get("/messages", params={"state": "dead"}))["items"]
    assert [(each["address"], each["reason"]) for each in found] == [("ana@example.com", "451")]
    assert len(expect(await admin.get("/messages"))["items"]) == 2
    assert expect(await admin.get("/messages", params={"channel": "inbox"}))["items"] == []


async def test_a_link_that_opens_an_account_is_not_shown(admin: Client, here: Telling) -> None:
    answer = await admin.get(f"/messages/{await dead(here)}")
    assert expect(answer)["values"] == {}
    assert b"secret" not in answer.raw


async def test_what_was_given_up_is_tried_again_and_that_is_noted(admin: Client, here: Telling) -> None:
    message = await dead(here)
    view = expect(await admin.post(f"/messages/{message}/retry"))
    assert (view["state"], view["attempts"], view["reason"]) == ("waiting", 0, None)
    assert (
        await here.execute("SELECT FROM audit_log WHERE action = 'message.retried' AND resource_id = $1", message) == 1
    )
    again = await admin.post(f"/messages/{message}/retry")
    assert (again.status, again.code) == (HTTPStatus.CONFLICT, "message_not_ended")


async def test_all_that_ended_so_are_tried_again(admin: Client, here: Telling) -> None:
    for number in range(3):
        await dead(here, f"{number}@example.com")
    assert expect(await admin.post("/messages/retry/ended", {"state": "dead", "channel": "email"})) == {"count": 3}
    assert expect(await admin.post("/messages/retry/ended", {"state": "dead"})) == {"count": 0}


async def test_an_address_that_works_again_gets_mail_again(admin: Client, here: Telling) -> None:
    await here.execute(
        "INSERT INTO mail_bounces (store_id, email_folded, reason) VALUES ($1, 'ana@example.com', '550')", here.store.id
    )
    assert [each["address"] for each in expect(await admin.get("/messages/bounces"))["items"]] == ["ana@example.com"]
    expect(await admin.post("/messages/bounces/clear", {"address": "Ana@Example.com"}), HTTPStatus.NO_CONTENT)
    again = await admin.post("/messages/bounces/clear", {"address": "ana@example.com"})
    assert (again.status, again.code) == (HTTPStatus.NOT_FOUND, "bounce_unknown")


async def test_messages_of_another_store_are_not_there(admin: Client, shop: Shop) -> None:
    other = Telling(shop, await new_store(shop))
    message = await dead(other)
    for answer in (await admin.get(f"/messages/{message}"), await admin.post(f"/messages/{message}/retry")):
        assert (answer.status, answer.code) == (HTTPStatus.NOT_FOUND, "message_unknown")


async def test_a_try_tells_who_would_be_told_and_writes_nothing(admin: Client, here: Telling) -> None:
    support = await here.person(roles=("support",))
    tried = expect(await admin.post("/notifications/dry-run", {"event": "OrderHeld", "facts": {"order.id": "x"}}))
    assert {(each["rule"], each["user_id"], each["channel"]) for each in tried["messages"]} == {
        ("review-needed", str(support), "email"), ("review-needed", str(support), "inbox"),
    }  # fmt: skip
    assert await here.messages() == []


async def test_a_try_says_who_would_not_be_told(admin: Client, here: Telling) -> None:
    tried = expect(await admin.post("/notifications/dry-run", {"event": "CartAbandoned"}))
    assert tried == {"messages": [], "nobody": [], "not_told": [{"rule": "abandoned-cart", "facts": ["cart.id"]}]}
    paid = expect(await admin.post("/notifications/dry-run", {"event": "OrderPaid"}))
    assert paid["nobody"] == ["order-confirmation", "order-of-seller"]


async def test_a_try_of_nothing_that_happens_is_refused(admin: Client) -> None:
    answer = await admin.post("/notifications/dry-run", {"event": "OrderPayed"})
    assert answer.code == "event_name_unknown"
    answer = await admin.post("/notifications/dry-run", {"event": "OrderPaid", "facts": {"order.total": "x", "odd": 1}})
    assert {each["pointer"] for each in answer.json["errors"]} == {"/facts/order.total", "/facts/odd"}


async def test_a_try_at_a_time_without_a_zone_is_refused(admin: Client) -> None:
    answer = await admin.post("/notifications/dry-run", {"event": "OrderHeld", "at": "2026-11-05T12:00:00"})
    assert [each["pointer"] for each in answer.json["errors"]] == ["/at"]


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"])
async def test_a_try_at_an_end_of_the_calendar_is_answered(admin: Client, here: Telling, at: str) -> None:
    await here.person(roles=("warehouse", "support"))
    for event in ("OrderHeld", "StockRanLow", "CartAbandoned", "OrderPaid"):
        facts = {"cart.id": "x"} if event == "CartAbandoned" else {}
        answer = await admin.post("/notifications/dry-run", {"event": event, "facts": facts, "at": at})
        assert answer.status < HTTPStatus.INTERNAL_SERVER_ERROR, (event, answer.raw)


HEAD = "ruleset: notifications\nname: default\nversion: 1\nvocabulary: event/1\n"
BROKEN = """
texts:
  a: {en: {subject: "{order.number}", heading: H, body: B}}
rules:
  - {id: a, on: InviteJoined, to: inviter, channels: email, template: a, category: reminders}
"""
OWN = """
texts:
  a: {en: {subject: "Hello {shop.name}", heading: H, body: B}}
rules:
  - {id: a, on: OrderDelivered, to: customer, channels: email, template: a, category: order}
cases:
  - {given: {event: OrderDelivered, facts: {}}, expect: {told: [a], subject: {a: Hello Shop}}}
"""


async def written(admin: Client, body: str) -> tuple[Admin, Any]:
    """A draft with this text, and who wrote it."""
    author = Admin(admin)
    draft = await author.draft("notifications")
    _, tag = await author.source(draft)
    expect(await author.try_to_save(draft, HEAD + body, tag))
    return author, draft


async def test_a_text_with_a_value_that_may_be_missing_is_refused_when_it_is_published(admin: Client) -> None:
    author, draft = await written(admin, BROKEN)
    answer = await author.try_to_publish(draft, activate=True)
    assert answer.status == HTTPStatus.UNPROCESSABLE_ENTITY, answer.raw
    assert b"RS382" in answer.raw


async def test_a_store_tells_what_its_own_ruleset_says(admin: Client, here: Telling) -> None:
    author, draft = await written(admin, OWN)
    await author.publish(draft)
    order_id = await placed(here)
    await here.happened(order_event("OrderShipped", order_id=order_id))
    await here.happened(order_event("OrderDelivered", order_id=order_id))
    (only,) = await here.messages()
    assert only["rule"] == "a"
    assert "Hello Test store" in only["values"]
