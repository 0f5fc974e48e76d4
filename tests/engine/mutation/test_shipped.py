"""Do the cases of the rulesets we ship notice every small fault that is known to matter?"""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.cli.case_books import CaseBooks
from engine.cli.files import Files
from engine.cli.mutate_workers import judge_for
from engine.cli.vocabularies import vocabularies
from engine.mutation.mutants import chosen
from engine.mutation.score import score

RULES = Path(__file__).resolve().parents[3] / "rules"
SHIPPED = sorted([*RULES.glob("*/v1.yaml"), *RULES.glob("orders/presets/*.yaml")])


FAULTS = 40
"""Of each ruleset, spread over it; all of them take minutes."""


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_no_fault_near_a_case_goes_unseen(path: Path) -> None:
    """Only carts of the cases and near them are tried; `sostech mutate` searches further."""
    files = Files()
    judge = judge_for(CaseBooks(files, vocabularies(files)), path, most_carts=0)
    assert not judge.faults
    few = {id(mutant) for mutant in chosen(judge.mutants, FAULTS)}
    judged = [judge.judge(number) for number, mutant in enumerate(judge.mutants) if id(mutant) in few]
    assert [judge.mutants[each.number].said for each in judged if each.status == "survived"] == []
    counts = score(judged)
    assert counts.killed > 3 * (counts.equivalent + counts.not_distinguished)
