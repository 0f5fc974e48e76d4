"""Which diagnostic codes exist?

| series | module | finds |
|---|---|---|
| RS1xx | yaml_text | text, YAML syntax, limits |
| RS2xx | shape | the shape of a document |
| RS31x | literals | amounts, percentages, weights, dates |
| RS3xx | check | names, types, units, stages |
| RS34x | access | roles, actions and limits of access rulesets |
| RS35x | invariants | claims about every decision |
| RS36x | inventory | how long units are kept |
| RS37x | referrals | invites, milestones and rewards |
| RS38x | notices | who is told what |
| RS395–399 | signals | patterns over time |
| RS4xx | lints | what the rules mean together |
| RS5xx | lifecycle | the order lifecycle |
| RS6xx | cases | cases stored with a ruleset |
| RS65x | invariants | claims that do not hold, or are not decided |
| RS66x | exploits | gains from sequences of orders and returns |
| RS67x | signals | what is seen in what happened |
| RS7xx | facts | scenarios and fact documents |
| RS8xx | imports | rules imported from other systems |
| RS9xx | books | rule books, files, hashes |
"""

from __future__ import annotations

from collections.abc import Mapping

from engine.text.codes import (
    access,
    books,
    cases,
    check,
    exploits,
    facts,
    imports,
    invariants,
    inventory,
    lifecycle,
    lints,
    literals,
    notices,
    referrals,
    shape,
    signals,
    yaml_text,
)
from engine.text.codes.code import Code, Severity, explain, markdown

__all__ = ["Code", "Severity", "all_codes", "explain", "find", "markdown"]

_ALL: tuple[Code, ...] = (
    *yaml_text.CODES,
    *shape.CODES,
    *literals.CODES,
    *check.CODES,
    *access.NAMES,
    *invariants.NAMES,
    *inventory.NAMES,
    *referrals.NAMES,
    *notices.NAMES,
    *signals.NAMES,
    *lints.CODES,
    *lifecycle.CODES,
    *cases.CODES,
    *invariants.VERDICTS,
    *exploits.CODES,
    *signals.SEEN,
    *facts.CODES,
    *imports.CODES,
    *books.CODES,
)
_BY_CODE: Mapping[str, Code] = {code.code: code for code in _ALL}


def find(code: str) -> Code | None:
    """The code of that name, in any letter case, or None."""
    return _BY_CODE.get(code.strip().upper())


def all_codes() -> tuple[Code, ...]:
    """Every code, in series order."""
    return _ALL
