"""Are values, stretches and carts said as an author would write them?"""

from zoneinfo import ZoneInfo

import pytest

from engine.boxes.box import Box
from engine.boxes.values import ValueSet
from engine.documents.conditions import ALWAYS, Aggregate
from engine.facts.vocabulary import Vocabulary
from engine.lint.domain import Domain
from engine.lint.wording import Wording, quoted
from tests.engine.lint.conditions import span

SOCKS = "lines[line.category under socks/].quantity"


@pytest.fixture
def words(vocabulary: Vocabulary) -> Wording:
    aggregate = Aggregate(SOCKS, "quantity", ALWAYS, span(1))
    return Wording(Domain(vocabulary, {SOCKS: aggregate}), "BRL", ZoneInfo("America/Sao_Paulo"))


@pytest.mark.parametrize(
    ("axis", "values", "said"),
    [
        ("subtotal.items", ValueSet.interval(15000, None), "subtotal.items = 150.00"),
        ("shipment.weight_g", ValueSet.interval(None, 500).known_complement(), "shipment.weight_g = 500g"),
        ("destination.country", ValueSet.point("PT"), "destination.country = PT"),
        ("destination.country", ValueSet.point("BR").known_complement(), "destination.country = GB"),
        ("destination.postcode", ValueSet.interval("01000000", "06000000"), "destination.postcode = 01000000"),
        ("line.category", ValueSet.prefix("clothing/socks/"), "line.category = clothing/socks"),
        ("coupon.present", ValueSet.point(1), "coupon.present = true"),
        ("now.weekday", ValueSet.point(4), "now.weekday = fri"),
        ("customer.email", ValueSet.only_missing(), "customer.email is missing"),
        ("customer.email", ValueSet.known(), "customer.email = x"),
        ("customer.tags∋press", ValueSet.point(1), "customer.tags has press"),
        ("customer.tags∋press", ValueSet.point(0), "customer.tags lacks press"),
        ("customer.tags∋", ValueSet.known(), "customer.tags is known"),
        (SOCKS, ValueSet.interval(3, None), f"{SOCKS} = 3"),
        ("customer.orders_paid", ValueSet.interval(5, None).with_missing(), "any cart"),
        ("cart.item_count", ValueSet.interval(0, None), "any cart"),
    ],
)
def test_smallest_cart(words: Wording, axis: str, values: ValueSet, said: str) -> None:
    assert words.cart(Box({axis: values})) == said


def test_facts_of_a_cart_are_joined(words: Wording) -> None:
    box = Box({"destination.country": ValueSet.point("BR"), "cart.item_count": ValueSet.interval(3, None)})
    assert words.cart(box) == "cart.item_count = 3, destination.country = BR"


@pytest.mark.parametrize(
    ("interval", "said"),
    [
        ((20, 21), "at 20g"),
        ((501, 600), "from 501g to below 600g"),
        ((2001, None), "from 2.001kg on"),
        ((None, 1), "below 1g"),
        ((None, None), "everywhere"),
    ],
)
def test_stretch(words: Wording, interval: tuple[int | None, int | None], said: str) -> None:
    assert words.stretch("shipment.weight_g", interval) == said


@pytest.mark.parametrize(
    ("names", "said"),
    [
        ([], "nothing"),
        (["a"], "'a'"),
        (["a", "b", "a"], "'a' and 'b'"),
        (["a", "b", "c"], "'a', 'b' and 'c'"),
        (["a", "b", "c", "d", "e"], "'a', 'b', 'c' and 2 more"),
    ],
)
def test_names_are_quoted_and_counted(names: list[str], said: str) -> None:
    assert quoted(names) == said
