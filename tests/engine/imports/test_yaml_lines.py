"""What is written is read back as the same text by our loader."""

from hypothesis import given
from hypothesis import strategies as st

from engine.imports.yaml_lines import Slugs, YamlLines, one_line
from engine.text.flow import Money, Plain, flow, scalar
from engine.text.load import load
from engine.text.nodes import to_plain
from engine.text.source import Source

TEXT = st.text(st.characters(blacklist_categories=["Cs", "Cc"]), max_size=12)


def read(text):
    loaded = load(Source("x", text))
    assert loaded.diagnostics == ()
    return to_plain(loaded.node)


@given(TEXT)
def test_a_scalar_is_read_back_as_the_same_text(text):
    assert read(f"[{scalar(text)}]") == [text]


@given(
    st.sampled_from(
        [
            "NO",
            "no",
            "y",
            "on",
            "1",
            "1.5",
            "0x1F",
            "1e3",
            ".5",
            "-",
            "~",
            "null",
            "2014-10-20",
            "12:30",
            "",
            "a: b",
            "#a",
        ]
    )
)
def test_what_another_reader_could_take_for_something_else_is_quoted(text):
    assert scalar(text).startswith('"')


def test_flow_values_read_back():
    value = {"id": "a-b", "price": Money("2.20"), "from": Plain("2014-10-20"), "in": ["NO", "SE"], "n": 3}

    assert flow(value) == '{id: a-b, price: "2.20", from: 2014-10-20, in: ["NO", SE], "n": 3}'
    assert read(flow(value))["in"] == ["NO", "SE"]


@given(st.text(max_size=20))
def test_a_comment_never_becomes_content(text):
    lines = YamlLines()
    lines.comment(text)
    lines.line("a: b", note=text or "x")

    if "\ud800" <= max(text, default="") <= "\udfff":
        return
    assert read(lines.text()) == {"a": "b"}


def test_control_characters_of_a_comment_become_blanks():
    assert one_line("a\n\x00b\u2028c") == "a b c"


def test_two_names_never_share_an_id():
    slugs = Slugs()

    assert [slugs.of(name) for name in ("A_B", "a b", "A_B", "Größe", "!")] == ["a-b", "a-b-2", "a-b", "grosse", "x"]


def test_ten_thousand_names_without_a_letter_get_ids_of_their_own():
    slugs = Slugs()

    assert len({slugs.of("!" * number) for number in range(10_000)}) == 10_000
