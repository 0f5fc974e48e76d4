"""Are the right rules applied, refusals given, gifts added and hints offered?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from engine.cases.difference import aligned, differs, differs_as
from engine.cases.read_expected import amount, malformed, texts
from engine.cases.seen import Seen
from engine.runtime.decision import Hint
from engine.text.diagnostics import Diagnostic, error
from engine.text.nodes import Entry, Mapping, Node, Scalar
from engine.text.nodes import Sequence as SequenceNode
from engine.text.suggest import did_you_mean

_HINT_TEXTS = ("kind", "rule", "line", "sku")
_HINT_AMOUNTS = ("add", "saves", "net")
_HINT_KEYS = (*_HINT_TEXTS, *_HINT_AMOUNTS, "units")


def applied(entry: Entry, seen: Seen) -> Iterator[Diagnostic]:
    """Each listed rule gave something; `[]`: no rule did."""
    expected, fault = texts(entry.value)
    if fault is not None:
        yield fault
        return
    got = seen.decision.applied
    missing = [name.text for name in expected if name.text not in got]
    if missing:
        why = _why_not(seen, missing)
        yield differs("RS604", entry, seen, _listed([name.text for name in expected]), _listed(got), *why)
    elif not expected and got:
        yield differs("RS604", entry, seen, "none", _listed(got))


def not_applied(entry: Entry, seen: Seen) -> Iterator[Diagnostic]:
    """None of the listed rules gave anything."""
    expected, fault = texts(entry.value)
    if fault is not None:
        yield fault
    for name in expected:
        if name.text in seen.decision.applied:
            message = f"{seen.name}: '{name.text}' applied, expected that it does not"
            table = f"expected  without {name.text}\ngot       {_listed(seen.decision.applied)}"
            yield error("RS604", message, name.span, witness=table)


def refused(entry: Entry, seen: Seen) -> Iterator[Diagnostic]:
    """Exactly the listed codes refuse the checkout, in any order; `[]`: nothing does."""
    expected, fault = texts(entry.value)
    if fault is not None:
        yield fault
        return
    wanted = sorted({code.text for code in expected})
    got = sorted({refusal.code for refusal in seen.decision.refusals})
    if wanted != got:
        rows = [(refusal.code, refusal.origin.rule, refusal.origin.at) for refusal in seen.decision.refusals]
        yield differs("RS605", entry, seen, _listed(wanted), _listed(got), *aligned(rows))


def gifts(entry: Entry, seen: Seen) -> Iterator[Diagnostic]:
    """Exactly these gifts: `[TOTE]`, `{TOTE: 2}` or `[{sku: TOTE, quantity: 2}]`."""
    wanted = _gifts_expected(entry.value)
    if wanted is None:
        yield malformed(entry.value, "gifts, as [TOTE] or {TOTE: 2},")
        return
    got: Counter[str] = Counter()
    for gift in seen.decision.gifts:
        got[gift.sku] += gift.quantity
    if wanted != got:
        yield differs("RS608", entry, seen, _counted(wanted), _counted(got))


def hints(entry: Entry, seen: Seen) -> Iterator[Diagnostic]:
    """Each listed hint is among those given; it is compared by the keys it names. `[]`: no hint at all."""
    if not isinstance(entry.value, SequenceNode):
        yield malformed(entry.value, 'a list of hints, as [{kind: free_shipping, add: "0.01"}],')
        return
    got = seen.hints()
    if not entry.value.items and got:
        yield differs_as("RS609", entry, seen, "the list of hints", "none", f"{len(got)} given", *_rows(got, seen))
    for expected in entry.value.items:
        yield from _hint(entry, expected, got, seen)


def _hint(entry: Entry, expected: Node, got: Sequence[Hint], seen: Seen) -> Iterator[Diagnostic]:
    if not isinstance(expected, Mapping):
        yield malformed(expected, 'a hint, as {kind: free_shipping, add: "0.01"},')
        return
    faults = list(_hint_faults(expected, seen))
    yield from faults
    if faults or any(all(_agrees(part, hint, seen) for part in expected.entries) for hint in got):
        return
    written = ", ".join(f"{part.key.text} {_text(part.value)}" for part in expected.entries)
    message = f"{seen.name}: no hint with {written}"
    rows = _rows(got, seen) or ["none"]
    yield error("RS609", message, expected.span, witness="\n".join(["hints given", *(f"  {r}" for r in rows)]))


def _hint_faults(expected: Mapping, seen: Seen) -> Iterator[Diagnostic]:
    for part in expected.entries:
        name = part.key.text
        if name not in _HINT_KEYS:
            hint = did_you_mean(name, _HINT_KEYS) or f"one of {', '.join(_HINT_KEYS)}"
            yield error("RS601", f"{seen.name}: a hint has no '{name}'", part.key.span, hint=hint)
        elif name in _HINT_AMOUNTS:
            _, fault = amount(part.value, seen.decision.currency)
            if fault is not None:
                yield fault
        elif not isinstance(part.value, Scalar):
            yield malformed(part.value, "a name or number")


def _agrees(part: Entry, hint: Hint, seen: Seen) -> bool:
    value = getattr(hint, part.key.text)
    if part.key.text in _HINT_AMOUNTS:
        return bool(amount(part.value, seen.decision.currency)[0] == value)
    return _text(part.value) == str(value)


def _rows(got: Sequence[Hint], seen: Seen) -> list[str]:
    rows = [
        (
            hint.kind,
            hint.rule,
            f"add {seen.money(hint.add)}",
            f"{hint.units} × {hint.line or hint.sku}" if hint.units else "",
            f"saves {seen.money(hint.saves)}",
            f"net {seen.money(hint.net)}",
        )
        for hint in got
    ]
    return aligned(rows)


def _gifts_expected(node: Node) -> Counter[str] | None:
    """Quantity by sku, or None when the expectation has another shape."""
    pairs: list[tuple[Node | None, Node | None]] = []
    if isinstance(node, Mapping):
        pairs = [(entry.key, entry.value) for entry in node.entries]
    elif isinstance(node, SequenceNode):
        pairs = [_gift_pair(item) for item in node.items]
    else:
        return None
    wanted: Counter[str] = Counter()
    for sku, quantity in pairs:
        number = quantity.value if isinstance(quantity, Scalar) else 1 if quantity is None else None
        if not isinstance(sku, Scalar) or not isinstance(number, int):
            return None
        wanted[sku.text] += number
    return wanted


def _gift_pair(item: Node) -> tuple[Node | None, Node | None]:
    if isinstance(item, Mapping):
        return item.get("sku"), item.get("quantity")
    return item, None


def _why_not(seen: Seen, rules: Sequence[str]) -> list[str]:
    """What a trace knows of rules whose condition held and that still gave nothing."""
    return [
        f"{skipped.rule}: {' '.join([skipped.code, *skipped.params.values()])}"
        for skipped in seen.decision.skipped
        if skipped.rule in rules
    ]


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names) or "none"


def _counted(gifts_by_sku: Counter[str]) -> str:
    return ", ".join(f"{quantity} × {sku}" for sku, quantity in sorted(gifts_by_sku.items())) or "none"


def _text(node: Node) -> str:
    return node.text if isinstance(node, Scalar) else ""
