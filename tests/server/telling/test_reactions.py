"""Is everybody told what they are to be told, once, by the ways they have, when it is time?"""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

from engine.notices.reach import WORDS
from notifications.events import (
    CustomerRegistered,
    InviteQualified,
    MailRequested,
    OrderNoticeRequested,
    RewardGranted,
    SignalFired,
    StockLine,
    StockRanLow,
)
from server.auth.emails import fold
from server.telling.reactions import wants
from storage.ids import new_id
from storage.transaction import Transaction
from tests.server.telling.people import NOON, Telling, later, order_event, placed


async def test_a_customer_is_told_by_mail_and_in_the_shop(telling: Telling) -> None:
    ana = await telling.person()
    order_id = await placed(telling, ana, "work@example.com")
    await telling.happened(order_event("OrderPaid", order_id=order_id))
    mail, inbox = await telling.messages()
    assert (mail["channel"], mail["address"], mail["locale"]) == ("email", "work@example.com", "en")
    assert (inbox["channel"], inbox["address"]) == ("inbox", str(ana))
    assert {mail["user_id"], inbox["user_id"]} == {ana}


async def test_a_guest_is_told_by_mail_alone(telling: Telling) -> None:
    order_id = await placed(telling)
    await telling.happened(order_event("OrderPaid", order_id=order_id))
    assert await telling.said() == [("order-confirmation", "email", "waiting")]


async def test_the_same_event_twice_tells_once(telling: Telling) -> None:
    event = order_event("OrderShipped", order_id=await placed(telling))
    event_id = await telling.happened(event)
    await telling.happened(event, id=event_id)
    assert len(await telling.messages()) == 1


async def test_two_workers_with_the_same_event_tell_once(telling: Telling) -> None:
    event, event_id = order_event("OrderShipped", order_id=await placed(telling)), new_id()
    await asyncio.gather(*(telling.happened(event, id=event_id) for _ in range(4)))
    assert len(await telling.messages()) == 1


async def test_what_is_told_once_of_an_order_is_not_told_again_by_another_event(telling: Telling) -> None:
    order_id = await placed(telling)
    await telling.happened(order_event("OrderPaid", order_id=order_id))
    await telling.happened(order_event("OrderPaid", order_id=order_id))
    await telling.happened(order_event("OrderPaid", order_id=await placed(telling)))
    assert len(await telling.messages()) == 2


async def test_what_comes_too_soon_says_so_and_is_not_sent(telling: Telling) -> None:
    ana = str(await telling.person())
    idle = SignalFired(name="CustomerIdle", signal_id="idle", firing_id="f", customer_id=ana)
    await telling.happened(idle)
    await telling.happened(idle)
    await telling.execute("UPDATE notice_limits SET free_at = now()")
    await telling.happened(idle)
    found = await telling.messages("created_at, id")
    assert [each["state"] for each in found] == ["waiting", "suppressed", "waiting"]
    assert found[1]["reason"] == "told of something like it not long ago"


async def test_two_at_once_are_told_once_in_their_time(telling: Telling) -> None:
    ana = str(await telling.person())
    idle = SignalFired(name="CustomerIdle", signal_id="idle", firing_id="f", customer_id=ana)
    await asyncio.gather(*(telling.happened(idle) for _ in range(4)))
    assert sorted(each["state"] for each in await telling.messages()) == ["suppressed"] * 3 + ["waiting"]


async def test_staff_are_found_by_their_roles(telling: Telling) -> None:
    support, both = await telling.person(roles=("support",)), await telling.person(roles=("support", "staff"))
    await telling.person(roles=("warehouse",))
    await telling.person(roles=("support",), status="suspended")
    await telling.happened(order_event("OrderHeld"))
    assert {each["user_id"] for each in await telling.messages()} == {support, both}
    assert len(await telling.messages()) == 4


async def test_however_many_staff_there_are_it_takes_as_many_statements(telling: Telling) -> None:
    async def statements() -> int:
        async def work(tx: Transaction) -> int:
            return int(await tx.fetchval("SELECT count(*) FROM messages"))

        await telling.happened(order_event("OrderHeld"))
        return await telling.shop.database.transaction(telling.store.id, work)

    await telling.person(roles=("support",))
    assert await statements() == 2
    for _ in range(20):
        await telling.person(roles=("support",))
    assert await statements() == 2 + 42


