"""How is a path through the lifecycle written, and which assumptions does it make?"""

from __future__ import annotations

from collections.abc import Sequence

from engine.documents.conditions import ALWAYS
from engine.lifecycle.explore import Step
from engine.text.diagnostics import Related

_LONGEST = 12
_MOST_GUARDS = 3


def path_text(path: Sequence[Step]) -> str:
    """`pending --pay--> paid --cancel--> cancelled`; a step with a guard is marked `[when]`."""
    if not path:
        return ""
    arrows = [_arrow(step) for step in path]
    if len(arrows) > _LONGEST:
        half = _LONGEST // 2
        arrows[half:-half] = [f" … {len(arrows) - 2 * half} more …"]
    return path[0].before.state + "".join(arrows)


def assumptions(path: Sequence[Step]) -> tuple[Related, ...]:
    """The guards on the path, which are taken as possibly true."""
    spans = (step.transition.when_span or step.transition.span for step in path if _is_guarded(step))
    return tuple(
        Related(span, "this guard is taken as possibly true") for span in list(dict.fromkeys(spans))[:_MOST_GUARDS]
    )


def _arrow(step: Step) -> str:
    mark = " [when]" if _is_guarded(step) else ""
    return f" --{step.transition.event}{mark}--> {step.transition.target}"


def _is_guarded(step: Step) -> bool:
    return step.transition.when != ALWAYS
