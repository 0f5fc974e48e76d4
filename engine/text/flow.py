"""How is a value written as YAML on one line, so that people read it easily and every reader takes it for the same?"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_./-]*(?: [A-Za-z0-9_(][A-Za-z0-9_./()-]*)*", re.ASCII)
# What YAML 1.1 readers, unlike ours, take for a truth value: quoted for the sake of other tools.
_WORDS = {"", "y", "n", "yes", "no", "on", "off", "true", "false", "null", "~"}


class Money(str):
    """An amount as decimal text; always written in quotes, as money is throughout the rulesets."""

    __slots__ = ()


class Plain(str):
    """A number, day or weight as the ruleset language writes it, without quotes."""

    __slots__ = ()


def flow(value: object) -> str:
    """A value on one line: `{id: a, in: [b, c]}`."""
    if isinstance(value, Money):
        return json.dumps(value)
    if isinstance(value, Plain):
        return value
    if isinstance(value, str):
        return scalar(value)
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key_of(key)}: {flow(part)}" for key, part in value.items()) + "}"
    if isinstance(value, Sequence):
        return "[" + ", ".join(flow(part) for part in value) + "]"
    return str(value)


def scalar(text: str) -> str:
    """Text plain where every YAML reader agrees that it is text, otherwise in double quotes.

    What cannot be seen, or turns the line around, is written as an escape.
    """
    if _PLAIN.fullmatch(text) and text.lower() not in _WORDS:
        return text
    quoted = json.dumps(text, ensure_ascii=False)
    return quoted if quoted.isprintable() else "".join(map(_escaped, quoted))


def key_of(name: str) -> str:
    """`on` is a key of ours, and stands without quotes: our reader takes it for nothing else."""
    return name if name == "on" else scalar(name)


def _escaped(character: str) -> str:
    if character.isprintable():
        return character
    number = ord(character)
    return f"\\u{number:04x}" if number <= 0xFFFF else f"\\U{number:08x}"
