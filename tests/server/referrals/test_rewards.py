"""What customers earn is given once, kept through new versions, and taken back when it was not earned in the end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
import pytest_asyncio

from notifications.events import CustomerBirthday, SignalFired
from server.decisions.books import BOOKS
from server.referrals.needed import Use
from server.referrals.reactions import CampaignMissing
from server.web.call import Shop
from storage.ids import new_id
from storage.tenancy import Store
from tests.server.actors import install_actors
from tests.server.cart.goods import Goods, Shoppers
from tests.server.orders.buying import placed
from tests.server.orders.people import deliver, people_of, send
from tests.server.referrals.friends import SHIPPED, TWO, Friends, book_with
from tests.server.referrals.orders import Uses
from tests.shop import Client, expect

THREE = SHIPPED.replace("at: 5", "at: 3")
NEARER = SHIPPED.replace("at: 5", "at: 2")
SWAPPED = TWO.replace("five-friends", "").replace("ten-friends", "five-friends").replace("id: \n", "id: ten-friends\n")


@pytest.fixture
def friends(shop: Shop, store: Store, client: Client) -> Friends:
    """People of the test's store, which has the rulesets that ship."""
    return Friends(shop, store, client)


@pytest.fixture
def shoppers(shop: Shop, client: Client) -> Shoppers:
    """Friends who really order."""
    return Shoppers(shop, client, install_actors(shop))


@pytest_asyncio.fixture(loop_scope="session")
async def ana(friends: Friends) -> UUID:
    """Somebody who invites friends."""
    return await friends.customer()


async def those_who_paid(friends: Friends, inviter: UUID, number: int) -> list[tuple[UUID, UUID]]:
    """So many friends, and the order of each."""
    several = [await friends.joined(inviter) for _ in range(number)]
    return [(each, await friends.pays(each)) for each in several]


async def active(friends: Friends, user_id: UUID) -> list[str]:
    """For what a customer has codes that work."""
    return [reason for reason, state in await friends.rewards(user_id) if state == "active"]


async def revoked(friends: Friends) -> int:
    """How often it was told that something was taken back."""
    return len([name for name, _ in await friends.told() if name == "RewardRevoked"])


def decide_by(friends: Friends, folder: Path, referrals: str) -> None:
    """The store has this referrals ruleset from now on."""
    friends.shop.use(BOOKS).replace(friends.store.id, book_with(folder, referrals))


async def test_ten_friends_bring_thirty_five_percent(friends: Friends, shoppers: Shoppers) -> None:
    shopper = await shoppers.user()
    await those_who_paid(friends, shopper.owner.id, 10)
    assert await friends.rewards(shopper.owner.id) == [("five-friends", "active"), ("ten-friends", "active")]
    codes = {each["reason"]: each["code"] for each in (await friends.own(shopper.owner.id))["rewards"]}
    await Goods(friends.shop, friends.store).put("MUG", 8_000)
    await shopper.add("MUG")
    (coupon,) = expect(await shopper.coupon(codes["ten-friends"]))["decision"]["coupons"]
    assert (coupon["state"], coupon["saves"]) == ("applied", "28.00")


async def test_an_order_on_delivery_counts_when_the_money_has_come(
    friends: Friends, shoppers: Shoppers, ana: UUID
) -> None:
    shopper = await shoppers.user()
    await friends.registers(shopper.owner.id, await friends.code(ana))
    await Goods(friends.shop, friends.store).put("MUG", 8_000)
    number = int((await placed(shopper, "MUG", method="cash_on_delivery"))["number"])
    await friends.hear()
    assert await friends.invite(shopper.owner.id) == ("joined", None)
    warehouse = people_of(friends.shop, friends.client).who("warehouse")
    await send(warehouse, number)
    await friends.hear()
    assert await friends.invite(shopper.owner.id) == ("joined", None)
    await deliver(warehouse, number)
    await friends.hear()
    assert await friends.invite(shopper.owner.id) == ("counted", None)


