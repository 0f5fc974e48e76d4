"""Can every part of a document be found again by its path?"""

import pytest

from engine.text.load import load
from engine.text.nodes import Mapping, Node, Scalar, to_plain
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
