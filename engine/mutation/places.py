"""Where in a typed document does something stand, and how is it replaced there?

A path is made of names of fields, numbers in tuples and keys of maps. Documents are immutable, so replacing makes a
new document that shares everything outside the path with the old one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any, Final

Path = tuple[str | int, ...]

_SILENT: Final = frozenset(
    {"head", "cases", "invariants", "allow", "attributes", "message", "name", "span", "when_span", "then_span"}
)
"""Fields that say nothing about a decision; the head is changed as a part of its document."""


def parts(root: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every dataclass of a document with its path, the outer before the inner, in the order of fields."""
    if is_dataclass(root):
        yield path, root
        for field in fields(root):
            if field.name not in _SILENT:
                yield from parts(getattr(root, field.name), (*path, field.name))
    elif isinstance(root, tuple):
        for number, item in enumerate(root):
            yield from parts(item, (*path, number))
    elif isinstance(root, Mapping):
        for key, value in root.items():
            yield from parts(value, (*path, key))


def at(root: Any, path: Path) -> Any:
    """What stands at the path."""
    for step in path:
        root = _inside(root, step)
    return root


def put(root: Any, path: Path, value: Any) -> Any:
    """The same document with `value` at the path."""
    if not path:
        return value
    step, rest = path[0], path[1:]
    inner = put(_inside(root, step), rest, value)
    if isinstance(root, tuple):
        return (*root[: int(step)], inner, *root[int(step) + 1 :])
    if isinstance(root, Mapping):
        return {**root, step: inner}
    return replace(root, **{str(step): inner})


def _inside(root: Any, step: str | int) -> Any:
    return getattr(root, str(step)) if is_dataclass(root) else root[step]
