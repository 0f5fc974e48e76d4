"""Which names inherit from themselves?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence


def circles(inherits: Mapping[str, Sequence[str]]) -> Iterator[tuple[str, ...]]:
    """The circles met on a walk from every name in turn: `(a, b, a)` when a inherits b and b inherits a.

    There is at least one if any name inherits from itself, over however many others; none is given twice. Names that
    are inherited but not declared lead nowhere.
    """
    done: set[str] = set()
    for name in inherits:
        yield from _from(name, (), inherits, done)


def _from(
    name: str, path: tuple[str, ...], inherits: Mapping[str, Sequence[str]], done: set[str]
) -> Iterator[tuple[str, ...]]:
    if name in path:
        yield (*path[path.index(name) :], name)
    elif name not in done:
        for parent in inherits.get(name, ()):
            yield from _from(parent, (*path, name), inherits, done)
        done.add(name)