async def test_people_of_another_store_are_not_told(telling: Telling) -> None:
    other = Telling(telling.shop, telling.store)
    ana = await other.person()
    stranger = new_id()
    await telling.happened(
        RewardGranted(reward_id="r", reward_reason="m", reward_campaign="c", customer_id=str(stranger))
    )
    assert await telling.messages() == []
    await telling.happened(RewardGranted(reward_id="r", reward_reason="m", reward_campaign="c", customer_id=str(ana)))
    assert len(await telling.messages()) == 2


async def test_whoever_invited_is_told_not_the_friend(telling: Telling) -> None:
    inviter, friend = await telling.person(), await telling.person()
    await telling.happened(
        InviteQualified(invite_id="i", customer_id=str(inviter), friend_id=str(friend), invite_counted=3), at=NOON
    )
    assert {each["user_id"] for each in await telling.messages()} == {inviter}


async def test_at_night_what_is_optional_waits_for_the_morning(telling: Telling) -> None:
    ana = str(await telling.person())
    event = InviteQualified(invite_id="i", customer_id=ana, friend_id=ana, invite_counted=3)
    await telling.happened(event, at=later(hours=10))  # 22:00
    await telling.happened(order_event("OrderShipped", order_id=await placed(telling)), at=later(hours=10))
    due = {each["rule"]: each["next_try_at"] for each in await telling.messages()}
    assert due == {
        "referral-progress": datetime.fromisoformat("2030-06-04T11:00:00+00:00"),
        "order-shipped": later(hours=10),
    }


async def test_what_somebody_does_not_want_says_so_and_is_not_sent(telling: Telling) -> None:
    ana = await telling.person()
    await telling.unwanted(ana, "reminders")
    await telling.happened(
        InviteQualified(invite_id="i", customer_id=str(ana), friend_id="f", invite_counted=3), at=NOON
    )
    found = {each["channel"]: (each["state"], each["reason"]) for each in await telling.messages()}
    assert found == {"email": ("suppressed", "the recipient does not want it"), "inbox": ("waiting", None)}


async def test_an_order_is_told_whatever_somebody_switched_off(telling: Telling) -> None:
    ana = await telling.person()
    for category in ("reminders", "marketing", "staff"):
        await telling.unwanted(ana, category)
    await telling.happened(order_event("OrderShipped", order_id=await placed(telling, ana)))
    assert [each["state"] for each in await telling.messages()] == ["waiting", "waiting"]


async def test_an_address_that_refused_mail_gets_only_what_it_must(telling: Telling) -> None:
    ana = await telling.person(email="gone@example.com")
    await telling.execute(
        "INSERT INTO mail_bounces (store_id, email_folded, reason) VALUES ($1, 'gone@example.com', '550')",
        telling.store.id,
    )
    await telling.happened(
        SignalFired(name="CustomerIdle", signal_id="s", firing_id="f", customer_id=str(ana)), at=NOON
    )
    await telling.happened(order_event("OrderShipped", order_id=await placed(telling, ana, "gone@example.com")))
    states = {(each["rule"], each["channel"]): each["state"] for each in await telling.messages()}
    assert states[("come-back", "email")] == "suppressed"
    assert states[("order-shipped", "email")] == "waiting"


async def test_what_is_told_later_is_due_later_and_sent_then(telling: Telling) -> None:
    telling.rules(
        "{id: ask, on: OrderDelivered, to: customer, channels: email, template: order-delivered, category: order,"
        " delay: 3d}"
    )
    sent = telling.collects()
    await telling.happened(order_event("OrderDelivered", order_id=await placed(telling)))
    (waiting,) = await telling.messages()
    assert waiting["next_try_at"] - waiting["created_at"] == timedelta(days=3)
    assert await telling.send() == 0
    await telling.let_time_pass()
    await telling.send()
    assert [each.id for each in sent] == [waiting["id"]]


