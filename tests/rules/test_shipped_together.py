"""Do the shipped rulesets agree on what happens, so that nobody waits for what nobody announces?"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

RULES = Path(__file__).resolve().parents[2] / "rules"


def text_of(kind: str) -> str:
    """Without comments and cases."""
    text = (RULES / kind / "v1.yaml").read_text("utf-8").split("\ncases:")[0]
    return "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))


def announced_by_signals() -> set[str]:
    return set(re.findall(r"^ +then: .*?\{announce: (\w+)\}", text_of("signals"), re.MULTILINE))


@pytest.mark.parametrize("kind", ["notifications", "referrals"])
def test_what_is_awaited_of_signals_is_announced_by_one(kind: str) -> None:
    awaited = re.search(r"^signal_events: \[(.*)\]$", text_of(kind), re.MULTILINE)
    names = set() if awaited is None else set(awaited[1].split(", "))
    assert announced_by_signals()
    assert names <= announced_by_signals()


def test_every_code_that_referrals_give_has_a_coupon() -> None:
    given = set(re.findall(r"give: \{campaign: ([\w-]+)", text_of("referrals")))
    campaigns = set(re.findall(r"^ +campaign: ([\w-]+)$", text_of("coupons"), re.MULTILINE))
    assert given
    assert given <= campaigns
