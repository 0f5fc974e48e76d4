"""`sostech diff`."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

Sostech = Callable[..., Any]


def changed(path: Path, *replacements: tuple[str, str]) -> None:
    text = path.read_text(encoding="utf-8")
    for old, new in replacements:
        assert old in text, old
        text = text.replace(old, new)
    path.with_name("v2.yaml").write_text(text, encoding="utf-8")


def test_two_versions_are_compared_in_shop_words(sostech: Sostech, shop: Path) -> None:
    changed(
        shop / "rules/promotions/v1.yaml", ("version: 1", "version: 2"), ('"100.00"}}', '"80.00"}}'),
        ("percent_off: 10", "percent_off: 12.50"),
    )  # fmt: skip
    run = sostech("diff", "rules/promotions/v1.yaml", "rules/promotions/v2.yaml")
    assert (run.code, run.out) == (1, PROMOTIONS)


def test_layout_makes_no_difference(sostech: Sostech, shop: Path) -> None:
    changed(
        shop / "rules/promotions/v1.yaml", ("lanes: [{id: order, pick: best}]", "lanes:\n- pick: best\n  id: order")
    )
    run = sostech("diff", "rules/promotions/v1.yaml", "rules/promotions/v2.yaml")
    assert (run.code, run.out) == (0, "0 differences in 1 ruleset\n")
    run = sostech("diff", "rules/promotions/v1.yaml", "rules/promotions/v2.yaml", "--text")
    assert run.code == 0
    assert "\n-lanes: [{id: order, pick: best}]\n+lanes:\n+- pick: best\n+  id: order\n" in run.out


def test_folders_are_compared_by_kind_and_name_with_the_tables_beside(sostech: Sostech, shop: Path) -> None:
    (shop / "mine" / "tariffs").mkdir(parents=True)
    text = (shop / "rules/shipping/v1.yaml").read_text(encoding="utf-8")
    (shop / "mine" / "default.yaml").write_text(text, encoding="utf-8")
    (shop / "mine/tariffs/abroad.csv").write_text("destination.country,price\n,8.90\n")
    run = sostech("diff", "rules", "mine")
    assert (run.code, run.out) == (1, FOLDERS)
    found = sostech("diff", "rules", "mine", "--json").json
    assert found["ok"] is False
    assert [(each["kind"], each["after"] is None) for each in found["rulesets"]] == [
        ("promotions", True), ("shipping", False),
    ]  # fmt: skip
    assert found["rulesets"][1]["changes"] == [
        {
            "kind": "changed", "path": "tariffs/abroad.csv[].price", "before": "9.90 EUR", "after": "8.90 EUR",
            "at_before": "rules/shipping/tariffs/abroad.csv:2:2", "at_after": "mine/tariffs/abroad.csv:2:2",
            "decides": True,
        }
    ]  # fmt: skip


def test_two_kinds_are_two_rulesets(sostech: Sostech, shop: Path) -> None:
    run = sostech("diff", "rules/promotions/v1.yaml", "rules/shipping/v1.yaml")
    assert run.code == 1
    assert run.out.endswith("0 differences in 0 rulesets, 2 rulesets in one of them only\n")


def test_what_cannot_be_read_is_said_and_nothing_else(sostech: Sostech, shop: Path) -> None:
    (shop / "broken.yaml").write_text("a: [1\n")
    (shop / "other.yaml").write_text("a: 1\n")
    run = sostech("diff", "rules/promotions/v1.yaml", "broken.yaml")
    assert run.code == 1
    assert "broken.yaml:" in run.err
    assert sostech("diff", "rules/promotions/v1.yaml", "gone.yaml").code == 2
    run = sostech("diff", "other.yaml", "rules/promotions/v1.yaml", "--json")
    assert (run.code, run.json["diagnostics"][0]["code"]) == (1, "RS202")


PROMOTIONS = """\
promotions default: version 1 → version 2
  ~ rules[ten-off].when.subtotal.items.at_least: 100.00 EUR → 80.00 EUR
      rules/promotions/v1.yaml:8:66 → rules/promotions/v2.yaml:8:66
  ~ rules[ten-off].then.percent_off: 10 % → 12.5 %
      rules/promotions/v1.yaml:8:98 → rules/promotions/v2.yaml:8:97

2 differences in 1 ruleset
"""

FOLDERS = """\
promotions default: version 1 → not there

shipping default: version 1 → version 1
  ~ tariffs/abroad.csv[].price: 9.90 EUR → 8.90 EUR
      rules/shipping/tariffs/abroad.csv:2:2 → mine/tariffs/abroad.csv:2:2

1 difference in 1 ruleset, 1 ruleset in one of them only
"""
