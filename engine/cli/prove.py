"""`sostech prove`: do the invariants of rulesets hold for every cart?"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from engine.cli import exits, findings, prove_view, screen
from engine.cli.case_books import CaseBooks
from engine.cli.files import Files
from engine.cli.prove_claims import Claimed, Claims, finding, only
from engine.cli.prove_within import Prover
from engine.cli.vocabularies import vocabularies
from engine.hunt.search import MOST
from engine.proof import Limits, Verdict

EXAMPLES = f"""Examples

    sostech prove rules                        # every claim of the rulesets under a folder
    sostech prove --only never-negative rules  # one of them
    sostech prove --limit 120 --carts 20000 rules
    sostech prove --json rules                 # for a pipeline

A claim is proved (and for which carts), refuted by a cart that the rulesets decide so, or not decided.

{exits.EXITS_HELP}
1 when a claim is refuted; with --strict also when one is not decided.
"""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("prove", epilog=screen.examples(EXAMPLES))(prove)


def prove(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH", help="Rulesets, or folders of them.")],
    limit: Annotated[float, typer.Option("--limit", min=0.1, help="Seconds for each claim.")] = 20.0,
    carts: Annotated[int, typer.Option("--carts", min=0, help="Carts that are tried for each claim.")] = MOST,
    one: Annotated[str, typer.Option("--only", metavar="ID", help="Look at this claim only.")] = "",
    strict: Annotated[bool, typer.Option("--strict", help="Let claims that are not decided fail too.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Prove or refute what rulesets claim of every decision under `invariants:`, with a cart where it is refuted."""
    files = Files()
    known = vocabularies(files, next((path for path in paths if path.is_dir()), None))
    claims = Claims(files, CaseBooks(files, known))
    claimed = claims.under(paths)
    found = [*dict.fromkeys([*files.faults, *claims.faults])]
    if one:
        claimed, fault = only(claimed, one)
        found += [] if fault is None else [fault]
    verdicts = _verdicts(claimed, Limits(carts=carts), limit)
    found += [told for each, verdict in verdicts if (told := finding(each, verdict)) is not None]
    prove_view.show(verdicts, found, files, strict=strict, json=json)
    raise typer.Exit(findings.exit_code(found, strict=strict))


def _verdicts(claimed: list[Claimed], limits: Limits, seconds: float) -> list[tuple[Claimed, Verdict]]:
    """The verdict on each claim, in the order of the claims."""
    verdicts: list[tuple[Claimed, Verdict]] = []
    steps = max(1, limits.carts)
    try:
        with screen.progress("proving", len(claimed) * steps) as advance, Prover(seconds) as prover:
            for each in claimed:
                bar = _Steps(steps, advance)
                verdicts.append((each, prover.verdict(each.book, each.invariant, limits, bar.searched)))
                bar.finish()
    except KeyboardInterrupt:
        screen.complain(f"stopped after {len(verdicts):,} of {screen.count(len(claimed), 'claim')}")
        sys.exit(exits.INTERRUPTED)
    return verdicts


class _Steps:
    """Moves the progress bar by the carts searched for one claim, and to its end when there is a verdict."""

    def __init__(self, steps: int, advance: Callable[..., None]) -> None:
        self._left = steps
        self._done = 0
        self._advance = advance

    def searched(self, carts: int) -> None:
        """So many carts were searched so far."""
        steps = min(carts - self._done, self._left)
        if steps > 0:
            self._done += steps
            self._left -= steps
            self._advance(steps)

    def finish(self) -> None:
        """Nothing more comes."""
        self._advance(self._left)
        self._left = 0
