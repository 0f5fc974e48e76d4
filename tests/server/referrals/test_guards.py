"""Nobody earns by inviting themselves: whatever accounts share is seen, and staff have the last word."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from notifications.events import InviteJoined
from server.background.sweeping import sweep
from server.decisions.books import BOOKS
from server.web.call import Shop
from storage.ids import new_id
from storage.tenancy import Store
from tests.server.actors import install_actors
from tests.server.referrals.friends import SHIPPED, Friends, book_with
from tests.shop import Answer, Client, expect, new_store


@pytest.fixture
def friends(shop: Shop, store: Store, client: Client) -> Friends:
    """People of the test's store, which has the rulesets that ship."""
    return Friends(shop, store, client)


@pytest.fixture
def desk(shop: Shop, store: Store, client: Client) -> Client:
    """Somebody who may decide about invites."""
    return client.signed_in(install_actors(shop).token(store))


async def decide(desk: Client, friends: Friends, friend: UUID, what: str) -> Answer:
    """Allow or refuse a friend's invite."""
    invite = await friends.row("SELECT id FROM invites WHERE friend_id = $1", friend)
    return await desk.post(f"/referrals/invites/{invite['id']}/{what}", {"reason": "They called us"})


@pytest.mark.parametrize(
    ("own", "theirs"),
    [
        ({"email": "ana@example.com"}, {"email": "ana+gift@example.com"}),
        ({"email": "ana.lima@gmail.com"}, {"email": "analima@googlemail.com"}),
        ({"phone": "+55 11 91234-5678"}, {"phone": "+5511912345678"}),
        ({"phone": "+55 11 91234-5678"}, {"phone": "11 91234-5678"}),
        ({"phone": "(11) 91234 5678"}, {"phone": "011 91234-5678"}),
    ],
)
async def test_ones_own_mailbox_or_telephone_is_refused_at_once(
    friends: Friends, own: dict[str, str], theirs: dict[str, str]
) -> None:
    ana = await friends.customer(**own)
    other = await friends.joined(ana, **theirs)
    assert await friends.invite(other) == ("refused", "same-person")
    await friends.pays(other)
    assert ((await friends.own(ana))["counted"], await friends.rewards(other)) == (0, [])
    assert [name for name, _ in await friends.told()] == ["InviteRefused"]


async def test_ones_own_device_is_refused(friends: Friends) -> None:
    ana = await friends.customer()
    await friends.registers(ana, device="d1")
    assert await friends.invite(await friends.joined(ana, device="d1")) == ("refused", "same-device")
    assert await friends.invite(await friends.joined(ana, device="d2")) == ("joined", None)


@pytest.mark.parametrize(
    ("told", "guard"),
    [
        ({"order_address": "a1"}, "same-address"),
        ({"device_id": "d1"}, "same-device"),
        ({"customer_phone": "p1"}, "same-person"),
    ],
)
async def test_what_orders_have_in_common_is_seen_before_the_friend_counts(
    friends: Friends, told: dict[str, Any], guard: str
) -> None:
    ana = await friends.customer()
    bia = await friends.joined(ana)
    await friends.happens(friends.paid(new_id(), ana, name="OrderPlaced", **told))
    await friends.happens(friends.paid(new_id(), bia, name="OrderPlaced", **told))
    await friends.pays(bia)
    assert await friends.invite(bia) == ("refused", guard)


async def test_one_card_is_one_person(friends: Friends) -> None:
    ana = await friends.customer()
    bia = await friends.joined(ana)
    for who in (ana, bia):
        await friends.execute(
            "INSERT INTO customer_marks (store_id, user_id, kind, mark) VALUES ($1, $2, 'payment', 'card')",
            friends.store.id, who,
        )  # fmt: skip
    await friends.pays(bia)
    assert await friends.invite(bia) == ("refused", "same-payment")


async def test_a_device_counts_for_ninety_days_after_it_was_seen_last(friends: Friends) -> None:
    ana = await friends.customer()
    await friends.registers(ana, device="d1")
    long_ago = "UPDATE customer_marks SET seen_at = now() - interval '91 days' WHERE kind = 'device'"
    await friends.execute(long_ago)
    assert await friends.invite(await friends.joined(ana, device="d1")) == ("joined", None)
    await friends.execute(long_ago)
    await friends.happens(friends.paid(new_id(), ana, name="OrderPlaced", device_id="d1"))
    assert await friends.invite(await friends.joined(ana, device="d1")) == ("refused", "same-device")


async def test_devices_that_count_no_more_are_forgotten(friends: Friends) -> None:
    ana = await friends.customer(phone="+55 11 91234-5678")
    await friends.registers(ana, device="d1")
    await friends.execute("UPDATE customer_marks SET seen_at = now() - interval '91 days'")
    await friends.happens(friends.paid(new_id(), ana, name="OrderPlaced", device_id="d2"))
    assert await sweep(friends.shop, friends.store) == 1
    left = await friends.row(
        "SELECT array_agg(kind ORDER BY kind) AS kinds, max(mark) FILTER (WHERE kind = 'device') AS device"
        " FROM customer_marks"
    )
    assert tuple(left) == (["device", "email", "phone"], "d2")


async def test_a_ring_that_leads_back_to_who_began_it_is_refused(friends: Friends) -> None:
    ana = await friends.customer(phone="+55 11 90000-0001")
    bia = await friends.joined(ana)
    caio = await friends.joined(bia)
    again = await friends.joined(caio, phone="+55 11 90000-0001")
    assert await friends.invite(again) == ("refused", "ring")
    assert await friends.invite(caio) == ("joined", None)


async def test_the_third_account_on_one_device_is_refused(friends: Friends) -> None:
    ana = await friends.customer()
    found = [await friends.invite(await friends.joined(ana, device="kiosk")) for _ in range(3)]
    assert found == [("joined", None), ("joined", None), ("refused", "many-accounts")]


