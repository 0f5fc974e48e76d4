"""Are vocabularies read completely, with all faults at once, and are those we ship fit to be read?"""

from pathlib import Path

import pytest

from engine.facts.given import attribute_scope, is_given, line_keys, sections
from engine.facts.vocabulary import STAGES, Fact, PermissibleAction, Vocabulary, read_vocabulary, stage_rank
from engine.text.diagnostics import render
from engine.text.source import Source

SHIPPED = sorted((Path(__file__).resolve().parents[3] / "rules" / "vocabularies").glob("*.yaml"))


def shipped(name: str) -> Vocabulary:
    path = next(path for path in SHIPPED if path.name == name)
    vocabulary, faults = read_vocabulary(Source(name, path.read_text("utf-8")))
    assert faults == ()
    assert vocabulary is not None
    return vocabulary


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name)
def test_shipped_vocabulary_is_read_and_named_like_its_file(path: Path) -> None:
    vocabulary = shipped(path.name)
    assert f"{vocabulary.name}-{vocabulary.version}.yaml" == path.name
    assert vocabulary.ref == f"{vocabulary.name}/{vocabulary.version}"


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name)
def test_every_shipped_fact_is_explained_in_a_sentence(path: Path) -> None:
    unexplained = [fact.name for fact in shipped(path.name).facts.values() if not fact.about.endswith(".")]
    assert unexplained == []


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name)
def test_every_shipped_action_is_explained_in_a_sentence(path: Path) -> None:
    unexplained = [action.name for action in shipped(path.name).actions.values() if not action.about.endswith(".")]
    assert unexplained == []


def test_action_has_all_that_is_written() -> None:
    actions = shipped("access-1.yaml").actions
    assert actions["orders.refund"] == PermissibleAction("orders.refund", True, "Give money of an order back.")
    assert actions["cart.own"] == PermissibleAction("cart.own", False, "Fill and change the own cart.")
    assert shipped("order-1.yaml").actions == {}


def test_fact_has_all_that_is_written() -> None:
    assert shipped("checkout-1.yaml").find("line.cost") == Fact(
        name="line.cost",
        type="money",
        scope="line",
        stage="request",
        missing=True,
        about="What one unit costs the shop.",
    )
    assert shipped("checkout-1.yaml").find("line.colour") is None


def test_stages_rank_in_the_order_they_run() -> None:
    assert [stage_rank(stage) for stage in STAGES] == list(range(9))


def test_attributes_are_added_and_published_facts_keep_their_meaning() -> None:
    vocabulary = shipped("checkout-1.yaml")
    own = Fact("line.attr.material", "code", "line", "request", True, "")
    stolen = Fact("line.cost", "code", "line", "request", True, "")
    wider = vocabulary.with_attributes({own.name: own, stolen.name: stolen})
    assert wider.find("line.attr.material") is own
    assert wider.find("line.cost") == vocabulary.find("line.cost")
    assert wider.ref == vocabulary.ref
    assert vocabulary.find("line.attr.material") is None


@pytest.mark.parametrize(
    ("name", "scope"),
    [
        ("line.attr.material", "line"),
        ("customer.attr.tier_2", "cart"),
        ("cart.attr.x", "cart"),
        ("order.attr.x", None),
        ("line.attr.", None),
        ("line.attr.Material", None),
        ("line.attr.a.b", None),
        ("line.material", None),
    ],
)
def test_attribute_belongs_to_line_customer_or_cart(name: str, scope: str | None) -> None:
    assert attribute_scope(name) == scope


def test_what_is_worked_out_is_not_given() -> None:
    vocabulary = shipped("checkout-1.yaml")
    worked_out = {
        "now",
        "now.weekday",
        "customer.signed_in",
        "coupon.code",
        "cart.item_count",
        "line.unit_price",
        "total",
    }
    assert [name for name in worked_out if is_given(vocabulary.facts[name])] == []
    assert set(sections(vocabulary)) == {"customer", "destination", "payment", "cart"}
    assert set(sections(vocabulary)["cart"]) == {"tags"}
    assert line_keys(vocabulary)["price"].name == "line.list_price"
    assert "unit_price" not in line_keys(vocabulary)