async def test_another_version_neither_forgets_friends_nor_gives_anything_twice(
    friends: Friends, ana: UUID, tmp_path: Path
) -> None:
    decide_by(friends, tmp_path / "before", TWO)
    for _ in range(2):
        await friends.pays(await friends.joined(ana))
    renamed = TWO.replace("id: five-friends", "id: two-friends").replace("at: 3", "at: 4")
    decide_by(friends, tmp_path / "after", renamed)
    await friends.pays(await friends.joined(ana))
    own = await friends.own(ana, "?locale=en")
    assert (own["counted"], own["next"]["missing"], len(own["rewards"])) == (3, 1, 1)
    await friends.pays(await friends.joined(ana))
    assert await friends.rewards(ana) == [("five-friends", "active"), ("ten-friends", "active")]


async def test_a_milestone_that_is_nearer_by_now_is_not_taken_back(friends: Friends, ana: UUID, tmp_path: Path) -> None:
    decide_by(friends, tmp_path / "before", THREE)
    (first, order), (second, another), _ = await those_who_paid(friends, ana, 3)
    decide_by(friends, tmp_path / "after", NEARER)
    await friends.gives_back(order, first, 5000)
    assert ((await friends.own(ana))["counted"], await active(friends, ana)) == (2, ["five-friends"])
    assert await revoked(friends) == 0
    await friends.gives_back(another, second, 5000)
    assert (await active(friends, ana), await revoked(friends)) == ([], 1)


@pytest.mark.parametrize(("given_back", "has"), [(1, ["five-friends"]), (2, ["ten-friends"])])
async def test_milestones_that_change_numbers_give_one_code_for_a_number(
    friends: Friends, ana: UUID, tmp_path: Path, given_back: int, has: list[str]
) -> None:
    decide_by(friends, tmp_path / "before", TWO)
    for friend, order in (await those_who_paid(friends, ana, 3))[:given_back]:
        await friends.gives_back(order, friend, 5000)
    decide_by(friends, tmp_path / "after", SWAPPED.replace("at: 3", "at: 4"))
    await those_who_paid(friends, ana, 1)
    assert await active(friends, ana) == has
    assert len(await friends.rewards(ana)) == 2


async def test_what_an_order_had_is_taken_back_once_the_order_fails(
    friends: Friends, ana: UUID, tmp_path: Path
) -> None:
    decide_by(friends, tmp_path, TWO)
    (bia, order), _ = await those_who_paid(friends, ana, 2)
    uses = Uses(friends.shop.database, friends.store)
    held_by = await uses.held(await code_of(friends, ana))
    await friends.gives_back(order, bia, 5000)
    assert await friends.rewards(ana) == [("five-friends", "held")]
    await friends.happens(friends.paid(held_by, ana, name="OrderPlaced"))
    assert await friends.rewards(ana) == [("five-friends", "held")]
    await uses.release(held_by)
    for _ in range(2):
        await friends.happens(friends.paid(held_by, ana, name="OrderCancelled"))
    assert (await friends.rewards(ana), await revoked(friends)) == ([("five-friends", "revoked")], 1)


async def test_what_was_earned_stays_when_an_order_with_it_fails(friends: Friends, ana: UUID, tmp_path: Path) -> None:
    decide_by(friends, tmp_path, TWO)
    await those_who_paid(friends, ana, 2)
    uses = Uses(friends.shop.database, friends.store)
    held_by = await uses.held(await code_of(friends, ana))
    await uses.release(held_by)
    await friends.happens(friends.paid(held_by, ana, name="OrderCancelled"))
    assert await friends.rewards(ana) == [("five-friends", "active")]


