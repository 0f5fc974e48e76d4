"""The report counts orders and money of each rule, and codes of each campaign."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from server.referrals.needed import Use
from server.web.call import Shop
from storage.tenancy import Store
from tests.server.referrals.desk import Desk
from tests.server.referrals.orders import Uses
from tests.shop import new_store


def spring(amount: int) -> list[Use]:
    """What an order with the coupon SPRING uses."""
    return [
        Use(kind="coupon", subject="spring", amount=amount),
        Use(kind="coupon", subject="spring", customer="user:ana", amount=amount),
        Use(kind="code", subject="spring", amount=amount),
    ]


def numbers(row: dict[str, Any]) -> tuple[int, int, int, str, str]:
    """Held, used, returned, given away and promised."""
    return row["held"], row["used"], row["returned"], row["given_away"], row["promised"]


async def test_a_shop_without_orders_has_a_row_for_each_rule(desk: Desk) -> None:
    report = await desk.report()
    coupons = [rule for kind, rule in report if kind == "coupon"]
    assert coupons == ["delivery", "first", "friend", "once", "open", "partner", "pot", "spring"]
    assert [rule for kind, rule in report if kind == "promotion"] == ["early"]
    assert {numbers(row) for row in report.values()} == {(0, 0, 0, "0.00", "0.00")}
    assert report["coupon", "spring"]["codes"] == ["SPRING", "PRIMAVERA"]
    assert report["coupon", "partner"]["campaign"] == "partners"


async def test_orders_count_once_by_what_became_of_them(desk: Desk, uses: Uses) -> None:
    await uses.held(*spring(150))
    await uses.paid(*spring(250))
    await uses.paid(*spring(300))
    await uses.release(await uses.held(*spring(999)))
    await uses.give_back(await uses.paid(*spring(777)))
    await uses.paid(Use(kind="promotion", subject="early", amount=1_200))
    report = await desk.report()
    assert numbers(report["coupon", "spring"]) == (1, 2, 1, "5.50", "1.50")
    assert numbers(report["promotion", "early"]) == (0, 1, 0, "12.00", "0.00")


async def test_codes_count_for_their_campaign(desk: Desk) -> None:
    issued = await desk.batch(3)
    one = await desk.issue()
    await desk.revoke(one["id"])
    row = (await desk.report())["coupon", "partner"]
    assert (row["issued"], row["revoked"], len(issued["codes"])) == (4, 1, 3)


async def test_rules_that_are_gone_are_still_told(desk: Desk, uses: Uses) -> None:
    await uses.paid(Use(kind="coupon", subject="last-year", amount=100))
    issued = await desk.issue()
    await uses.database.transaction(
        uses.store.id,
        lambda tx: tx.execute("UPDATE coupon_codes SET campaign = 'old' WHERE code = $1", issued["code"].lower()),
    )
    report = await desk.report()
    assert numbers(report["coupon", "last-year"]) == (0, 1, 0, "1.00", "0.00")
    assert (report["campaign", "old"]["issued"], report["campaign", "old"]["rule"]) == (1, None)


async def test_a_report_of_a_time_counts_that_time(desk: Desk, uses: Uses) -> None:
    await uses.paid(*spring(100))
    await desk.issue()
    now = datetime.now(UTC)
    before, after = [quote((now + timedelta(hours=hours)).isoformat()) for hours in (-1, 1)]
    for query, count in (
        (f"since={before}", 1),
        (f"until={after}", 1),
        (f"since={before}&until={after}", 1),
        (f"since={after}", 0),
        (f"until={before}", 0),
    ):
        report = await desk.report(query)
        assert (report["coupon", "spring"]["used"], report["coupon", "partner"]["issued"]) == (count, count), query


async def test_what_another_store_used_is_not_told(desk: Desk, shop: Shop) -> None:
    other: Store = await new_store(shop)
    await Uses(shop.database, other).paid(*spring(100))
    assert numbers((await desk.report())["coupon", "spring"]) == (0, 0, 0, "0.00", "0.00")
