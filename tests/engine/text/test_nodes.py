"""Can every part of a document be found again by its path?"""

import pytest

from engine.text.load import load
from engine.text.nodes import Mapping, Node, Scalar, Sequence, key_at, node_at, to_plain
from engine.text.source import Source

TEXT = """\
when:
  customer.group: {in: [member, vip]}
  lines: []
"1": one
"""


@pytest.fixture
def document() -> Node:
    node = load(Source("x", TEXT)).node
    assert node is not None
    return node


def test_plain_value_keeps_order_and_text_keys(document: Node) -> None:
    plain = to_plain(document)
    assert plain == {"when": {"customer.group": {"in": ["member", "vip"]}, "lines": []}, "1": "one"}
    assert isinstance(plain, dict)
    assert list(plain) == ["when", "1"]


def test_mapping_gives_values_and_keys(document: Node) -> None:
    assert isinstance(document, Mapping)
    assert document.keys() == ("when", "1")
    assert isinstance(document.get("1"), Scalar)
    assert document.get("missing") is None
    assert document.entry("missing") is None


def test_node_at_follows_keys_and_positions(document: Node) -> None:
    node = node_at(document, ["when", "customer.group", "in", 1])
    assert isinstance(node, Scalar)
    assert (node.value, str(node.span)) == ("vip", "x:2:33")


@pytest.mark.parametrize("path", [["when", "lines", 0], ["when", "lines", -1], ["when", "lines", "x"]])
def test_node_at_stops_at_the_deepest_node_that_exists(document: Node, path: list[str | int]) -> None:
    node = node_at(document, path)
    assert isinstance(node, Sequence)
    assert str(node.span) == "x:3:10"


def test_key_at_finds_the_key_of_a_value(document: Node) -> None:
    key = key_at(document, ["when", "customer.group", "in"])
    assert key is not None
    assert (key.text, str(key.span)) == ("in", "x:2:20")


@pytest.mark.parametrize("path", [[], ["no"], ["no", "deeper"], ["when", "customer.group", "in", 0], ["1", "x"]])
def test_key_at_is_none_where_no_key_leads(document: Node, path: list[str | int]) -> None:
    assert key_at(document, path) is None
