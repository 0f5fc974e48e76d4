"""The page stands alone, says what the report says, and nothing in it can be anything but text."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.compare import Report, compare_carts, report, witnesses
from engine.compare.html import html_report
from tests.engine.compare.shops import basket, shop

HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</title></style></svg>",
    "'-'",
    "&lt;b&gt;",
    "\x00\x1b[31m\u202egnp",
    "javascript:alert(1)",
)
VOID = frozenset({"meta", "wbr", "line", "rect"})


class Page(HTMLParser):
    """Reads a page, and fails when its elements are not nested as they should be."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def example(name: str = "order 1") -> Report:
    before, after = shop(), shop(percent="20", free_from="60.00", minimum="15.00")
    carts = [(f"{name} {n}", basket(price)) for n, price in enumerate(("10.00", "70.00", "120.00", "300.00"))]
    found = compare_carts(before, after, carts)
    heads = [[document.head for document in book.documents.values()] for book in (before, after)]
    return report(found, *heads, witnesses(before, after, found, dict(carts)))


def test_the_page_tells_the_numbers_of_the_report_beside_every_chart() -> None:
    found = example()
    page = Page(html_report(found))
    told = "".join(page.text)
    for each in (*found.currencies[0].measures, *found.currencies[0].causes):
        assert (each.difference if hasattr(each, "difference") else each.amount) in told
    charts = [attributes for tag, attributes in page.seen if tag == "svg"]
    assert len(charts) == 3
    assert all(chart["role"] == "img" for chart in charts)
    assert [tag for tag, _ in page.seen].count("table") >= len(charts)
    assert "promotions/ten-off" in told
    assert "minimum_order" in told


def test_the_page_needs_nothing_else_and_runs_nothing() -> None:
    page = Page(html_report(example()))
    assert not {tag for tag, _ in page.seen} & {"script", "link", "img", "iframe", "object", "a", "form"}
    for _, attributes in page.seen:
        assert not [name for name in attributes if name.startswith("on") or name in {"src", "href"}]
    assert "url(" not in html_report(example())


@given(st.sampled_from(HOSTILE) | st.text(min_size=1, max_size=40))
@settings(max_examples=40)
def test_whatever_things_are_called_the_page_has_the_same_elements(name: str) -> None:
    plain = Page(html_report(_renamed("x")))
    hostile = html_report(_renamed(name), title=name)
    page = Page(hostile)
    assert [tag for tag, _ in page.seen if tag != "wbr"] == [tag for tag, _ in plain.seen if tag != "wbr"]
    assert [set(attributes) for tag, attributes in page.seen if tag != "wbr"] == [
        set(attributes) for tag, attributes in plain.seen if tag != "wbr"
    ]
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", hostile)
    hostile.encode()


_PLAIN = example()


def _renamed(name: str) -> Report:
    """The report with a name in every place where a name is foreign."""
    found = msgspec.to_builtins(_PLAIN)
    for currency in found["currencies"]:
        for part in ("causes", "most_dearer", "most_cheaper"):
            for each in currency[part]:
                for key in each.keys() & {"kind", "rule", "at_before", "at_after", "cart", "cause"}:
                    each[key] = name
    for part in ("coupons", "promotions", "payments", "methods", "died_of", "revived_from", "skipped"):
        for each in found[part]:
            each["name"] = name
    for witness in found["witnesses"]:
        witness["cart"] = witness["cause"] = witness["at_after"] = name
        witness["body"] = {name: name}
        for side in ("before", "after"):
            for posting in witness[side]["postings"]:
                posting["line"] = posting["rule"] = name
    for ref in (*found["before"], *found["after"]):
        ref["hash"] = name
    return msgspec.convert(found, Report)