async def test_no_second_code_is_given_while_an_order_has_the_first(
    friends: Friends, ana: UUID, tmp_path: Path
) -> None:
    decide_by(friends, tmp_path, TWO)
    (bia, order), _ = await those_who_paid(friends, ana, 2)
    code = await code_of(friends, ana)
    await friends.gives_back(order, bia, 5000)
    uses = Uses(friends.shop.database, friends.store)
    # A quote from before holds, so the order has the code though it was taken back meanwhile.
    held_by = await uses.held(code)
    ((caio, _),) = await those_who_paid(friends, ana, 1)
    assert await friends.rewards(ana) == [("five-friends", "revoked")]
    await uses.release(held_by)
    await friends.happens(friends.paid(new_id(), caio, name="OrderShipped"))
    assert await friends.rewards(ana) == [("five-friends", "active")]
    assert (await code_of(friends, ana)).subject != code.subject


async def code_of(friends: Friends, user_id: UUID) -> Use:
    """A use of the customer's only code."""
    (reward,) = (await friends.own(user_id))["rewards"]
    return Use(kind="code", subject=reward["code"].lower(), most=1)


async def test_a_milestone_without_a_coupon_waits_for_one(friends: Friends, ana: UUID, tmp_path: Path) -> None:
    decide_by(friends, tmp_path / "without", TWO.replace("referral-30", "referral-31"))
    for _ in range(2):
        await friends.pays(await friends.joined(ana))
    assert ((await friends.own(ana))["counted"], await friends.rewards(ana)) == (2, [])
    decide_by(friends, tmp_path / "with", TWO)
    assert await friends.time_passes(timedelta(days=1, minutes=1)) == 1
    assert await friends.rewards(ana) == [("five-friends", "active")]


async def test_a_reward_for_an_event_waits_for_its_coupon(friends: Friends, ana: UUID, tmp_path: Path) -> None:
    decide_by(friends, tmp_path / "without", SHIPPED.replace("campaign: welcome-gift", "campaign: hello"))
    bia = await friends.customer()
    with pytest.raises(CampaignMissing, match="'welcome' gives codes of the campaign 'hello'"):
        await friends.registers(bia, await friends.code(ana))
    assert await friends.rewards(bia) == []
    decide_by(friends, tmp_path / "with", SHIPPED)
    for _ in range(2):
        await friends.registers(bia, await friends.code(ana))
    assert await friends.rewards(bia) == [("welcome", "active")]


WIN_BACK = """
signal_events: [CustomerIdle]
rewards:
  - {id: win-back, on: CustomerIdle, give: {campaign: welcome-gift, expires: 14d}, once: year}
"""


async def test_who_stays_away_gets_a_code_once_a_year(friends: Friends, ana: UUID, tmp_path: Path) -> None:
    decide_by(friends, tmp_path, SHIPPED.replace("\nrewards:\n", WIN_BACK))
    for _ in range(2):
        idle = SignalFired(name="CustomerIdle", signal_id="win-back", firing_id=str(new_id()), customer_id=str(ana))
        await friends.happens(idle)
    assert await friends.rewards(ana) == [("win-back", "active")]
    given = await friends.row("SELECT owner_id, expires_at - created_at AS holds FROM coupon_codes")
    assert (given["owner_id"], given["holds"].days) == (ana, 14)


async def test_a_birthday_brings_one_code_a_year(friends: Friends, ana: UUID) -> None:
    for at in (datetime(2027, 2, 28, 3, tzinfo=UTC), datetime(2027, 12, 31, 3, tzinfo=UTC)):
        birthday = CustomerBirthday(customer_id=str(ana), birthday_on=f"{at:%Y-%m-%d}")
        await friends.happens(birthday, at)
    assert await friends.rewards(ana) == [("birthday", "active")]
    await friends.happens(CustomerBirthday(customer_id=str(ana), birthday_on="2028-02-29"), at + timedelta(days=60))
    assert [reason for reason, _ in await friends.rewards(ana)] == ["birthday", "birthday"]
    assert [name for name, _ in await friends.told()] == ["RewardGranted", "RewardGranted"]
    given = await friends.row("SELECT campaign, owner_id FROM coupon_codes LIMIT 1")
    assert (given["campaign"], given["owner_id"]) == ("birthday-gift", ana)
