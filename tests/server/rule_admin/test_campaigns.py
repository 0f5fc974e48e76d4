"""Nothing is given out that no coupon gives: a referrals ruleset and the coupons have to fit together."""

from __future__ import annotations

from typing import Any

from server.decisions.books import BOOKS
from server.web.call import Shop
from storage.tenancy import Store
from tests.server.rule_admin.admins import Admin
from tests.shop import Answer, expect


async def without_cases(admin: Admin, kind: str, *replacements: tuple[str, str]) -> Any:
    """A draft of what decides now, changed, and without the cases that say otherwise."""
    draft = await admin.draft(kind)
    text, tag = await admin.source(draft)
    text = text.partition("\ncases:")[0] + "\n"
    for old, new in replacements:
        assert old in text, old
        text = text.replace(old, new)
    expect(await admin.try_to_save(draft, text, tag))
    return draft


async def published(admin: Admin, draft: Any) -> Answer:
    """What comes of publishing, with every warning of the check allowed."""
    found = [each for each in (await admin.check(draft))["findings"] if each["severity"] == "warning"]
    allow = [{"code": code, "because": "a test"} for code in sorted({each["code"] for each in found})]
    return await admin.try_to_publish(draft, activate=True, allow=allow)


async def test_a_referrals_ruleset_decides_once_it_is_published(admin: Admin, shop: Shop, store: Store) -> None:
    expect(await published(admin, await without_cases(admin, "referrals", ("at: 5", "at: 4"))))
    live = shop.use(BOOKS).live(store).referrals
    assert live is not None
    assert [milestone.at for milestone in live.milestones] == [4, 10]


async def test_a_campaign_without_a_coupon_is_refused_with_those_there_are(admin: Admin) -> None:
    answer = await published(admin, await without_cases(admin, "referrals", ("referral-30", "referral-50")))
    assert (answer.status, answer.code) == (422, "ruleset_faulty")
    (fault,) = answer.json["errors"]
    assert fault["code"] == "RS374"
    assert "no coupon has the campaign 'referral-50'" in fault["message"]


async def test_a_coupon_that_works_for_everybody_is_no_reward(admin: Admin) -> None:
    expect(await published(admin, await without_cases(admin, "referrals")))
    open_to_all = ('{percent_off: 30, on: order, cap: "150.00"}\n    user_bound: true', "{percent_off: 30, on: order}")
    answer = await published(admin, await without_cases(admin, "coupons", open_to_all))
    assert [fault["code"] for fault in answer.json["errors"]] == ["RS375"]


async def test_a_coupon_that_is_given_out_cannot_be_removed(admin: Admin) -> None:
    renamed = ("campaign: referral-35", "campaign: other")
    expect(await published(admin, await without_cases(admin, "referrals")))
    answer = await published(admin, await without_cases(admin, "coupons", renamed))
    assert [fault["code"] for fault in answer.json["errors"]] == ["RS374"]


async def test_who_never_wrote_a_referrals_ruleset_writes_coupons_as_they_like(admin: Admin) -> None:
    expect(await published(admin, await without_cases(admin, "coupons", ("campaign: referral-35", "campaign: other"))))
