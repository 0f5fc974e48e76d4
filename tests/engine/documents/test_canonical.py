"""Does the hash of a ruleset change exactly when its meaning may have changed?"""

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.documents.canonical import canonical, ruleset_hash
from engine.text.load import load
from engine.text.nodes import Entry, Mapping, Node, Sequence
from engine.text.source import Source

BASE = 'name: a\nversion: 1\nrules: [{id: x, percent: 1.50}, {id: "2"}]\n'


def node(text: str) -> Node:
    found = load(Source("a.yaml", text)).node
    assert found is not None
    return found


def no_table(_path: str) -> Source | None:
    return None


def test_canonical_text_is_json_with_sorted_keys() -> None:
    assert canonical(node(BASE), no_table).decode() == (
        '{"document":{"name":"a","rules":[{"id":"x","percent":1.5},{"id":"2"}],"version":1},"tables":{}}'
    )


@pytest.mark.parametrize(
    "same",
    [
        'version: 1\nrules: [{percent: 1.5, id: x}, {id: "2"}]\nname: a\n',
        "# a comment\nname: a\nversion: 1\nrules:\n  - id: x\n    percent: 1.500\n  - {id: '2'}\n",
        BASE + "summary: other words\ncases: [{name: b}]\nallow: [{code: RS420, because: fine}]\n",
    ],
)
def test_layout_order_of_keys_and_comments_do_not_count(same: str) -> None:
    assert ruleset_hash(node(same), no_table) == ruleset_hash(node(BASE), no_table)


@pytest.mark.parametrize(
    "other",
    [
        BASE.replace("1.50", "1.51"),
        BASE.replace('"2"', "2"),
        BASE.replace("version: 1", "version: 2"),
        'name: a\nversion: 1\nrules: [{id: "2"}, {id: x, percent: 1.50}]\n',
        BASE + "define: {summary: {x: 1}}\n",
    ],
)
def test_values_and_order_of_lists_count(other: str) -> None:
    assert ruleset_hash(node(other), no_table) != ruleset_hash(node(BASE), no_table)


def test_content_of_tables_counts_and_their_line_ends_do_not() -> None:
    rate = node("rates: {local: {table: t.csv}}")
    hashes = [
        ruleset_hash(rate, lambda path, text=text: Source(path, text))  # type: ignore[misc]
        for text in ("price\n1\n", "price\r\n1\r\n", "price\n2\n")
    ]
    assert hashes[0] == hashes[1] != hashes[2]
    assert ruleset_hash(rate, no_table) not in hashes


def test_hash_is_64_hex_digits() -> None:
    assert len(bytes.fromhex(ruleset_hash(node(BASE), no_table))) == 32


@pytest.mark.parametrize(
    ("written", "shortest"),
    [("1.50", "1.5"), ("-0.0", "0"), ("100.00", "100"), ("0.10", "0.1"), ("100", "100"), ("-2.500", "-2.5")],
)
def test_numbers_lose_only_the_zeros_that_say_nothing(written: str, shortest: str) -> None:
    assert canonical(node(f"a: {written}"), no_table).decode() == f'{{"document":{{"a":{shortest}}},"tables":{{}}}}'


@settings(max_examples=15)
@given(random=st.randoms(use_true_random=False))
def test_any_order_of_keys_has_the_same_hash(random: Random, examples: dict[str, Node]) -> None:
    for document in examples.values():
        assert ruleset_hash(shuffled(document, random), no_table) == ruleset_hash(document, no_table)


def shuffled(tree: Node, random: Random) -> Node:
    if isinstance(tree, Sequence):
        return Sequence(tree.span, tuple(shuffled(item, random) for item in tree.items))
    if isinstance(tree, Mapping):
        entries = [Entry(entry.key, shuffled(entry.value, random)) for entry in tree.entries]
        random.shuffle(entries)
        return Mapping(tree.span, tuple(entries))
    return tree
