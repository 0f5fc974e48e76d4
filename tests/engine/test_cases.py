"""Cases stored with a ruleset: what passes, how a difference reads, which rules are not exercised."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from engine.cases import CASE_INSTANT, CaseReport, run_cases
from engine.documents.model import AnyDocument
from engine.facts.scenario import ScenarioContext
from engine.facts.vocabulary import Vocabulary, read_vocabulary
from engine.pipeline import compile_book, read_ruleset
from engine.runtime.book import Book
from engine.text.diagnostics import Diagnostic, error, render
from engine.text.source import Source

CHECKOUT = Path(__file__).resolve().parents[2]

PROMOTIONS = """\
ruleset: promotions
name: default
version: 1
vocabulary: checkout/1
currency: EUR
lanes: [{id: order, pick: best}]
rules:
  - {id: ten-off, lane: order, when: {subtotal.items: {at_least: "100.00"}}, then: {percent_off: 10, on: order}}
  - {id: tote, lane: order, when: {customer.group: vip}, then: {gift: {sku: TOTE, quantity: 1}}}
"""

SHIPPING = """\
ruleset: shipping
name: default
version: 1
vocabulary: checkout/1
currency: EUR
policy: first
zones: [{id: home, where: {destination.country: DE}}]
methods:
  - {id: standard, rates: {home: {flat: "4.90"}}}
refuse:
  - {id: heavy, when: {shipment.weight_g: {more_than: 30kg}}, code: too_heavy}
"""


def vocabulary(name: str = "checkout") -> Vocabulary:
    path = CHECKOUT / "rules" / "vocabularies" / f"{name}-1.yaml"
    found, faults = read_vocabulary(Source(path.name, path.read_text(encoding="utf-8")))
    assert found is not None, faults
    return found


VOCABULARY = vocabulary()


def document(text: str) -> AnyDocument:
    reading = read_ruleset(
        Source("rules.yaml", text), vocabularies={"checkout/1": VOCABULARY}, attachments=lambda _: None
    )
    assert reading.document is not None, [finding.message for finding in reading.diagnostics]
    return reading.document


def run(text: str, cases: str, *others: str) -> CaseReport:
    tested = document(text + "cases:\n" + cases)
    books: list[Mapping[str, str]] = []

    def book_for(wanted: Mapping[str, str], currency: str) -> tuple[Book | None, tuple[Diagnostic, ...]]:
        books.append(wanted)
        if "missing" in wanted.values():
            return None, (error("RS612", "there is no shipping ruleset 'missing'", None),)
        beside = [document(other) for other in others]
        documents = {each.head.kind: each for each in (tested, *beside) if wanted.get(each.head.kind) != "none"}
        return compile_book(documents, currency, VOCABULARY), ()

    context = ScenarioContext(vocabulary=VOCABULARY, currency="EUR", now=CASE_INSTANT)
    return run_cases(tested, book_for, context)


def shown(report: CaseReport, text: str, cases: str, code: str) -> str:
    source = Source("rules.yaml", text + "cases:\n" + cases)
    return "\n".join(render(each, {source.name: source}) for each in report.diagnostics if each.code == code)


def codes(report: CaseReport) -> list[str]:
    return [finding.code for finding in report.diagnostics]


def messages(report: CaseReport) -> list[str]:
    return [finding.message for finding in report.diagnostics]


def cart(price: str, more: str = "") -> str:
    return f'{{lines: [{{sku: A, price: "{price}", quantity: 1, weight: 400g}}], destination: {{country: DE}}{more}}}'


def case(expect: str, given: str = cart("100.00"), name: str = "a case") -> str:
    return f"  - {{name: {name}, given: {given}, expect: {{{expect}}}}}\n"


@pytest.mark.parametrize(
    ("price", "expect"),
    [
        ("99.99", 'total: "99.99", discount: 0, applied: [], not_applied: [ten-off]'),
        ("100.00", 'total: "90.00", discount: "10.00", applied: [ten-off], items: 100'),
        ("100.01", 'total: {EUR: "90.01"}, lines: {L1: {discount: "10.00", total: "90.01", unit_price: "100.01"}}'),
        ("100.00", "refused: [], gifts: [], coupons: {}, options: {}, method: none, tax: 0, shipping: 0"),
    ],
)
def test_what_holds_passes(price: str, expect: str) -> None:
    report = run(PROMOTIONS, case(expect, cart(price)))
    assert report.failed == 0
    assert [result.passed for result in report.results] == [True]


def test_a_total_that_differs_is_explained_by_its_postings() -> None:
    cases = f"""\
  - name: ten off
    given: {cart("100.00")}
    expect:
      total: "100.00"
