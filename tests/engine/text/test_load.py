"""Does every text become either located nodes or located findings?"""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from engine.text import compose
from engine.text.characters import decode
from engine.text.load import Limits, load, load_stream
from engine.text.nodes import Mapping, Plain, Scalar, Sequence, to_plain
from engine.text.source import Source


@pytest.fixture(params=["libyaml", "pure Python"], autouse=True, scope="module")
def parser(request: pytest.FixtureRequest) -> object:
    """Both parsers of the YAML library: the second is used where the library was built without libyaml."""
    with pytest.MonkeyPatch.context() as patch:
        if request.param == "pure Python":
            patch.setattr(compose, "LOADER", yaml.SafeLoader)
        yield request.param


def plain(text: str) -> Plain:
    loaded = load(Source("x", text))
    assert loaded.node is not None, loaded.diagnostics
    assert loaded.diagnostics == ()
    return to_plain(loaded.node)


def faults(text: str, limits: Limits | None = None) -> list[str]:
    """`CODE line:column` of every finding; a text with an error has no node."""
    loaded = load(Source("x", text), limits or Limits())
    assert loaded.node is None
    return [f"{found.code} {str(found.span)[2:]}" for found in loaded.diagnostics]


def test_document_becomes_plain_values() -> None:
    assert plain('a: 1\nb: [1.50, NO, null, true, "2"]\nc:\n  - {d: ~}\n  - |\n    text\n') == {
        "a": 1,
        "b": [Decimal("1.50"), "NO", None, True, "2"],
        "c": [{"d": None}, "text\n"],
    }


def test_every_node_knows_its_place() -> None:
    node = load(Source("x", "a: [1,\n  22]\nb:\n  - c: |\n      text\n\n  - 'd'\n")).node
    assert isinstance(node, Mapping)
    a, b = (entry.value for entry in node.entries)
    assert isinstance(b, Sequence)
    assert isinstance(b.items[0], Mapping)
    block = b.items[0].get("c")
    assert block is not None
    spans = [node.span, a.span, b.span, b.items[0].span, block.span, b.items[1].span]
    assert [(str(span)[2:], span.end_line, span.end_column) for span in spans] == [
        ("1:1", 7, 8),
        ("1:4", 2, 6),
        ("4:3", 7, 8),
        ("4:5", 5, 11),
        ("4:8", 5, 11),
        ("7:5", 7, 8),
    ]


def test_quoted_and_block_scalars_are_text() -> None:
    node = load(Source("x", "['1', \"1\", 1]")).node
    assert isinstance(node, Sequence)
    assert [item.quoted for item in node.items if isinstance(item, Scalar)] == [True, True, False]
    assert plain("|-\n  1") == "1"


def test_keys_are_text_whatever_they_look_like() -> None:
    assert plain('{1: a, true: b, null: c, 1e3: d, "<<": e, "": f}') == {
        "1": "a",
        "true": "b",
        "null": "c",
        "1e3": "d",
        "<<": "e",
        "": "f",
    }


def test_byte_order_mark_and_windows_line_breaks_are_read() -> None:
    assert plain("\ufeffa: 1\r\nb: 2\r\n") == {"a": 1, "b": 2}


def test_alias_repeats_what_its_anchor_names() -> None:
    assert plain("a: &x [1, &y two]\n&k b: *x\nc: {*k : *y}\n") == {
        "a": [1, "two"],
        "b": [1, "two"],
        "c": {"b": "two"},
    }


def test_later_anchor_of_the_same_name_wins() -> None:
    assert plain("[&x 1, *x, &x 2, *x]") == [1, 1, 2, 2]


def test_all_faults_are_reported_at_once() -> None:
    text = "a: 1\na: !!str 2\n? [b]\n: 1e3\n<<: *nothing\n"
    assert faults(text) == ["RS106 2:1", "RS108 2:4", "RS109 3:3", "RS130 4:3", "RS107 5:1", "RS111 5:5"]


def test_duplicate_key_points_at_the_first_one() -> None:
    (found,) = load(Source("x", "a: 1\nb: {c: 2,\n  'c': 3}")).diagnostics
    assert (found.message, str(found.span)) == ("key 'c' stands twice in one mapping", "x:3:3")
    assert [(str(place.span), place.message) for place in found.related] == [("x:2:5", "it stands here first")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ["RS104 1:1"]),
        ("# nothing\n", ["RS104 1:1"]),
        ("--- \n...\n", ["RS104 2:1"]),
        ("a: 1\n---\nb: 2\n", ["RS105 2:1"]),
        ("a: b: c", ["RS101 1:5"]),
        ("a:\n\t- b", ["RS102 2:1"]),
        ("a: 'x\nb: 1\n", ["RS103 1:4"]),
        ("a: [x, [y]\n", ["RS103 1:4"]),
        ("x: 1\n: y", ["RS110 2:1"]),
        ("- !!python/object/apply:os.system [ls]", ["RS108 1:3"]),
        ("- ! x", ["RS108 1:3"]),
        ("- !local {a: 1}", ["RS108 1:3"]),
        ("a: &x [*x]", ["RS112 1:8"]),
        ("- &a 1\n- {*a : 2, *a : 3}", ["RS106 2:12"]),
        ("%YAML 1.1\n--- a", ["RS113 1:1"]),
        ("{?a: 1}", ["RS101 1:3"]),
        ("- &a:b c", ["RS101 1:3"]),
        ("- '\x00'", ["RS121 1:4"]),
        ("- a\x07b\n- \x7f\x1b", ["RS122 1:4", "RS122 2:3", "RS122 2:4"]),
        ("- \ud800", ["RS123 1:3"]),
        ("- a\u2028b\ufeff", ["RS124 1:4", "RS124 1:6"]),
        ('- "\\0"', ["RS121 1:3"]),
        ('- "\\x9f"', ["RS122 1:3"]),
        (
            "- +5\n- .5\n- .inf\n- 0x1F\n- " + "1" * 31,
            [*("RS134 1:3", "RS134 2:3", "RS132 3:3", "RS131 4:3", "RS133 5:3")],
        ),
    ],
)
def test_refused_text_is_located(text: str, expected: list[str]) -> None:
    assert faults(text) == expected


