"""How are orders written as carts that a shop takes: one a line, each the body of a dry run?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import msgspec
import typer

from engine.cli import exits, findings, screen
from engine.cli.files import shown
from engine.cli.writing import write
from engine.replay.cart_body import cart_body, left_out
from engine.replay.items import ReplayItem


def write_carts(path: Path, items: Iterable[ReplayItem]) -> None:
    """Write every order that has a cart, and tell what such a line cannot say. Ends the command when it cannot."""
    lost: Counter[str] = Counter()
    lines: list[str] = []
    for item in items:
        if item.cart is not None:
            lines.append(msgspec.json.encode(cart_body(item.cart, item.id)).decode() + "\n")
            lost.update(left_out(item.cart))
    fault = write(path, "".join(lines))
    if fault is not None:
        findings.show([fault], {}, stderr=True)
        raise typer.Exit(exits.USAGE)
    for name, carts in sorted(lost.items()):
        screen.complain(f"not told by such a line: {name}, in {screen.count(carts, 'cart')}")
    screen.say(f"written to {shown(path)}: {screen.count(len(lines), 'cart')}")