"""
    report = run(PROMOTIONS, cases)
    assert report.failed == 1
    assert (
        shown(report, PROMOTIONS, cases, "RS602")
        == """\
error[RS602]: case 'ten off': total is 90.00, expected 100.00
  --> rules.yaml:14:7
   |
14 |       total: "100.00"
   |       ^^^^^
   = witness: expected  100.00
              got       90.00
              made of
                +100.00  item            L1  list_price
                 -10.00  order_discount  L1  ten-off     rules.yaml:8:5"""
    )


@pytest.mark.parametrize(
    ("expect", "code", "message"),
    [
        ("totals: 1", "RS601", "case 'a case': 'totals' is nothing that can be expected here"),
        ("lines: {L1: {price: 1}}", "RS601", "case 'a case': 'price' is nothing that can be expected here"),
        ('total: "1.005"', "RS610", "'1.005' has too many decimal digits (3), EUR allows at most 2"),
        ("total: [1]", "RS610", "an amount was expected here, got a list"),
        ("total: true", "RS610", "an amount was expected here, got true"),
        ("total: {USD: 1}", "RS610", "an amount in EUR was expected here, got a map"),
        ('discount: "9.99"', "RS602", "case 'a case': discount is 10.00, expected 9.99"),
        ("lines: {L2: {total: 1}}", "RS603", "case 'a case': the cart has no line 'L2'"),
        ("lines: {L1: {total: 1}}", "RS603", "case 'a case': total of line L1 is 90.00, expected 1.00"),
        (
            "lines: [L1]",
            "RS610",
            'a map from line id to amounts, as {L1: {total: "19.90"}} was expected here, got a list',
        ),
        ("applied: [tote]", "RS604", "case 'a case': applied is ten-off, expected tote"),
        ("applied: []", "RS604", "case 'a case': applied is ten-off, expected none"),
        ("not_applied: [ten-off]", "RS604", "case 'a case': 'ten-off' applied, expected that it does not"),
        ("applied: {a: 1}", "RS610", "a list of names, as [a, b]; [] for none was expected here, got a map"),
        ("refused: [too_heavy]", "RS605", "case 'a case': refused is none, expected too_heavy"),
        ("coupons: {X: applied}", "RS606", "case 'a case': coupon X is not on the cart, expected applied"),
        ("coupons: {X: valid}", "RS610", "applied, pending or rejected was expected here, got the text 'valid'"),
        ("method: standard", "RS607", "case 'a case': method is none, expected standard"),
        ("options: {standard: 1}", "RS607", "case 'a case': there is no shipping method 'standard'"),
        ("gifts: [TOTE]", "RS608", "case 'a case': gifts is none, expected 1 × TOTE"),
        ("gifts: {TOTE: 2}", "RS608", "case 'a case': gifts is none, expected 2 × TOTE"),
        ("gifts: {TOTE: two}", "RS610", "gifts, as [TOTE] or {TOTE: 2}, was expected here, got a map"),
        ("hints: [{kind: discount, ad: 1}]", "RS601", "case 'a case': a hint has no 'ad'"),
        ("hints: [{kind: party}]", "RS609", "case 'a case': no hint with kind party"),
        (
            "hints: 3",
            "RS610",
            'a list of hints, as [{kind: free_shipping, add: "0.01"}], was expected here, got the number 3',
        ),
    ],
)
def test_what_does_not_hold_or_cannot_be_read_is_said(expect: str, code: str, message: str) -> None:
    report = run(PROMOTIONS, case(expect))
    found = [finding for finding in report.diagnostics if finding.severity == "error"]
    assert [(finding.code, finding.message) for finding in found] == [(code, message)]
    assert report.failed == 1


def test_all_differences_of_all_cases_are_reported_at_once() -> None:
    report = run(PROMOTIONS, case("total: 1, discount: 1") + case("total: 1", name="another"))
    assert codes(report).count("RS602") == 3
    assert report.failed == 2


def test_hints_below_a_threshold_are_compared_by_the_keys_named() -> None:
    below = cart("99.99")
    assert run(PROMOTIONS, case('hints: [{rule: ten-off, add: "0.01"}]', below)).failed == 0
    wrong = run(PROMOTIONS, case('hints: [{rule: ten-off, add: "0.02"}]', below))
    assert [each.code for each in wrong.diagnostics if each.severity == "error"] == ["RS609"]
    assert "add 0.01" in next(each.witness for each in wrong.diagnostics if each.code == "RS609")


def test_gifts_are_counted() -> None:
    vip = cart("1.00", ", customer: {group: vip}")
    for expected in ("[TOTE]", "{TOTE: 1}", "[{sku: TOTE}]", "[{sku: TOTE, quantity: 1}]"):
        assert run(PROMOTIONS, case(f"gifts: {expected}, applied: [tote]", vip)).failed == 0
    assert "case 'a case': gifts is 1 × TOTE, expected none" in messages(run(PROMOTIONS, case("gifts: []", vip)))


def test_shipping_options_are_a_price_or_a_reason() -> None:
    light = case('options: {standard: "4.90"}, method: standard, shipping: "4.90"')
    heavy_cart = "{lines: [{sku: A, price: 1, quantity: 1, weight: 31kg}], destination: {country: DE}}"
    heavy = case("options: {standard: too_heavy}, refused: [too_heavy]", heavy_cart, "heavy")
    report = run(SHIPPING, light + heavy)
    assert report.failed == 0
    assert report.unexercised == ()
    wrong = run(SHIPPING, case("options: {standard: too_heavy}"))
    assert "case 'a case': shipping by standard is 4.90, expected too_heavy" in messages(wrong)


def test_rules_that_no_case_exercises_are_warned_about_at_their_place() -> None:
    report = run(PROMOTIONS, case("applied: [ten-off]"))
    assert [(rule.what, rule.id) for rule in report.unexercised] == [("rule", "tote")]
    found = [finding for finding in report.diagnostics if finding.code == "RS620"]
    assert [(finding.severity, str(finding.span)) for finding in found] == [("warning", "rules.yaml:9:5")]


def test_a_ruleset_without_cases_is_one_warning_not_one_for_each_rule() -> None:
    report = run(PROMOTIONS, "  []\n")
    assert codes(report) == ["RS621"]


def test_a_case_runs_with_the_rulesets_beside_it_unless_it_says_otherwise() -> None:
    assert run(PROMOTIONS, case('shipping: "4.90"'), SHIPPING).failed == 0
    without = "  - {name: alone, with: {shipping: none}, given: " + cart("100.00") + ", expect: {shipping: 0}}\n"
    assert run(PROMOTIONS, without, SHIPPING).failed == 0


@pytest.mark.parametrize(
    ("written", "code", "message"),
    [
        ("{name: a, expect: {total: 1}}", "RS611", "case 'a' has nothing in `given`"),
        ("{name: a, given: {lines: []}}", "RS611", "case 'a' has nothing in `expect`"),
        ("{name: a, given: {lines: []}, expect: {}}", "RS611", "case 'a' has nothing in `expect`"),
        ("{given: 3, expect: {total: 1}}", "RS611", "case 'case 1' has nothing in `given`"),
        ("{name: a, gives: 1, given: {lines: []}, expect: {total: 0}}", "RS611", "a case has no 'gives'"),
        (
            "{name: a, with: {coupon: none}, given: {lines: []}, expect: {total: 0}}",
            "RS611",
            "there is no ruleset kind 'coupon'",
        ),
        (
            "{name: a, with: {shipping: missing}, given: {lines: []}, expect: {total: 0}}",
            "RS612",
            "case 'a': there is no shipping ruleset 'missing'",
        ),
        (
            "{name: a, given: {linse: []}, expect: {total: 0}}",
            "RS711",
            None,
        ),
    ],
)
def test_a_case_that_cannot_be_run_is_a_finding(written: str, code: str, message: str | None) -> None:
    report = run(PROMOTIONS, f"  - {written}\n")
    found = {finding.code: finding.message for finding in report.diagnostics}
    assert code in found
    if message is not None:
        assert found[code] == message


def test_two_cases_of_one_name_are_warned_about() -> None:
    report = run(PROMOTIONS, case("items: 100") + case("items: 100"))
    assert "RS614" in codes(report)
    assert report.failed == 0


def test_a_case_without_an_instant_is_decided_at_a_fixed_one() -> None:
    timed = PROMOTIONS.replace("then: {percent_off: 10, on: order}", "then: {percent_off: 10, on: order}, until: %s")
    assert run(timed % "2026-01-01", case("applied: []")).failed == 0
    assert run(timed % "2026-01-02", case("applied: [ten-off]")).failed == 0
