"""Where does the YAML parser read something else than YAML 1.2 says, without a word?"""

from __future__ import annotations

_AFTER_A_NAME = frozenset(" \t\r\n,[]{}")


def misreading(text: str, start: int, name: str | None) -> str:
    """What to write instead, for a scalar or alias at offset `start` that libyaml reads by YAML 1.1; or "".

    `name` is its anchor or alias name. Inside brackets libyaml takes the `?` of `{?key: 1}` for an indicator,
    though it belongs to the key, and it ends the names in `&a:b value` and `{*a: 1}` before their colon.
    """
    if start > 0 and text[start - 1] == "?" and text[start : start + 1].strip():
        return "put a space after '?', or quote the text with its '?'"
    if name is not None and text[start : start + 1] in ("&", "*"):
        end = start + 1 + len(name)
        if end < len(text) and text[end] not in _AFTER_A_NAME:
            return f"put a space after '{text[start]}{name[:40]}'"
    return ""
