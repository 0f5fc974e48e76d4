"""How is `--use KIND=NAME` read?"""

from __future__ import annotations

from collections.abc import Iterable

from engine.cli import screen
from engine.documents.kinds import KINDS
from engine.text.suggest import did_you_mean


def chosen_rulesets(uses: Iterable[str]) -> dict[str, str]:
    """Kind to name, `name/version` or `none`; ends the command when one of them is not KIND=NAME."""
    chosen: dict[str, str] = {}
    for use in uses:
        kind, separator, name = use.partition("=")
        if not separator or not name:
            screen.fail(f"--use '{use}' is not KIND=NAME, as in --use promotions=summer")
        if kind not in KINDS:
            screen.fail(f"--use: no kind '{kind}'; {did_you_mean(kind, KINDS) or 'one of ' + ', '.join(KINDS)}")
        chosen[kind] = name
    return chosen
