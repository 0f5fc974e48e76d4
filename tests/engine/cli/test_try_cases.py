"""`sostech test`."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

Sostech = Callable[..., Any]


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_cases_that_hold(sostech: Sostech, shop: Path) -> None:
    run = sostech("test", "rules")
    assert run.code == 0
    assert (
        run.out
        == """\
ok        1/1 cases, 1/1 rules exercised  rules/promotions/v1.yaml
ok        2/2 cases, 3/3 rules exercised  rules/shipping/v1.yaml
3 cases in 2 rulesets: 3 passed, 0 failed
"""
    )


def test_a_case_that_does_not_hold_fails_with_the_difference(sostech: Sostech, shop: Path) -> None:
    edit(shop / "rules/promotions/v1.yaml", "percent_off: 10", "percent_off: 11")
    run = sostech("test", "rules")
    assert run.code == 1
    assert "error[RS602]: case 'ten off': total is 89.00, expected 90.00" in run.out
    assert "-11.00  order_discount  L1  ten-off     rules/promotions/v1.yaml:8:5" in run.out
    assert "failed    0/1 cases, 1/1 rules exercised  rules/promotions/v1.yaml" in run.out


def test_json_names_cases_and_unexercised_rules(sostech: Sostech, shop: Path) -> None:
    edit(shop / "rules/shipping/v1.yaml", "{country: AT}", "{country: DE}")
    edit(shop / "rules/shipping/v1.yaml", 'shipping: "9.90"', 'shipping: "4.90"')
    found = sostech("test", "--json", "rules/shipping").json
    assert (found["ok"], found["cases"], found["failed"], found["warnings"]) == (True, 2, 0, 1)
    assert found["rulesets"][0]["unexercised"] == ["zone rest"]
    assert found["rulesets"][0]["cases"][0] == {"name": "at home", "passed": True}
    assert sostech("test", "--strict", "rules/shipping").code == 1


def test_a_case_runs_with_the_rulesets_beside_its_own(sostech: Sostech, shop: Path) -> None:
    edit(shop / "rules/promotions/v1.yaml", "quantity: 1}]}", "quantity: 1}], destination: {country: DE}}")
    assert "total is 94.90, expected 90.00" in sostech("test", "rules/promotions/v1.yaml").out
    edit(shop / "rules/promotions/v1.yaml", "name: ten off,", "name: ten off, with: {shipping: none},")
    assert sostech("test", "rules/promotions/v1.yaml").code == 0


def test_an_error_in_a_ruleset_beside_it_is_said_at_the_case(sostech: Sostech, shop: Path) -> None:
    edit(shop / "rules/shipping/v1.yaml", "policy: first", "policy: last")
    run = sostech("test", "rules/promotions/v1.yaml")
    assert run.code == 1
    assert "error[RS613]: case 'ten off' cannot be run" in run.out
    assert "rules/shipping/v1.yaml:6:9" in run.out


def test_an_unknown_ruleset_in_with_is_said_at_with(sostech: Sostech, shop: Path) -> None:
    edit(shop / "rules/promotions/v1.yaml", "name: ten off,", "name: ten off, with: {shipping: defualt},")
    run = sostech("test", "rules/promotions/v1.yaml")
    assert run.code == 1
    assert "error[RS612]: case 'ten off': there is no shipping ruleset 'defualt'" in run.out
    assert "did you mean 'default'?" in run.out


def test_presets_are_tested_but_no_part_of_the_book(sostech: Sostech, shop: Path) -> None:
    (shop / "rules/promotions/presets").mkdir()
    text = (shop / "rules/promotions/v1.yaml").read_text()
    (shop / "rules/promotions/presets/half.yaml").write_text(
        text.replace("version: 1", "version: 9").replace("percent_off: 10", "percent_off: 50")
    )
    run = sostech("test", "rules")
    assert "failed    0/1 cases, 1/1 rules exercised  rules/promotions/presets/half.yaml" in run.out
    assert "ok        2/2 cases, 3/3 rules exercised  rules/shipping/v1.yaml" in run.out


def test_a_ruleset_with_errors_is_reported_instead_of_tested(sostech: Sostech, shop: Path) -> None:
    edit(shop / "rules/promotions/v1.yaml", "pick: best", "pick: worst")
    run = sostech("test", "rules/promotions/v1.yaml")
    assert run.code == 1
    assert "rules/promotions/v1.yaml:6:27" in run.out
