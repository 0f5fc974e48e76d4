"""Who pays with the same card or account is seen as one person, by what the provider tells and nothing else."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from server.cart.snapshot import Owner
from server.ports import LONGEST_FINGERPRINT
from tests.server.orders.placed import Placed
from tests.server.payments.bank import event
from tests.server.payments.till import Till
from tests.server.referrals.friends import Friends
from tests.shop import expect


@pytest.fixture
def friends(till: Till) -> Friends:
    """People of the till's store."""
    return Friends(till.shop, till.store, till.anybody)


async def ordered(till: Till, user_id: UUID) -> tuple[Placed, dict[str, Any]]:
    """An order of a customer, and its payment that was started."""
    order = await till.order(owner=Owner("user", user_id))
    return order, await till.start(order)


async def pays_with(till: Till, user_id: UUID, fingerprint: str | None) -> None:
    """Somebody orders, and pays with this card."""
    _, payment = await ordered(till, user_id)
    assert await till.told(event("payment_succeeded", payment, fingerprint=fingerprint)) == "applied"


async def marks(till: Till) -> list[tuple[UUID, str]]:
    """Whose card, and what stands for it."""
    rows = await till.shop.database.transaction(
        till.store.id,
        lambda tx: tx.fetch("SELECT user_id, mark FROM customer_marks WHERE kind = 'payment' ORDER BY seen_at"),
    )
    return [(row["user_id"], row["mark"]) for row in rows]


async def test_a_friend_who_pays_with_the_card_of_the_inviter_is_refused_and_staff_read_why(
    till: Till, friends: Friends
) -> None:
    ana = await friends.customer()
    bia, caio = [await friends.joined(ana) for _ in range(2)]
    await pays_with(till, ana, "Xt5EWLLDS7FJjR1c")
    await pays_with(till, bia, "Xt5EWLLDS7FJjR1c")
    await pays_with(till, caio, "xt5ewllds7fjjr1C")
    for friend in (bia, caio):
        await friends.happens(friends.paid((await ordered(till, friend))[0].id, friend))
    assert await friends.invite(bia) == ("refused", "same-payment")
    assert await friends.invite(caio) == ("counted", None), "capital letters are other letters"
    (shown,) = expect(await till.staff().get("/referrals/invites?state=refused"))["items"]
    assert (shown["guard"], shown["why"]) == (
        "same-payment", "O amigo e quem convidou pagam com o mesmo cartão ou conta",
    )  # fmt: skip


async def test_the_card_itself_is_nowhere_but_in_what_the_provider_sent(till: Till, friends: Friends) -> None:
    ana = await friends.customer()
    await pays_with(till, ana, "Xt5EWLLDS7FJjR1c")
    await pays_with(till, ana, "Xt5EWLLDS7FJjR1c")
    ((who, mark),) = await marks(till)
    assert who == ana
    assert len(mark) == 32
    assert "xt5" not in mark.lower()


async def test_what_tells_the_card_alone_moves_no_money(till: Till, friends: Friends) -> None:
    ana = await friends.customer()
    order, payment = await ordered(till, ana)
    told = event("instrument_told", payment, fingerprint="f1", amount=None, currency=None)
    assert await till.told(told) == "applied"
    assert (await till.state(order), await till.money(order)) == ("payment_pending", (0, 0))
    assert [who for who, _ in await marks(till)] == [ana]
    assert await till.told(event("instrument_told", fingerprint="f2", reference="pay_nobody")) == "mistaken"
    assert len(await marks(till)) == 1


@pytest.mark.parametrize("fingerprint", [None, "", "f" * (LONGEST_FINGERPRINT + 1)])
async def test_a_payment_that_tells_no_card_leaves_no_mark(
    till: Till, friends: Friends, fingerprint: str | None
) -> None:
    await pays_with(till, await friends.customer(), fingerprint)
    assert await marks(till) == []


async def test_a_guest_has_no_mark(till: Till) -> None:
    payment = await till.start(await till.order())
    assert await till.told(event("instrument_told", payment, fingerprint="f1")) == "ignored"
    assert await till.told(event("payment_succeeded", payment, fingerprint="f1")) == "applied"
    assert await marks(till) == []
