"""What is a page made of? Escaped text, tables, folds, and a style sheet for light and dark; no script, no network."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence
from typing import Final

_UNSHOWABLE: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""Controls, marks that turn the order of letters around, and halves of characters."""


def text(value: object) -> str:
    """Foreign text as it may stand in an element or a quoted attribute."""
    return html.escape(_UNSHOWABLE.sub("\ufffd", str(value)), quote=True)


def number(count: int) -> str:
    """A count with its thousands set apart."""
    return f"{count:,}"


def table(caption: str, heads: Sequence[str], rows: Iterable[Sequence[object]], numbers: Iterable[int] = ()) -> str:
    """A table that a reader of screens can follow: the first cell of a row names it; columns `numbers` to the right."""
    right = frozenset(numbers)
    head = "".join(f'<th scope="col"{_side(place, right)}>{text(name)}</th>' for place, name in enumerate(heads))
    body = "".join(f"<tr>{_cells(row, right)}</tr>\n" for row in rows)
    return (
        f'<div class="wide"><table><caption>{text(caption)}</caption>\n'
        f"<thead><tr>{head}</tr></thead>\n<tbody>{body}</tbody></table></div>\n"
    )


def section(title: str, *parts: str) -> str:
    """Parts under a heading; nothing at all when all of them are empty."""
    inside = "".join(parts)
    return f"<section><h2>{text(title)}</h2>\n{inside}</section>\n" if inside else ""


def fold(summary: str, inside: str) -> str:
    """Something that opens on demand; it is in the page all the same."""
    return f"<details><summary>{text(summary)}</summary>{inside}</details>\n"


def page(title: str, *parts: str) -> str:
    """A whole document. What it may load is nothing, even if something slipped through."""
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f"<title>{text(title)}</title>\n<style>{_STYLE}</style>\n</head>\n"
        f"<body>\n<main>\n<h1>{text(title)}</h1>\n{''.join(parts)}</main>\n</body>\n</html>\n"
    )


def _cells(row: Sequence[object], right: frozenset[int]) -> str:
    first, *others = row
    cells = [f'<th scope="row"{_side(0, right)}>{_breakable(first)}</th>']
    cells += [f"<td{_side(place, right)}>{_breakable(value)}</td>" for place, value in enumerate(others, 1)]
    return "".join(cells)


def _breakable(value: object) -> str:
    """Text that may go on in the next line after a slash: paths are longer than a column."""
    return text(value).replace("/", "/<wbr>")


def _side(place: int, right: frozenset[int]) -> str:
    return ' class="n"' if place in right else ""


_STYLE: Final = """
:root { --ground: #fff; --ink: #1d232b; --soft: #5a6572; --line: #d5dae0; --panel: #f4f6f8;
  --more: #b4500f; --less: #17698c; --before: #8a94a0; --after: #3b5bb5; }
@media (prefers-color-scheme: dark) {
  :root { --ground: #14181d; --ink: #e6eaee; --soft: #a0abb7; --line: #363f49; --panel: #1e242b;
    --more: #ee8f4e; --less: #5db7dc; --before: #7d8896; --after: #8fa8f2; }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif; }
main { max-width: 62rem; margin: 0 auto; padding: 1.5rem 1.25rem 4rem; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 1rem; }
h2 { font-size: 1.25rem; margin: 2.5rem 0 .5rem; padding-top: .75rem; border-top: 1px solid var(--line); }
h3 { font-size: 1rem; margin: 1.75rem 0 .25rem; }
p { margin: .25rem 0 .75rem; }
.soft { color: var(--soft); }
.facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(8.75rem, 1fr)); gap: .75rem; margin: 1rem 0;
  padding: 0; }
.facts div { background: var(--panel); border-radius: .4rem; padding: .6rem .8rem; }
.facts dt { color: var(--soft); font-size: .85rem; }
.facts dd { margin: 0; font-size: 1.35rem; font-weight: 600; font-variant-numeric: tabular-nums; }
.facts dd small { display: block; font-size: .85rem; font-weight: 400; color: var(--soft); }
.wide { overflow-x: auto; }
table { border-collapse: collapse; min-width: 16rem; font-size: .875rem; margin: .5rem 0 1rem;
  font-variant-numeric: tabular-nums; }
caption { text-align: left; color: var(--soft); padding: .25rem 0; }
th, td { text-align: left; vertical-align: top; padding: .25rem 1rem .25rem 0; border-bottom: 1px solid var(--line);
  overflow-wrap: break-word; }
thead th { color: var(--soft); font-weight: 600; }
tbody th { font-weight: 400; }
th.n, td.n { text-align: right; white-space: nowrap; }
svg { display: block; width: 100%; height: auto; margin: .5rem 0; }
svg text { font-size: 13px; fill: var(--ink); font-variant-numeric: tabular-nums; }
svg .quiet { fill: var(--soft); }
svg .axis { stroke: var(--line); }
svg .more { fill: var(--more); } svg .less { fill: var(--less); }
svg .before { fill: var(--before); } svg .after { fill: var(--after); }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(21rem, 1fr)); gap: 0 1.5rem; }
.pair table { width: 100%; }
.pair th, .pair td { padding-right: .6rem; }
.pair td:not(.n) { overflow-wrap: anywhere; min-width: 4rem; }
.witness { border: 1px solid var(--line); border-radius: .4rem; padding: .25rem 1rem .5rem; margin: 1rem 0; }
.witness h3 { margin-top: .75rem; overflow-wrap: anywhere; }
summary { cursor: pointer; color: var(--soft); }
pre { background: var(--panel); border-radius: .4rem; padding: .75rem; overflow-x: auto; font-size: .8rem; }
code { font-size: .875em; overflow-wrap: anywhere; }
@media print { body { font-size: 12px; } .witness { break-inside: avoid; } }
"""
