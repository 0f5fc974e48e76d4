"""How are numbers drawn? Horizontal bars as inline SVG, each with its number written beside it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Final, NamedTuple

from engine.compare.html_parts import text

WIDTH: Final = 960
_LABELS: Final = 290
"""Left of the bars, and so wide are the numbers to their right."""

_NUMBERS: Final = 120
_ROW: Final = 26
_BAR: Final = 18
_LONGEST_LABEL: Final = 40


class Drawn(NamedTuple):
    """One bar: its name, how long it is, what is written beside it, and its style (`more`, `less`, …)."""

    label: str
    value: Fraction
    shown: str
    style: str


def bars(title: str, description: str, drawn: Sequence[Drawn]) -> str:
    """Bars from a common axis: to the right what is positive, to the left what is negative. Nothing to draw: ""."""
    if not drawn:
        return ""
    most = max([each.value for each in drawn] + [Fraction(0)])
    least = min([each.value for each in drawn] + [Fraction(0)])
    room = WIDTH - _LABELS - _NUMBERS - (_NUMBERS if least < 0 else 0)
    scale = Fraction(room) / ((most - least) or 1)
    axis = _LABELS + (_NUMBERS if least < 0 else 0) + round(-least * scale)
    height = _ROW * len(drawn) + 4
    rows = "".join(_bar(place, each, axis, scale) for place, each in enumerate(drawn))
    return (
        f'<svg role="img" viewBox="0 0 {WIDTH} {height}" xmlns="http://www.w3.org/2000/svg">'
        f"<title>{text(title)}</title><desc>{text(description)}</desc>\n"
        f'<line class="axis" x1="{axis}" x2="{axis}" y1="0" y2="{height}"/>\n{rows}</svg>\n'
    )


def amounts(texts: Iterable[str]) -> list[Fraction]:
    """The exact values of amounts as text, for lengths only."""
    return [Fraction(each) for each in texts]


def _bar(place: int, drawn: Drawn, axis: int, scale: Fraction) -> str:
    top = place * _ROW + (_ROW - _BAR) // 2
    baseline = place * _ROW + _ROW // 2 + 5
    length = max(1, round(abs(drawn.value) * scale)) if drawn.value else 0
    if drawn.value < 0:
        left, side, anchor = axis - length, axis - length - 6, "end"
    else:
        left, side, anchor = axis, axis + length + 6, "start"
    return (
        f"<g><title>{text(drawn.label)}: {text(drawn.shown)}</title>"
        f'<text x="{_LABELS - 10}" y="{baseline}" text-anchor="end">{text(_short(drawn.label))}</text>'
        f'<rect class="{drawn.style}" x="{left}" y="{top}" width="{length}" height="{_BAR}" rx="2"/>'
        f'<text class="quiet" x="{side}" y="{baseline}" text-anchor="{anchor}">{text(drawn.shown)}</text></g>\n'
    )


def _short(label: str) -> str:
    return label if len(label) <= _LONGEST_LABEL else f"{label[: _LONGEST_LABEL - 1]}…"
