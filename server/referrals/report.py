"""What did coupons and offers cost? Every rule of the book, and every other that orders used or codes belong to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from server.decisions.books import LiveBook
from server.referrals.issued import CampaignCodes, ReportRow, UsedRule


def report_rows(live: LiveBook, used: Sequence[UsedRule], campaigns: Sequence[CampaignCodes]) -> tuple[ReportRow, ...]:
    """Coupons, then promotions that can be used up, then campaigns without a coupon; each sorted by id."""
    by_rule = {(each.kind, each.rule): each for each in used}
    by_campaign = {each.campaign: each for each in campaigns}
    of_coupon = {coupon: campaign for campaign, coupon in live.limited.campaigns.items()}
    coupons = sorted({*live.limited.coupons, *(rule for kind, rule in by_rule if kind == "coupon")})
    promotions = sorted({*live.limited.promotions, *(rule for kind, rule in by_rule if kind == "promotion")})
    written = _written(live)
    return (
        *(
            _coupon(by_rule.get(("coupon", rule)), rule, of_coupon.get(rule), written.get(rule, ()), by_campaign)
            for rule in coupons
        ),
        *(
            ReportRow(used=by_rule.get(("promotion", rule)) or UsedRule(kind="promotion", rule=rule))
            for rule in promotions
        ),
        *_without_coupon(live, campaigns),
    )


def _coupon(
    used: UsedRule | None,
    rule: str,
    campaign: str | None,
    codes: tuple[str, ...],
    by_campaign: Mapping[str, CampaignCodes],
) -> ReportRow:
    issued = by_campaign.get(campaign) if campaign is not None else None
    return ReportRow(
        used=used or UsedRule(kind="coupon", rule=rule),
        campaign=campaign,
        codes=codes,
        issued=0 if issued is None else issued.issued,
        revoked=0 if issued is None else issued.revoked,
    )


def _without_coupon(live: LiveBook, campaigns: Sequence[CampaignCodes]) -> Iterator[ReportRow]:
    for each in sorted(campaigns, key=lambda campaign: campaign.campaign):
        if each.campaign not in live.limited.campaigns:
            yield ReportRow(used=None, campaign=each.campaign, issued=each.issued, revoked=each.revoked)


def _written(live: LiveBook) -> Mapping[str, tuple[str, ...]]:
    """The codes the rule book itself has, by coupon."""
    if live.book.coupons is None:
        return {}
    return {each.coupon.id: each.coupon.codes for each in live.book.coupons.by_code.values()}
