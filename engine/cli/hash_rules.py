"""`sostech hash`: what identifies a ruleset, and has a published one been changed?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from engine.cli import exits, findings, screen
from engine.cli.files import Files, shown
from engine.cli.hash_lock import Locked, differences, hashes_of, lock_text, read_lock
from engine.cli.writing import write
from engine.text.diagnostics import Diagnostic, has_errors

EXAMPLES = f"""Examples

    sostech hash rules/promotions/v1.yaml
    # lock versions that are not locked yet
    sostech hash rules --lock rules/rules.lock
    # has a locked version changed?
    sostech hash rules --lock rules/rules.lock --verify
    # after new time zone data: the same rulesets have other hashes
    sostech hash rules --lock rules/rules.lock --relock

{exits.EXITS_HELP}
"""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("hash", epilog=screen.examples(EXAMPLES))(hash_rules)


def hash_rules(
    path: Annotated[Path, typer.Argument(metavar="PATH", help="A ruleset or vocabulary, or a folder of them.")],
    lock: Annotated[
        Path | None, typer.Option("--lock", metavar="FILE", help="Add the hashes of new versions to this lock.")
    ] = None,
    verify: Annotated[bool, typer.Option("--verify", help="Write nothing; compare with --lock.")] = False,
    relock: Annotated[
        bool, typer.Option("--relock", help="Renew --lock where new time zones or currencies changed hashes.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Print the hash orders and quotes pin: sha256 over the resolved ruleset, engine semantics and tables used.

    Comments, layout, key order and cases do not count; the contents of attachments do.
    """
    if (verify or relock) and lock is None:
        screen.fail(f"{'--verify' if verify else '--relock'} needs --lock FILE to compare with")
    if verify and relock:
        screen.fail("--verify writes nothing, --relock does: choose one")
    files = Files()
    hashes, found = hashes_of(files, path)
    if lock is not None and not has_errors([*files.faults, *found]):
        found += _with_lock(files, hashes, lock, verify=verify, relock=relock)
    found = [*files.faults, *found]
    _report(hashes, found, files, json)
    raise typer.Exit(findings.exit_code(found))


def _with_lock(files: Files, hashes: list[Locked], lock: Path, *, verify: bool, relock: bool) -> list[Diagnostic]:
    """The differences from the lock; without any error, and unless only verifying, the lock is completed."""
    locked, faults = read_lock(files, lock) if verify or lock.exists() else ({}, [])
    found = [*faults, *differences(hashes, locked, lock, note_new=verify, relock=relock)]
    if verify or has_errors(found):
        return found
    fault = write(lock, lock_text(hashes, lock))
    return found if fault is None else [*found, fault]


def _report(hashes: list[Locked], found: list[Diagnostic], files: Files, json: bool) -> None:
    if json:
        rows = [
            {"path": shown(each.path), "ruleset": each.label, "hash": each.hash, "content": each.content}
            for each in hashes
        ]
        screen.say_json(
            {
                "command": "hash",
                "ok": not has_errors(found),
                "rulesets": rows,
                "diagnostics": findings.as_plain(found),
            }
        )
        return
    for each in hashes:
        screen.say(f"{each.hash}  {each.label}  {shown(each.path)}")
    findings.show(found, files.sources, stderr=True)