async def test_advertising_goes_to_no_address_that_nobody_confirmed(telling: Telling) -> None:
    telling.rules(
        "{id: more, on: OrderDelivered, to: customer, channels: email, template: order-delivered, category: marketing}"
    )
    sent = telling.collects()
    ana = await telling.person(email="home@example.com")
    await telling.happened(order_event("OrderDelivered", order_id=await placed(telling)), at=NOON)
    of_ana = await placed(telling, ana, "work@example.com")
    await telling.happened(order_event("OrderDelivered", order_id=of_ana), at=NOON)
    await telling.let_time_pass()
    await telling.send()
    found = {each["address"]: (each["state"], each["reason"]) for each in await telling.messages()}
    assert found == {
        "ana@example.com": ("suppressed", WORDS["not_verified"]),
        "home@example.com": ("sent", None),
    }
    assert [each.address for each in sent] == ["home@example.com"], "of an account the one that was confirmed"


async def test_a_guest_is_known_again_however_they_write_their_address(telling: Telling) -> None:
    """Ｇ is another letter than G, and both are the same address."""
    cart = new_id()
    await telling.execute(
        "INSERT INTO carts (id, store_id, guest_id, email, expires_at)"
        " VALUES ($1, $2, $1, 'Ｇuest@Example.com', now() + interval '1 day')",
        cart, telling.store.id,
    )  # fmt: skip
    await telling.execute(
        "INSERT INTO notification_preferences (store_id, recipient, category, channel, wanted)"
        " VALUES ($1, $2, 'reminders', 'email', false)",
        telling.store.id, fold("guest@example.com"),
    )  # fmt: skip
    abandoned = SignalFired(name="CartAbandoned", signal_id="left", firing_id="f", cart_id=str(cart))
    await telling.happened(abandoned, at=NOON)
    (only,) = await telling.messages()
    assert (only["state"], only["reason"]) == ("suppressed", "the recipient does not want it")


async def test_a_closed_account_gets_nothing_optional(telling: Telling) -> None:
    ana = await telling.person(status="closed")
    await telling.happened(
        SignalFired(name="CustomerIdle", signal_id="s", firing_id="f", customer_id=str(ana)), at=NOON
    )
    (only,) = await telling.messages()
    assert (only["state"], only["reason"]) == ("suppressed", "the account is closed or suspended")


async def test_a_mail_that_the_shop_owes_goes_out_in_its_language(telling: Telling) -> None:
    values = {"name": "Ana", "link": "https://shop.example/activate#token=x"}
    await telling.happened(MailRequested(template="activation", to="ana@example.com", locale=None, values=values))
    (only,) = await telling.messages()
    assert (only["rule"], only["category"], only["locale"]) == (None, "account", "pt-BR")


async def test_what_the_lifecycle_writes_goes_to_the_customer_of_the_order(telling: Telling) -> None:
    order_id = await placed(telling)
    await telling.happened(OrderNoticeRequested(notice="return-label", order_id=order_id, order_number=7, order_seq=3))
    (only,) = await telling.messages()
    assert (only["template"], only["address"]) == ("return-label", "ana@example.com")


async def test_a_text_of_the_store_is_filled_in_when_it_is_written_down(telling: Telling) -> None:
    ana = str(await telling.person())
    await telling.happened(CustomerRegistered(customer_id=ana, customer_email="e", customer_locale="pt-BR"))
    (only,) = await telling.messages()
    assert only["template"] == "own"
    assert "Boas-vindas à Test store" in only["values"]


async def test_the_handler_wants_what_the_ruleset_waits_for_and_what_is_owed(telling: Telling) -> None:
    happened = {"OrderPlaced", "OrderPaid", "MailRequested", "OrderNoticeRequested", "CartAbandoned", "Other"}

    async def work(tx: Transaction) -> set[str]:
        return set(await wants(telling.shop, telling.store, tx, happened))

    found = await telling.shop.database.transaction(telling.store.id, work)
    assert found == {"OrderPaid", "MailRequested", "OrderNoticeRequested", "CartAbandoned"}


async def test_little_stock_is_collected_until_the_morning(telling: Telling) -> None:
    await telling.person(roles=("warehouse",))
    for number in range(3):
        line = StockLine(variant_id=str(new_id()), sku=f"S{number}", available=1, low_stock_threshold=2)
        await telling.happened(StockRanLow(lines=[line]), at=later(hours=number))
    found = await telling.messages()
    assert {each["digest"] is None for each in found} == {False}
    assert {each["next_try_at"] for each in found} == {datetime.fromisoformat("2030-06-04T11:00:00+00:00")}
