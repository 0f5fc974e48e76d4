"""`sostech dry-run`."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

Sostech = Callable[..., Any]

CART = (
    '{"name": "%s", "at": "2026-01-05T12:00:00Z", "lines": [{"sku": "A", "price": "%s", "quantity": 1}], '
    '"destination": {"country": "DE"}, "expect": {"total": "%s"}}'
)


def lines_of(out: str) -> list[dict[str, Any]]:
    return [msgspec.json.decode(line) for line in out.splitlines()]


def test_one_scenario_is_shown_in_full(sostech: Sostech, shop: Path) -> None:
    run = sostech("dry-run", "cart.yaml", "--rules", "rules")
    assert run.code == 0
    rows = [" ".join(line.split()) for line in run.out.splitlines()]
    for row in (
        "2026-01-05T12:00 UTC, EUR",
        "rulesets: promotions default/1, shipping default/1",
        "L1 A 1 100.00 100.00 -10.00 90.00",
        "100.00 item L1 catalogue price",
        "-10.00 order discount L1 promotions ten-off rules/promotions/v1.yaml:8:5",
        "4.90 shipping shipping standard rules/shipping/v1.yaml:11:5",
        "94.90 = total",
        "items 100.00",
        "discount -10.00",
        "shipping 4.90 by standard",
        "total 94.90",
        "standard ← 4.90 4.90 home",
        "-10.00 promotions ten-off rules/promotions/v1.yaml:8:5",
    ):
        assert row in rows
    assert not any(line != line.rstrip() and len(line.rstrip()) == 0 for line in run.out.splitlines())


def test_json_is_one_line_with_the_whole_decision(sostech: Sostech, shop: Path) -> None:
    run = sostech("dry-run", "cart.yaml", "--rules", "rules", "--json")
    (result,) = lines_of(run.out)
    assert (result["scenario"], result["place"], result["ok"]) == ("a big one", "cart.yaml", True)
    assert result["decision"]["totals"]["total"] == "94.90"
    assert "explanation" not in result


@pytest.mark.parametrize("level", ["shopper", "admin", "full"])
def test_an_explanation_is_added_when_asked_for(sostech: Sostech, shop: Path, level: str) -> None:
    run = sostech("dry-run", "cart.yaml", "--rules", "rules", "--json", "--explain", level)
    (result,) = lines_of(run.out)
    assert result["explanation"]["level"] == level
    assert result["explanation"]["sentences"]


def test_a_batch_is_summed_up_and_expectations_are_compared(sostech: Sostech, shop: Path) -> None:
    (shop / "carts.jsonl").write_text(
        "\n".join([CART % ("small", "10.00", "14.90"), "", CART % ("wrong", "100.00", "100.00")]) + "\n"
    )
    run = sostech("dry-run", "carts.jsonl", "--rules", "rules")
    assert run.code == 1
    rows = [" ".join(line.split()) for line in run.out.splitlines()]
    assert "small 14.90 EUR 0.00 4.90" in rows
    assert "wrong 94.90 EUR -10.00 4.90 ten-off not as expected" in rows
    assert rows[-1] == "2 scenarios: 2 decided, 1 with findings"
    assert "error[RS602]: scenario 'wrong': total is 94.90, expected 100.00" in run.err
    assert "--> carts.jsonl:3:1:" in run.err


def test_a_batch_as_json_is_one_result_a_line_in_order(sostech: Sostech, shop: Path) -> None:
    carts = [CART % (f"cart {number}", "10.00", "14.90") for number in range(60)]
    (shop / "carts.jsonl").write_text("\n".join([*carts, "{broken"]) + "\n")
    run = sostech("dry-run", "carts.jsonl", "--rules", "rules", "--json")
    results = lines_of(run.out)
    assert run.code == 1
    assert [result["ok"] for result in results] == [True] * 60 + [False]
    assert results[59]["scenario"] == "cart 59"
    assert (results[60]["place"], results[60]["decision"]) == ("carts.jsonl:61", None)
    assert results[60]["diagnostics"][0]["code"].startswith("RS1")


def test_a_file_may_hold_a_list_or_several_documents(sostech: Sostech, shop: Path) -> None:
    (shop / "list.yaml").write_text(f"- {CART % ('a', '10.00', '14.90')}\n- {CART % ('b', '10.00', '14.90')}\n")
    (shop / "stream.yaml").write_text(f"--- {CART % ('c', '10.00', '14.90')}\n--- {CART % ('d', '10.00', '14.90')}\n")
    run = sostech("dry-run", "list.yaml", "stream.yaml", "--rules", "rules", "--json")
    assert [result["scenario"] for result in lines_of(run.out)] == ["a", "b", "c", "d"]
    assert run.code == 0


@pytest.mark.parametrize("text", [CART % ("a", "10.00", "14.90"), "lines: [{sku: A, price: 1, quantity: 1}]\n"])
def test_standard_input_is_read_for_a_dash(sostech: Sostech, shop: Path, text: str) -> None:
    run = sostech("dry-run", "-", "--rules", "rules", "--json", stdin=text)
    assert run.code == 0
    assert lines_of(run.out)[0]["ok"]


def test_at_decides_as_of_another_instant(sostech: Sostech, shop: Path) -> None:
    rules = shop / "rules/promotions/v1.yaml"
    rules.write_text(rules.read_text().replace("on: order}}", "on: order}, from: 2026-02-01}", 1))
    before = lines_of(sostech("dry-run", "cart.yaml", "--rules", "rules", "--json").out)[0]
    after = lines_of(sostech("dry-run", "cart.yaml", "--rules", "rules", "--json", "--at", "2026-02-01T00:00:00Z").out)[
        0
    ]
    assert (before["decision"]["totals"]["total"], after["decision"]["totals"]["total"]) == ("104.90", "94.90")


def test_rulesets_may_stand_inside_the_scenario_or_be_named_by_path(sostech: Sostech, shop: Path) -> None:
    (shop / "inline.yaml").write_text(
        "name: inline\n"
        "at: 2026-01-05T12:00:00Z\n"
        "rules:\n"
        "  - rules/shipping/v1.yaml\n"
        "  - ruleset: promotions\n"
        "    name: mine\n"
        "    version: 1\n"
        "    vocabulary: checkout/1\n"
        "    currency: EUR\n"
        "    lanes: [{id: order, pick: best}]\n"
        "    rules: [{id: half, lane: order, then: {percent_off: 50, on: order}}]\n"
        'lines: [{sku: A, price: "100.00", quantity: 1}]\n'
        "destination: {country: DE}\n"
        'expect: {total: "54.90", applied: [half]}\n'
    )
    run = sostech("dry-run", "inline.yaml")
    assert run.code == 0, run.err
    assert "inline.yaml:11:13" in run.out


def test_rules_on_the_command_line_win_over_those_the_scenario_names(sostech: Sostech, shop: Path) -> None:
    other = shop / "other/promotions"
    other.mkdir(parents=True)
    text = (shop / "rules/promotions/v1.yaml").read_text()
    (other / "v1.yaml").write_text(text.replace("percent_off: 10", "percent_off: 50"))
    (shop / "named.yaml").write_text((shop / "cart.yaml").read_text() + "rules: rules\n")
    assert "= total" in sostech("dry-run", "named.yaml").out
    totals = [
        lines_of(sostech("dry-run", "named.yaml", "--json", *words).out)[0]["decision"]["totals"]["total"]
        for words in ((), ("--rules", "other"), ("--use", "promotions=none"))
    ]
    assert totals == ["94.90", "50.00", "104.90"]


def test_refusals_with_the_same_code_are_counted(sostech: Sostech, shop: Path) -> None:
    (shop / "rules/checkout").mkdir()
    (shop / "rules/checkout/v1.yaml").write_text(
        "ruleset: checkout\nname: default\nversion: 1\nvocabulary: checkout/1\ncurrency: EUR\n"
        "require: [customer.email, customer.group, destination.country]\n"
        'minimum_order: {amount: "500.00", of: subtotal.after_discounts, tax: included}\n'
    )
    (shop / "carts.jsonl").write_text("\n".join([CART % ("a", "10.00", "14.90"), CART % ("b", "10.00", "14.90")]))
    run = sostech("dry-run", "carts.jsonl", "--rules", "rules")
    rows = [" ".join(line.split()) for line in run.out.splitlines()]
    assert "a 14.90 EUR 0.00 4.90 refused: fact_missing ×2, minimum_order" in rows
    assert rows[-1] == "2 scenarios: 2 decided (2 of them refused), 0 with findings"


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        ("nowhere", "there is no ruleset or folder 'nowhere'"),
        ("[cart.yaml]", "this is not a ruleset"),
        ("[[a]]", "`rules` is a folder, or a list of rulesets: each a path or written inline"),
        ("[{ruleset: promotion}]", "there is no kind of ruleset 'promotion'"),
    ],
)
def test_rules_that_cannot_be_found_are_a_finding(sostech: Sostech, shop: Path, rules: str, message: str) -> None:
    (shop / "bad.yaml").write_text(f"rules: {rules}\nstore: {{currency: EUR}}\nlines: []\n")
    run = sostech("dry-run", "bad.yaml")
    assert run.code == 1
    assert message in run.err


def test_one_ruleset_of_a_kind_can_be_chosen_or_left_out(sostech: Sostech, shop: Path) -> None:
    text = (shop / "rules/promotions/v1.yaml").read_text()
    (shop / "rules/promotions/summer.yaml").write_text(
        text.replace("name: default", "name: summer").replace("percent_off: 10", "percent_off: 20")
    )
    totals = {
        use: lines_of(sostech("dry-run", "cart.yaml", "--rules", "rules", "--json", "--use", use).out)[0]["decision"][
            "totals"
        ]["total"]
        for use in ("promotions=default", "promotions=summer", "promotions=summer/1", "promotions=none")
    }
    assert list(totals.values()) == ["94.90", "84.90", "84.90", "104.90"]


def test_without_a_default_the_choice_has_to_be_made(sostech: Sostech, shop: Path) -> None:
    text = (shop / "rules/promotions/v1.yaml").read_text()
    for name in ("spring", "summer"):
        (shop / f"rules/promotions/{name}.yaml").write_text(text.replace("name: default", f"name: {name}"))
    (shop / "rules/promotions/v1.yaml").unlink()
    run = sostech("dry-run", "cart.yaml", "--rules", "rules")
    assert run.code == 1
    assert "error[RS906]" in run.err
    assert "--use promotions=spring" in run.err


def test_a_cart_in_another_currency_is_a_finding(sostech: Sostech, shop: Path) -> None:
    (shop / "usd.yaml").write_text("store: {currency: USD}\nlines: []\n")
    run = sostech("dry-run", "usd.yaml", "--rules", "rules")
    assert run.code == 1
    assert "has no amounts in USD" in run.err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("cart.yaml", "--at", "tomorrow"), "--at 'tomorrow'"),
        (("cart.yaml", "--rules", "nowhere"), "'nowhere' is not a folder of rulesets"),
        (("cart.yaml", "--use", "promotions"), "--use 'promotions' is not KIND=NAME"),
        (("cart.yaml", "--use", "promotion=x"), "did you mean 'promotions'?"),
        (("gone.yaml",), "error[RS901]: cannot read 'gone.yaml': No such file or directory"),
    ],
)
def test_a_wrong_call_is_exit_2(sostech: Sostech, shop: Path, words: tuple[str, ...], message: str) -> None:
    run = sostech("dry-run", *words)
    assert run.code == 2
    assert message in run.err
    assert run.out == ""
