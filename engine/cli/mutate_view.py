"""How are the score of a ruleset's cases, its survivors and its coverage told on the screen and as JSON?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from engine.cli import findings, screen
from engine.cli.files import Files, shown
from engine.cli.shelf import Standing
from engine.mutation.coverage import Coverage, Covered
from engine.mutation.judging import Judge
from engine.mutation.model import Judged, Mutant
from engine.mutation.score import Adding, Score, score
from engine.text.diagnostics import Diagnostic, warning
from engine.text.source import Span

MOST_NAMED: Final = 40
"""Faults that nobody told apart are listed up to here; JSON has all."""


@dataclass(frozen=True, slots=True)
class Mutated:
    """A ruleset, what came of its mutants, and the cases that would kill the survivors. `left_out` by a limit."""

    ruleset: Standing
    judge: Judge
    judged: Sequence[Judged]
    additions: Sequence[Adding]
    left_out: int
    coverage: Coverage | None

    @property
    def score(self) -> Score:
        """The counts."""
        return score(self.judged)

    def mutant(self, judged: Judged) -> Mutant:
        """What a verdict is about."""
        return self.judge.mutants[judged.number]


def show(every: Sequence[Mutated], files: Files) -> None:
    """Survivors with their excerpts and proposed cases, what is not told apart, and a line for each ruleset."""
    for each in every:
        findings.show(list(survivors(each)), files.sources)
        _show_undecided(each)
        if each.coverage is not None:
            _show_coverage(each, files)
    for each in every:
        screen.say(_line(each))


def survivors(each: Mutated) -> Iterator[Diagnostic]:
    """One finding for each fault that no case notices."""
    case_for = {number: adding for adding in each.additions for number in adding.kills}
    first_of = {adding.kills[0]: adding for adding in each.additions}
    for judged in each.judged:
        if judged.status != "survived":
            continue
        mutant, adding = each.mutant(judged), case_for.get(judged.number)
        if adding is None:
            hint, witness = f"no case can be proposed: {judged.why}", ""
        elif judged.number in first_of:
            hint, witness = "this case notices it; --write adds it", "\n".join(adding.proposal.lines)
        else:
            hint, witness = f"the case '{adding.proposal.name}' notices it, too", ""
        yield warning("RS622", f"no case notices: {mutant.said}", mutant.span, hint=hint, witness=witness)


def as_plain(each: Mutated) -> dict[str, object]:
    """All verdicts and proposed cases for `--json`."""
    counts = each.score
    return {
        "path": shown(each.ruleset.path),
        "ruleset": str(each.ruleset.label),
        "percent": round(counts.percent, 1),
        "killed": counts.killed,
        "survived": counts.survived,
        "equivalent": counts.equivalent,
        "not_distinguished": counts.not_distinguished,
        "left_out": each.left_out,
        "mutants": [_plain_mutant(each, judged) for judged in each.judged],
        "proposed": [
            {"name": adding.proposal.name, "yaml": "".join(f"{line}\n" for line in adding.proposal.lines)}
            for adding in each.additions
        ],
        "coverage": None if each.coverage is None else _plain_coverage(each.coverage),
    }


def _plain_mutant(each: Mutated, judged: Judged) -> dict[str, object]:
    mutant = each.mutant(judged)
    case_for = {number: adding.proposal.name for adding in each.additions for number in adding.kills}
    return {
        "at": str(mutant.span),
        "rule": mutant.rule[1],
        "sort": mutant.sort,
        "change": mutant.said,
        "status": judged.status,
        "by": judged.by,
        "searched": judged.searched,
        "proposed": case_for.get(judged.number, ""),
        "why": judged.why,
    }


def _plain_coverage(found: Coverage) -> dict[str, object]:
    return {
        "rules": [_plain_covered(each, "exercised", "exercised") for each in found.rules],
        "conditions": [_plain_covered(each, "true", "false") for each in found.conditions],
        "boundaries": [_plain_covered(each, "at", "below") for each in found.boundaries],
    }


def _plain_covered(each: Covered, above: str, below: str) -> dict[str, object]:
    return {"what": each.what, "place": str(each.span), above: each.above, below: each.below}


def _show_undecided(each: Mutated) -> None:
    undecided = [judged for judged in each.judged if judged.status == "not_distinguished"]
    if not undecided:
        return
    screen.say(f"not distinguished in {shown(each.ruleset.path)}: neither a case nor a search found a difference")
    for judged in undecided[:MOST_NAMED]:
        mutant = each.mutant(judged)
        tried = screen.count(judged.searched, "cart") if judged.searched else judged.why
        screen.say(f"  {_place(mutant.span, each)}  {mutant.said}  ({tried} tried)")
    if len(undecided) > MOST_NAMED:
        screen.say(f"  … and {len(undecided) - MOST_NAMED} more")
    screen.say()


def _show_coverage(each: Mutated, files: Files) -> None:
    found = each.coverage
    if found is None or not (found.rules or found.conditions or found.boundaries):
        return
    screen.say(f"coverage of {shown(each.ruleset.path)}")
    sorts = (
        ("rules", found.rules, "no case shows it", "no case shows it"),
        ("conditions", found.conditions, "never true", "never false"),
        ("boundaries", found.boundaries, "no case at it", "no case a step below"),
    )
    for name, some, above, below in sorts:
        screen.say(f"  {sum(one.is_covered for one in some)}/{len(some)} {name}")
        for one in some:
            if not one.is_covered:
                missing = dict.fromkeys([*([] if one.above else [above]), *([] if one.below else [below])])
                screen.say(f"    {_place(one.span, each)}  {one.what}: {', '.join(missing)}")
    screen.say()


def _place(span: Span, each: Mutated) -> str:
    """The line, with the file where it is another one than the ruleset."""
    return f"line {span.line}" if span.source == each.ruleset.source.name else f"{span.source}:{span.line}"


def _line(each: Mutated) -> str:
    counts = each.score
    told_apart = counts.killed + counts.survived
    parts = [f"{counts.killed} of {told_apart} faults noticed"]
    parts += [f"{counts.equivalent} change nothing"] if counts.equivalent else []
    parts += [f"{counts.not_distinguished} not distinguished"] if counts.not_distinguished else []
    parts += [f"{each.left_out} left out"] if each.left_out else []
    return f"{counts.percent:5.1f} %  {', '.join(parts)}  {shown(each.ruleset.path)}"