async def test_staff_read_why_and_allow_what_is_right(friends: Friends, desk: Client) -> None:
    ana = await friends.customer()
    await friends.registers(ana, device="d1")
    bia = await friends.joined(ana, device="d1")
    await friends.pays(bia)
    (shown,) = expect(await desk.get("/referrals/invites?state=refused"))["items"]
    assert (shown["guard"], shown["why"]) == ("same-device", "O amigo e quem convidou usam o mesmo aparelho")
    assert "InviteJoined" not in [name for name, _ in await friends.told()]
    allowed = expect(await decide(desk, friends, bia, "allow"))
    assert (allowed["state"], allowed["allowed"], allowed["note"]) == ("counted", True, "They called us")
    assert expect(await decide(desk, friends, bia, "allow")) == allowed
    entry = await friends.row("SELECT action, before, after FROM audit_log WHERE resource_type = 'invite'")
    assert entry["action"] == "referrals.allow"


async def test_who_was_refused_at_once_and_then_allowed_is_welcome_once(friends: Friends, desk: Client) -> None:
    ana = await friends.customer()
    await friends.registers(ana, device="d1")
    bia = await friends.joined(ana, device="d1")
    for what in ("allow", "refuse", "allow"):
        expect(await decide(desk, friends, bia, what))
    (joined,) = [said for name, said in await friends.told() if name == "InviteJoined"]
    assert joined["friend_id"] == str(bia)
    await friends.happens(InviteJoined(**joined))
    assert await friends.rewards(bia) == [("welcome", "active")]


async def test_who_was_welcome_before_a_guard_refused_is_not_welcomed_again(friends: Friends, desk: Client) -> None:
    ana = await friends.customer()
    bia = await friends.joined(ana)
    for each in (ana, bia):
        await friends.happens(friends.paid(new_id(), each, name="OrderPlaced", device_id="d1"))
    assert await friends.invite(bia) == ("refused", "same-device")
    expect(await decide(desk, friends, bia, "allow"))
    assert [name for name, _ in await friends.told()].count("InviteJoined") == 1


async def test_who_is_allowed_while_they_wait_does_not_wait_longer(
    friends: Friends, desk: Client, tmp_path: Path
) -> None:
    friends.shop.use(BOOKS).replace(
        friends.store.id, book_with(tmp_path, SHIPPED.replace("after: 0d\n\n", "after: 14d\n\n"))
    )
    bia = await friends.joined(await friends.customer())
    await friends.pays(bia)
    assert await friends.time_passes(timedelta(days=10)) == 0
    since = (await friends.row("SELECT since FROM invites"))["since"]
    allowed = expect(await decide(desk, friends, bia, "allow"))
    assert (allowed["state"], allowed["allowed"]) == ("waiting", True)
    assert (await friends.row("SELECT since FROM invites"))["since"] == since
    assert await friends.time_passes(timedelta(days=4, seconds=1)) == 1
    assert await friends.invite(bia) == ("counted", None)


async def test_staff_refuse_one_that_counts_and_what_it_earned_goes_back(friends: Friends, desk: Client) -> None:
    ana = await friends.customer()
    several = [await friends.joined(ana) for _ in range(5)]
    for each in several:
        await friends.pays(each)
    refused = expect(await decide(desk, friends, several[0], "refuse"))
    assert (refused["state"], refused["guard"], refused["why"]) == ("refused", "staff", "They called us")
    assert expect(await decide(desk, friends, several[0], "refuse")) == refused
    assert ((await friends.own(ana))["counted"], await friends.rewards(ana)) == (4, [("five-friends", "revoked")])
    assert expect(await decide(desk, friends, several[0], "allow"))["state"] == "counted"
    assert await friends.rewards(ana) == [("five-friends", "active")]


async def test_what_was_reversed_is_decided(friends: Friends, desk: Client) -> None:
    bia = await friends.joined(await friends.customer())
    order = await friends.pays(bia)
    await friends.gives_back(order, bia, 5000)
    for what in ("allow", "refuse"):
        answer = await decide(desk, friends, bia, what)
        assert answer.code == "invite_ended"
        assert answer.json["detail"].startswith("the invite is reversed, and only invites that ")
        assert answer.json["detail"].endswith({"allow": " can be allowed", "refuse": " can be refused"}[what])


async def test_invites_of_another_store_are_not_there(friends: Friends, shop: Shop, client: Client) -> None:
    bia = await friends.joined(await friends.customer())
    elsewhere = await new_store(shop)
    stranger = Client(client.session, client.base, elsewhere, install_actors(shop).token(elsewhere))
    for what in ("allow", "refuse"):
        assert (await decide(stranger, friends, bia, what)).code == "invite_unknown"
    assert expect(await stranger.get("/referrals/invites"))["items"] == []


async def test_the_report_counts_friends_and_what_they_cost(friends: Friends, desk: Client) -> None:
    ana = await friends.customer(phone="+55 11 90000-0001")
    for _ in range(5):
        await friends.pays(await friends.joined(ana))
    await friends.joined(ana, phone="+55 11 90000-0001")
    report = expect(await desk.get("/referrals/report"))
    assert [(each["state"], each["guard"], each["invites"]) for each in report["invites"]] == [
        ("counted", None, 5), ("refused", "same-person", 1),
    ]  # fmt: skip
    assert [(each["reason"], each["granted"], each["revoked"], each["given_away"]) for each in report["rewards"]] == [
        ("five-friends", 1, 0, "0.00"), ("welcome", 5, 0, "0.00"),
    ]  # fmt: skip
    assert expect(await desk.get("/referrals/report?since=2999-01-01T00:00:00Z"))["invites"] == []
