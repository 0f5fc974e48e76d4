"""The benchmark measures what it says: everybody decides the same, and a run writes its files."""

import json
from datetime import UTC, datetime

import pytest

pytest.importorskip("zen", reason="needs requirements/bench.txt")
pytest.importorskip("matplotlib", reason="needs requirements/bench.txt")

from engine.pipeline import evaluate
from tests.benchmarks import adversarial, bench, contestants, rulesets
from tests.benchmarks import workload as w1
from tests.benchmarks.results import Results
from tests.benchmarks.targets import Target


@pytest.mark.parametrize("size", [8, 100, 400])
def test_all_engines_give_the_same_totals_on_random_carts(size):
    book = contestants.book_of(size, rulesets.vocabularies())

    assert contestants.check_agreement(size, book, count=60) == 60 + contestants.TIMED_CARTS


def test_a_contestant_that_decides_otherwise_is_caught():
    known = rulesets.vocabularies()

    with pytest.raises(rulesets.BadBenchmark, match=r"100 rules: .* says"):
        contestants.check_agreement(100, contestants.book_of(8, known), count=60)


def test_timed_carts_match_the_same_rules_whatever_the_number_of_rules():
    known = rulesets.vocabularies()
    few, many = contestants.book_of(8, known), contestants.book_of(500, known)

    for data in w1.timed_carts(contestants.TIMED_CARTS):
        cart = rulesets.cart(data)
        one, other = evaluate(few, cart), evaluate(many, cart)
        assert one.applied == other.applied
        assert len(one.applied) >= 3
        assert one.coupons[0].state == "applied"


@pytest.mark.parametrize("family", adversarial.FAMILIES, ids=lambda family: family.name)
def test_an_adversarial_family_decides_the_same_with_few_rules_and_with_many(family):
    few, many = adversarial.contestants(family, rulesets.vocabularies(), 200)

    assert few.run(few.inputs[0]).totals == many.run(many.inputs[0]).totals


def test_a_promise_is_kept_up_to_its_bound_and_no_further():
    assert Target("at most", 2, 2).kept
    assert not Target("at most", 2, 2.1).kept
    assert Target("at least", 2, 2, at_least=True).kept
    assert not Target("at least", 2, 1.9, at_least=True).kept


def test_a_quick_run_writes_page_picture_and_figures(tmp_path):
    results = Results("quick", datetime(2026, 11, 21, tzinfo=UTC).date().isoformat(), bench.QUICK.rounds)
    told: list[str] = []

    bench.measure(bench.QUICK, results, told.append)
    page, picture, figures = bench.write(results, tmp_path)

    assert told
    assert "| by hand, scan |" in page.read_text(encoding="utf-8")
    assert picture.read_bytes().startswith(b"\x89PNG")
    written = json.loads(figures.read_text(encoding="utf-8"))
    assert written["decision_us"].keys() == {"8", "100"}
    assert written["families_us"].keys() == {family.name for family in adversarial.FAMILIES}