def test_unquoted_empty_key_in_brackets_is_missing() -> None:
    assert [found[:5] for found in faults("{? : y}")] == ["RS110"]


@pytest.mark.parametrize(
    "text", ['- "\\ud800"', '- "\\udc00x"', '- "\\ud800\\ud800"', '- "\\U00110000"', '- "\\UFFFFFFFF"']
)
def test_escape_that_is_no_character_is_refused(text: str) -> None:
    (found,) = faults(text)
    assert found.startswith("RS123 1:")


def test_reordering_character_is_only_a_warning() -> None:
    loaded = load(Source("x", "a: x\u202ey"))
    assert loaded.node is not None
    assert [(found.code, found.severity, str(found.span)) for found in loaded.diagnostics] == [
        ("RS125", "warning", "x:1:5")
    ]


def test_stream_gives_every_document() -> None:
    stream = load_stream(Source("x", "a: 1\n---\n- &x 2\n---\n3\n"))
    assert [to_plain(node) for node in stream.nodes] == [{"a": 1}, [2], 3]
    assert stream.diagnostics == ()


def test_anchors_end_with_their_document() -> None:
    stream = load_stream(Source("x", "- &x 1\n---\n- *x\n"))
    assert stream.nodes == ()
    assert [(found.code, str(found.span)) for found in stream.diagnostics] == [("RS111", "x:3:3")]


def test_empty_stream_has_no_documents_and_no_faults() -> None:
    assert load_stream(Source("x", "# nothing\n")) == load_stream(Source("y", ""))


def test_bytes_that_are_not_utf8_are_located() -> None:
    source, (found,) = decode("x", "a: 1\nb: é".encode("latin-1"))
    assert source is None
    assert (found.code, str(found.span)) == ("RS120", "x:2:4")
    assert "0xe9" in found.message


def test_utf16_is_recognised() -> None:
    _, (found,) = decode("x", "a: 1".encode("utf-16"))
    assert found.hint == "the file looks like UTF-16; save it as UTF-8"


def test_utf8_bytes_with_a_mark_become_a_source() -> None:
    assert decode("x", b"\xef\xbb\xbfa: \xc3\xa9") == (Source("x", "a: é"), ())


JSON_SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(10**30) + 1, 10**30 - 1)
    # Pairs beside one of the two noncharacters that stand in for them are refused; no text has both.
    | st.text(
        st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufdd0\ufdd1") | st.sampled_from("\t\n\r"),
        max_size=20,
    )
)
JSON_VALUES = st.recursive(
    JSON_SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abc é😀\\u", max_size=4), inner, max_size=4),
    max_leaves=12,
)


@given(JSON_VALUES.filter(lambda value: value is not None))
@settings(max_examples=60, deadline=None)
@example({"a": "\U0001f600\\ud83d", "b": ["x" * 2000]})
@example("\\\U0001f600")
@example({"\U0001f600": "\\uFDD0"})
def test_json_text_loads_as_json_reads_it(value: object) -> None:
    assert plain(json.dumps(value)) == value
    assert plain(json.dumps(value, indent=2)) == value


@given(st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**20), max_value=10**20))
@settings(max_examples=40, deadline=None)
def test_decimals_keep_every_digit(number: Decimal) -> None:
    read = plain(f"{number:f}")
    assert isinstance(read, Decimal)
    assert read.as_tuple() == number.as_tuple()


@given(st.text(st.characters() | st.sampled_from("\n\t -:?[]{},#&*!|>'\"%@`\\ab1.~<="), max_size=60))
@settings(max_examples=300, deadline=None)
def test_no_text_makes_the_loader_raise(text: str) -> None:
    loaded = load(Source("x", text))
    assert (loaded.node is None) == any(found.severity == "error" for found in loaded.diagnostics)
    assert all(found.span is not None or found.code == "RS145" for found in loaded.diagnostics)
    load_stream(Source("x", text))


@given(st.binary(max_size=40))
@settings(max_examples=60, deadline=None)
def test_no_bytes_make_decoding_raise(data: bytes) -> None:
    source, findings = decode("x", data)
    assert (source is None) == bool(findings)
