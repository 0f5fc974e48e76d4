"""The benchmark of the shop measures what it says: a small run answers every request, and counts what it costs."""

import asyncio

import asyncpg
import msgspec
import pytest

from tests.benchmarks.shop import bench, house, report, sizes
from tests.benchmarks.shop.contest import CARTS, LEFT
from tests.benchmarks.shop.load import Caller, Job, Journey, Request, Step
from tests.benchmarks.shop.results import BARE, HELLO, ORDER, Results, Round
from tests.benchmarks.shop.tally import Measured, Outcome, Tally
from tests.benchmarks.shop.targets import Target, growth


def new_results(size: sizes.Size) -> Results:
    return Results("smoke", "2026-11-21", size.clients, size.measured_seconds, size.warm_up, size.rounds, "18", "tmpfs")


_PAID = """
SELECT count(DISTINCT o.id) AS orders, coalesce(sum(l.quantity), 0)::int AS units,
       (SELECT sum(1000000 - on_hand)::int FROM stock_levels WHERE on_hand > 1000) AS taken
  FROM orders o JOIN order_lines l ON l.order_id = o.id WHERE o.state = 'paid'
"""


async def count_paid(opened: house.House) -> asyncpg.Record:
    """Orders, their units, and what is out of stock; the few that F has left on the shelf are none of it."""
    connection = await asyncpg.connect(opened.database.url)
    try:
        return await connection.fetchrow(_PAID)
    finally:
        await connection.close()


@pytest.fixture(scope="module")
def small_run() -> tuple[Results, asyncpg.Record]:
    """One small run of everything: real PostgreSQL, the real program, real requests. And what is paid afterwards."""
    found = new_results(sizes.SMOKE)
    told: list[str] = []
    with house.opened(sizes.SMOKE) as opened:
        bench.measure(sizes.SMOKE, opened, found, told.append)
        paid = asyncio.run(count_paid(opened))
    assert len(told) == bench.turns(sizes.SMOKE)
    return found, paid


@pytest.fixture
def results(small_run) -> Results:
    """What was measured."""
    return small_run[0]


def test_every_request_of_every_workload_is_answered_with_success(results):
    for name, series in results.series[1].items():
        assert (series.errors, series.first_error) == (0, ""), name
        assert series.rounds[0].outcome.operations > 0, name


def test_a_list_takes_three_round_trips_a_change_of_the_cart_four_and_a_code_five(results):
    assert results.of(1, "A").statements("list") == 3
    assert results.of(1, "B").statements("add") == 4
    assert results.of(1, "B100").statements("add") == 4
    # Five: that a code was accepted is announced.
    assert results.of(1, "C").statements("coupon on") == 5
    assert {results.of(1, "E").statements(label) for label in results.of(1, "E").labels} == {4}


def test_an_order_takes_six_round_trips(results):
    assert results.of(1, "P").statements("order") == 6


def test_of_a_whole_checkout_only_the_whole_counts_and_its_units_are_out_of_stock(small_run):
    results, paid = small_run
    checkouts = results.of(1, "D")
    assert checkouts.labels == ["checkout"]
    assert checkouts.rounds[0].requests_per_operation > checkouts.rounds[0].times_per_operation("D order")
    assert paid["taken"] == paid["units"] == 3 * paid["orders"]
    assert paid["orders"] >= checkouts.rounds[0].outcome.operations > 0


def test_the_last_units_are_sold_once_and_everybody_else_is_told(results):
    assert len(results.contests[1]) == sizes.SMOKE.contests
    for contest in results.contests[1]:
        assert (contest.orders, contest.refusals, contest.others) == (LEFT, CARTS - LEFT, [])


def test_a_step_is_filled_with_what_was_said_and_counts_its_bytes():
    journey = Journey(Tally())
    first, second = Step(takes={"name": rb'"name":"([^"]+)"'}, begins=True), Step(body=b'{"to":"{{name}}"}')
    assert (
        journey.content(Request("first", b"GET / HTTP/1.1\r\n\r\n", False, first), first) == b"GET / HTTP/1.1\r\n\r\n"
    )
    assert journey.goes_on(first, b'HTTP/1.1 200 OK\r\n\r\n{"name":"Ana"}')
    sent = journey.content(Request("second", b"PUT /{{name}} HTTP/1.1\r\n", False, second), second)
    assert sent == b'PUT /Ana HTTP/1.1\r\nContent-Length: 12\r\n\r\n{"to":"Ana"}'


def test_an_operation_with_a_failure_in_it_does_not_count():
    tally = Tally()
    tally.is_measuring = True
    journey, begins, ends = Journey(tally), Step(begins=True), Step(until=b"paid", ends="checkout")
    for failures in (0, 1):
        journey.content(Request("begins", b"", False, begins), begins)
        assert journey.goes_on(begins, b"")
        if failures:
            journey.fail("500")
        assert not journey.goes_on(ends, b"pending")
        assert journey.goes_on(ends, b"paid")
    assert (tally.errors, len(tally.nanoseconds["checkout"])) == (1, 1)


def test_a_job_reaches_the_load_client_as_it_was_written():
    step = Step(body=b"{}", takes={"a": b"(b)"}, until=b"c", ends="d")
    job = Job(0.1, 0.2, [Caller(80, [Request("a", b"b", False, step), Request("c", b"d")], False, True)])
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(job), type=Job) == job


def test_the_page_and_the_figures_hold_every_workload_and_floor(results):
    page = report.page(results, f"before\n{report.BEGINNING}\nold figures\n{report.END}\nafter\n")

    assert page.startswith("before\n")
    assert page.endswith("after\n")
    assert "old figures" not in page
    assert "| B: add to cart up to 10 lines, 5 promotions |" in page
    assert "| B | the bare order transaction, by asyncpg alone |" in page
    assert "| P | the bare order transaction, by asyncpg alone |" in page
    assert "| D, a whole checkout | 4.0/s | 1.7/s | 0.5/s |" in page
    assert "| F, orders for the last 5 units, 16 carts at once | 16 | 6, two processes | 5 | 5 |" in page
    written = msgspec.json.decode(results.as_json())
    assert written["series"]["1"].keys() == {"A", "B", "B100", "C", "S", "P", "D", "E", HELLO, ORDER, BARE}
    assert len(written["contests"]["1"]) == sizes.SMOKE.contests
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
        found.contests = results.contests
        for name, series in results.series[1].items():
            for each in series.rounds:
                busy = others * each.outcome.seconds
                found.add(1, name, Round(each.outcome, each.server_cpu_seconds, each.postgres_cpu_seconds, busy))

    assert "The machine was shared" in report.figures(shared)
    assert "The machine was shared" not in report.figures(quiet)
