"""Why can an event not happen now, in one sentence that a person at the counter understands?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from engine.boxes.truth import Failure
from engine.documents.conditions import Key, Operator
from engine.documents.model import Action, Transition
from engine.facts.vocabulary import Vocabulary
from engine.lifecycle.decide import Obstacle, Refusal

_WORDS: Mapping[Operator, str] = {
    "is": "must be",
    "not": "must not be",
    "at_least": "must be at least",
    "more_than": "must be more than",
    "at_most": "must be at most",
    "less_than": "must be less than",
    "in": "must be one of",
    "not_in": "must not be one of",
    "starts_with": "must start with",
    "under": "must be under",
    "any_of": "must contain one of",
    "all_of": "must contain all of",
    "none_of": "must contain none of",
}


def reason(refusal: Refusal, vocabulary: Vocabulary) -> str:
    """The sentence, without a full stop. Values are written as an author would: `true`, `30`, `card`."""
    match refusal.code:
        case "unknown_state":
            return f"there is no state '{refusal.state}'"
        case "unknown_event":
            return f"there is no event '{refusal.event}'"
        case "wrong_state":
            return f"'{refusal.event}' happens only in {_any(refusal.allowed_states)}, not in '{refusal.state}'"
        case "wrong_role":
            return (
                f"'{refusal.event}' in '{refusal.state}' is for {_any(refusal.allowed_roles)}, not for {refusal.role}"
            )
        case _:
            return "; or ".join(_obstacle(obstacle, vocabulary) for obstacle in refusal.obstacles)


def transition_text(transition: Transition) -> str:
    """`cancel: pending, paid -> cancelled`, which names a transition in lists and findings."""
    return f"{transition.event}: {', '.join(transition.sources)} -> {transition.target}"


def action_text(action: Action) -> str:
    """The action as it is written: `commit_stock`, `restock: part`."""
    return action.name if action.argument is None else f"{action.name}: {action.argument}"


def _obstacle(obstacle: Obstacle, vocabulary: Vocabulary) -> str:
    if not obstacle.failures:
        return f"the way to '{obstacle.target}' is never open"
    tests = [_failure(failure, vocabulary) for failure in obstacle.failures]
    return f"for '{obstacle.target}' {' and '.join(tests)}"


def _failure(failure: Failure, vocabulary: Vocabulary) -> str:
    test = failure.test
    if failure.is_unknown:
        return f"{test.fact} must be known"
    if test.operator == "known":
        return f"{test.fact} must {'' if bool(test.operands[0]) is failure.wanted else 'not '}be known"
    shown = [_shown(operand, test.fact, vocabulary) for operand in test.operands]
    got = _shown(failure.value, test.fact, vocabulary)
    if test.operator == "between":
        wanted = f"must {'' if failure.wanted else 'not '}lie from {shown[0]} to below {shown[1]}"
    else:
        words = _WORDS[test.operator]
        wanted = f"{words if failure.wanted else _negated(words)} {', '.join(shown)}"
    return f"{test.fact} {wanted} (it is {got})"


def _negated(words: str) -> str:
    if words.startswith("must not"):
        return words.replace("must not", "must", 1)
    return words.replace("must", "must not", 1)


def _shown(value: Key | frozenset[str] | None, fact: str, vocabulary: Vocabulary) -> str:
    if isinstance(value, frozenset):
        return ", ".join(sorted(value)) or "empty"
    known = vocabulary.find(fact)
    if known is not None and known.type == "boolean":
        return "true" if value else "false"
    return str(value)


def _any(names: Sequence[str]) -> str:
    return " or ".join(names) if names else "nobody"
