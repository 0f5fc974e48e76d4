"""Do the cases of an access ruleset notice a fault in it, and if not, which question would show it?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from engine.access.cases import run_access_case
from engine.access.compile import Access, compile_access
from engine.access.decide import decide_access
from engine.access.publishing import Publication, asks_for_second
from engine.cases.insertion import Written
from engine.documents.effects import Ratio
from engine.documents.kinds import KINDS
from engine.documents.model import AccessDocument
from engine.facts.vocabulary import Vocabulary
from engine.money import format_amount
from engine.mutation.expected_case import node_of
from engine.mutation.model import Judged
from engine.mutation.mutants import mutants_of
from engine.mutation.said import percent
from engine.mutation.writing import case
from engine.text.diagnostics import Diagnostic


@dataclass(frozen=True, slots=True)
class _Question:
    """May this role do that, up to an amount; or may this be published by one person?"""

    role: str = ""
    action: str = ""
    amount: int | None = None
    publication: Publication | None = None


class AccessJudge:
    """See `engine.mutation.judging.Judge`. Questions are few, so all of them are asked."""

    def __init__(self, document: AccessDocument, vocabulary: Vocabulary) -> None:
        self.mutants = mutants_of(document, vocabulary)
        self._document = document
        self._right = compile_access(document)
        ran = [run_access_case(self._right, node, number) for number, node in enumerate(document.cases, 1)]
        self.faults: tuple[Diagnostic, ...] = tuple(fault for each in ran for fault in each.differences)
        self._cases = [(node, each.name) for node, each in zip(document.cases, ran, strict=True) if each.passed]

    def judge(self, number: int) -> Judged:
        """Killed by which case; else told apart by a question; else equivalent."""
        mutant = self.mutants[number]
        wrong = compile_access(mutant.of(self._document))
        for node, name in self._cases:
            if not run_access_case(wrong, node).passed:
                return Judged(number=number, status="killed", by=name)
        asked = list(self._questions(wrong))
        found = next((each for each in asked if _answer(self._right, each) != _answer(wrong, each)), None)
        if found is None:
            why = "every role, action, limit and share was asked"
            return Judged(number=number, status="equivalent", searched=len(asked), why=why)
        proposal = self._proposal(number, found)
        why = "" if proposal else "no expectation of a case tells the two apart"
        return Judged(number=number, status="survived", searched=len(asked), proposal=proposal, why=why)

    def kills(self, proposal: Written, number: int) -> bool:
        """Whether the case fails for the mutant."""
        node = node_of(proposal)
        wrong = compile_access(self.mutants[number].of(self._document))
        return (
            node is not None and run_access_case(self._right, node).passed and not run_access_case(wrong, node).passed
        )

    def _questions(self, wrong: Access) -> Iterator[_Question]:
        for role in self._right.roles:
            for action in self._right.actions:
                yield _Question(role, action)
        for role in self._right.roles:
            for action in self._right.actions:
                yield from (_Question(role, action, amount) for amount in self._limits(wrong, role, action))
        yield from (_Question(publication=each) for each in self._publications(wrong))

    def _limits(self, wrong: Access, role: str, action: str) -> list[int]:
        found: set[int] = set()
        for access in (self._right, wrong):
            limit = access.limit((role,), action)
            if limit is not None:
                found |= {max(0, limit.amount - 1), limit.amount, limit.amount + 1}
        return sorted(found)

    def _publications(self, wrong: Access) -> Iterator[Publication]:
        yield from (Publication(kind=kind) for kind in KINDS)
        warnings = {code for access in (self._right, wrong) for code in access.policy.warnings} | {"RS401"}
        yield from (Publication(kind="promotions", warnings=(code,)) for code in sorted(warnings))
        guards = [guard for access in (self._right, wrong) if (guard := access.policy.guard) is not None]
        for share in (*_shares(guard.carts_worse for guard in guards), (1, 1)):
            yield Publication(kind="promotions", carts_worse=share)
        for share in (*_shares(guard.revenue_falls for guard in guards), (1, 1)):
            yield Publication(kind="promotions", revenue_falls=share)

    def _proposal(self, number: int, question: _Question) -> Written | None:
        given, expect = self._said(question)
        who = question.role or "publishing"
        shows = self.mutants[number].shows
        proposal = case(shows if who in shows else f"{who} {shows}", given, expect)
        return proposal if self.kills(proposal, number) else None

    def _said(self, question: _Question) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
        published = question.publication
        if published is not None:
            said: dict[str, Any] = {"kind": published.kind}
            if published.warnings:
                said["warnings"] = [*published.warnings]
            for field in ("carts_worse", "revenue_falls"):
                share: Ratio | None = getattr(published, field)
                if share is not None:
                    said[field] = percent(share).removesuffix(" %")
            asking = [each.condition for each in asks_for_second(self._right.policy, published)]
            return {"publish": said}, {"second_approver": asking}
        if question.amount is None:
            key = "may" if self._right.may((question.role,), question.action) else "may_not"
            return {"roles": [question.role]}, {key: [question.action]}
        decision = decide_access(self._right, (question.role,), question.action, question.amount, 0)
        given = {
            "roles": [question.role],
            "action": question.action,
            "amount": format_amount(question.amount, self._right.currency),
        }
        return given, {"allowed": decision.allowed, "code": decision.code}


def _shares(some: Iterable[Ratio | None]) -> list[Ratio]:
    return sorted({share for share in some if share is not None}, key=lambda share: Fraction(*share))


def _answer(access: Access, question: _Question) -> object:
    """What a case can see of it."""
    if question.publication is not None:
        return {each.condition for each in asks_for_second(access.policy, question.publication)}
    if question.amount is None:
        return access.may((question.role,), question.action)
    decision = decide_access(access, (question.role,), question.action, question.amount, 0)
    return decision.allowed, decision.code
