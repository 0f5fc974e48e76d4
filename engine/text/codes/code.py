"""What is a diagnostic code, and what does its page say?"""

from __future__ import annotations

from dataclasses import dataclass
from textwrap import fill, indent
from typing import Literal

from engine.text.codes.reasons import allowance

Severity = Literal["error", "warning", "note"]


@dataclass(frozen=True, slots=True)
class Code:
    """A stable, public name for one kind of finding, with all an author needs to understand and remove it.

    `code` is `RS` and three digits; its first digit is the series. `title` is a short noun phrase, `why` says
    what goes wrong without the finding, `bad` and `good` are small YAML examples, `remedy` is an instruction.
    """

    code: str
    title: str
    severity: Severity
    why: str
    bad: str
    good: str
    remedy: str

    @property
    def allow(self) -> str:
        """How a document accepts the finding, with an example of a reason; empty where it cannot be accepted."""
        return allowance(self.code)


def explain(code: Code) -> str:
    """The page of a code as plain text, lines no longer than 88 characters except inside examples."""
    parts = [
        f"{code.code} ({code.severity}): {code.title}",
        f"Why\n{_wrapped(code.why)}",
        f"Bad\n{_indented(code.bad)}",
        f"Good\n{_indented(code.good)}",
        f"What to do\n{_wrapped(code.remedy)}",
    ]
    if code.allow:
        parts.append(f"How to allow it\n{_indented(code.allow)}")
    return "\n\n".join(parts) + "\n"


def markdown(code: Code) -> str:
    """The page of a code as a Markdown section; its heading is the bare code, so that `#rs101` leads there."""
    parts = [
        f"### {code.code}",
        f"**{code.title}** ({code.severity})",
        code.why,
        f"Bad:\n\n```yaml\n{code.bad.rstrip()}\n```",
        f"Good:\n\n```yaml\n{code.good.rstrip()}\n```",
        code.remedy,
    ]
    if code.allow:
        parts.append(f"To allow it:\n\n```yaml\n{code.allow}\n```")
    return "\n\n".join(parts) + "\n"


def _wrapped(text: str) -> str:
    return fill(text, width=88, initial_indent="  ", subsequent_indent="  ")


def _indented(example: str) -> str:
    return indent(example.rstrip(), "    ")
