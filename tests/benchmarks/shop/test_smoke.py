"""The benchmark of the shop measures what it says: a small run answers every request, and counts what it costs."""

import msgspec
import pytest

from tests.benchmarks.shop import bench, house, report, sizes
from tests.benchmarks.shop.results import BARE, HELLO, ORDER, Results, Round
from tests.benchmarks.shop.tally import Measured, Outcome
from tests.benchmarks.shop.targets import Target, growth


def new_results(size: sizes.Size) -> Results:
    return Results("smoke", "2026-11-21", size.clients, size.measured_seconds, size.warm_up, size.rounds, "18", "tmpfs")


@pytest.fixture(scope="module")
def results() -> Results:
    """One small run of everything: real PostgreSQL, the real program, real requests."""
    found = new_results(sizes.SMOKE)
    told: list[str] = []
    with house.opened(sizes.SMOKE) as opened:
        bench.measure(sizes.SMOKE, opened, found, told.append)
    assert len(told) == bench.turns(sizes.SMOKE)
    return found


def test_every_request_of_every_workload_is_answered_with_success(results):
    for name, series in results.series[1].items():
        assert (series.errors, series.first_error) == (0, ""), name
        assert series.rounds[0].outcome.operations > 0, name


def test_a_list_takes_three_round_trips_and_a_change_of_the_cart_four(results):
    assert results.of(1, "A").statements("list") == 3
    assert results.of(1, "B").statements("add") == 4
    assert results.of(1, "B100").statements("add") == 4
    assert results.of(1, "C").statements("coupon on") == 4
    assert {results.of(1, "E").statements(label) for label in results.of(1, "E").labels} == {4}


def test_the_page_and_the_figures_hold_every_workload_and_floor(results):
    page = report.page(results, f"before\n{report.BEGINNING}\nold figures\n{report.END}\nafter\n")

    assert page.startswith("before\n")
    assert page.endswith("after\n")
    assert "old figures" not in page
    assert "| B: add to cart up to 10 lines, 5 promotions |" in page
    assert "| B | the bare order transaction, by asyncpg alone |" in page
    written = msgspec.json.decode(results.as_json())
    assert written["series"]["1"].keys() == {"A", "B", "B100", "C", "E", HELLO, ORDER, BARE}
    assert report.summary(results).count("\n") > 10


def test_a_promise_is_kept_up_to_its_bound_and_no_further():
    assert Target("at most", 2, 2).kept
    assert not Target("at most", 2, 2.1).kept
    assert Target("at least", 2, 2, at_least=True).kept
    assert not Target("at least", 2, 1.9, at_least=True).kept


def test_growth_is_that_of_the_most_promotions_whichever_store_was_visited_first():
    found = new_results(sizes.SMOKE)
    times = {"100 promotions": 50.0, "10000 promotions": 80.0, "0 promotions": 10.0, "5 promotions": 20.0}
    by_label = {label: Measured(1, p50, p50, 4, True) for label, p50 in times.items()}
    found.add(1, "E", Round(Outcome(1.0, 0.0, by_label, 0, ""), 0.0, 0.0, 0.0))

    assert found.of(1, "E").labels == ["0 promotions", "5 promotions", "100 promotions", "10000 promotions"]
    assert growth(found, 1, 0).measured == 8
    assert not growth(found, 1, 0).kept


def test_a_run_on_a_shared_machine_says_so(results):
    quiet, shared = new_results(sizes.SMOKE), new_results(sizes.SMOKE)
    for found, others in ((quiet, 0.0), (shared, 1.5)):
        for name, series in results.series[1].items():
            for each in series.rounds:
                busy = others * each.outcome.seconds
                found.add(1, name, Round(each.outcome, each.server_cpu_seconds, each.postgres_cpu_seconds, busy))

    assert "The machine was shared" in report.figures(shared)
    assert "The machine was shared" not in report.figures(quiet)