BROKEN = """\
vocabulary: checkout
version: one
facts:
  cart.count: {type: cuont, scope: cart, stage: request, missing: false, about: Lines.}
  Cart.Total: {type: money, scope: cart, stage: pricing, missing: maybe, about: ""}
  cart.tags: {type: codes, scop: cart, stage: request, missing: true, about: Labels.}
  cart.none: codes
"""

BROKEN_FINDINGS = """\
error[RS701]: the version must be a whole number from 1 on
 --> broken.yaml:2:10
  |
2 | version: one
  |          ^^^
error[RS702]: there is no type 'cuont'
 --> broken.yaml:4:22
  |
4 |   cart.count: {type: cuont, scope: cart, stage: request, missing: false, about: Lines.}
  |                      ^^^^^
  = hint: did you mean 'count'?
error[RS701]: 'Cart.Total' is not the name of a fact
 --> broken.yaml:5:3
  |
5 |   Cart.Total: {type: money, scope: cart, stage: pricing, missing: maybe, about: ""}
  |   ^^^^^^^^^^
  = hint: write lower-case words joined by dots, as in customer.orders_paid
error[RS701]: 'missing' must be true or false
 --> broken.yaml:5:67
  |
5 |   Cart.Total: {type: money, scope: cart, stage: pricing, missing: maybe, about: ""}
  |                                                                   ^^^^^
error[RS701]: 'about' must be a text
 --> broken.yaml:5:81
  |
5 |   Cart.Total: {type: money, scope: cart, stage: pricing, missing: maybe, about: ""}
  |                                                                                 ^^
error[RS701]: 'scope' is missing
 --> broken.yaml:6:14
  |
6 |   cart.tags: {type: codes, scop: cart, stage: request, missing: true, about: Labels.}
  |              ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
error[RS702]: the fact 'cart.tags' has no key 'scop'
 --> broken.yaml:6:28
  |
6 |   cart.tags: {type: codes, scop: cart, stage: request, missing: true, about: Labels.}
  |                            ^^^^
  = hint: did you mean 'scope'?
error[RS701]: the fact 'cart.none' must be a map
 --> broken.yaml:7:14
  |
7 |   cart.none: codes
  |              ^^^^^"""


def test_all_faults_of_a_vocabulary_are_reported_at_once() -> None:
    source = Source("broken.yaml", BROKEN)
    vocabulary, faults = read_vocabulary(source)
    assert vocabulary is None
    assert "\n".join(render(fault, {"broken.yaml": source}) for fault in faults) == BROKEN_FINDINGS


def test_faults_of_actions_are_located() -> None:
    text = (
        "vocabulary: a\nversion: 1\nactions:\n"
        "  Refund: {about: X.}\n  b.c: {amount: much, about: X.}\n  b.d: {abuot: X.}\n  b.e: X.\n"
    )
    vocabulary, faults = read_vocabulary(Source("v", text))
    assert vocabulary is None
    assert [(fault.code, fault.message, fault.span and fault.span.line) for fault in faults] == [
        ("RS701", "'Refund' is not the name of an action", 4),
        ("RS701", "'amount' must be true or false", 5),
        ("RS701", "'about' is missing", 6),
        ("RS702", "the action 'b.d' has no key 'abuot'", 6),
        ("RS701", "the action 'b.e' must be a map", 7),
    ]


@pytest.mark.parametrize("text", ["", "[]", "5", "vocabulary: x", "facts: []", "a: [", "version: true"])
def test_what_is_no_vocabulary_is_refused(text: str) -> None:
    vocabulary, faults = read_vocabulary(Source("v", text))
    assert vocabulary is None
    assert faults
