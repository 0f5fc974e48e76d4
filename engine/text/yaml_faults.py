"""What does the YAML parser's complaint mean in an author's words?"""

from __future__ import annotations

import re
from itertools import islice

from yaml.error import Mark, MarkedYAMLError, YAMLError

from engine.text.diagnostics import Diagnostic, Related, error
from engine.text.faults import Faults
from engine.text.source import Source, Span

_TAB_INDENT = re.compile(r"[ ]*\t")
_TAG_DIRECTIVE = re.compile(r"^%TAG\b", re.MULTILINE)
_MOST_TAG_DIRECTIVES = 64

_NO_KEY = ("did not find expected key", "expected <block end>, but found ':'")

_HINTS: tuple[tuple[str, str], ...] = (
    (
        "mapping values are not allowed",
        "quote a value that contains ': ', or check the indentation of this line",
    ),
    ("could not find expected ':'", "write 'key: value'; check the colon and the space after it"),
    ("did not find expected key", "check the indentation, and quotes or brackets left open above"),
    ("did not find expected '-' indicator", "start all items of a list at the same column"),
    ("did not find expected ','", "separate items with commas and close the bracket"),
    ("expected ',' or", "separate items with commas and close the bracket"),
    ("cannot start any token", "quote a value that starts with this character"),
    ("unknown escape character", "double the backslash, or use single quotes"),
    ("did not find expected alphabetic or numeric", "quote a value that starts with '&' or '*'"),
)

_PLACES: dict[str, str] = {
    "while parsing a block mapping": "in the mapping that begins here",
    "while parsing a block collection": "in the list that begins here",
    "while parsing a flow sequence": "in the list opened here",
    "while parsing a flow mapping": "in the mapping opened here",
    "while scanning a quoted scalar": "in the quoted text opened here",
}


def yaml_fault(source: Source, fault: YAMLError, read_to: Span) -> Diagnostic:
    """The finding for a fault that stopped the YAML parser; at `read_to` when it does not say where."""
    mark = _mark(fault) if isinstance(fault, MarkedYAMLError) else None
    if not isinstance(fault, MarkedYAMLError) or mark is None:
        return error("RS101", f"not YAML: {fault}", read_to)
    span = _at(source, mark)
    problem, context = fault.problem or "", fault.context or ""
    if _is_tab(source.line(span.line), problem):
        return error("RS102", "a tab may not indent YAML", span, hint="indent with spaces, two for each level")
    if problem in _NO_KEY and source.text[mark.index : mark.index + 1] == ":":
        return missing_key(span)
    if _is_unclosed(source, mark, problem, context):
        return _unclosed(source, fault, span)
    if "Unicode character escape" in problem or "invalid Unicode character" in problem:
        return bad_escape(span)
    if "incompatible YAML document" in problem:
        return other_version(span)
    hint = next((hint for part, hint in _HINTS if part in problem), "")
    return error("RS101", f"not YAML: {problem or context}", span, hint=hint, related=_begun(source, fault))


def bad_escape(span: Span) -> Diagnostic:
    """An escape in double quotes that stands for half of a character pair, or for no character."""
    hint = "write the character itself, or both halves of the pair"
    return error("RS123", "this escape does not stand for a character", span, hint=hint)


def other_version(span: Span) -> Diagnostic:
    """A %YAML directive of another version than 1.2."""
    return error("RS113", "documents are read as YAML 1.2", span, hint="remove the %YAML line")


def missing_key(span: Span) -> Diagnostic:
    """A colon, or an unquoted key, without any text before it."""
    return error("RS110", "the key is missing", span, hint='write a key before the colon, or "" if it is meant')


def refuse_many_tag_directives(source: Source, faults: Faults) -> None:
    """Report %TAG directives when they are so many that the parser, comparing each with all, would take long.

    A few need no finding of their own: they do nothing, as tags are refused.
    """
    places = list(islice(_TAG_DIRECTIVE.finditer(source.text), _MOST_TAG_DIRECTIVES + 1))
    if len(places) > _MOST_TAG_DIRECTIVES:
        span = source.span(places[-1].start(), places[-1].end())
        message = f"more than {_MOST_TAG_DIRECTIVES} %TAG lines"
        faults.add(error("RS108", message, span, hint="remove them: tags are not read"))


def _mark(fault: MarkedYAMLError) -> Mark | None:
    if fault.problem == "could not find expected ':'":
        # The parser notices a missing colon only on the next line; the context is where the key stands.
        return fault.context_mark or fault.problem_mark
    return fault.problem_mark or fault.context_mark


def _at(source: Source, mark: Mark) -> Span:
    line, column = mark.line + 1, mark.column + 1
    return Span(source.name, line, column, line, column + 1)


def _is_tab(line: str, problem: str) -> bool:
    return "tab character" in problem or ("cannot start any token" in problem and bool(_TAB_INDENT.match(line)))


def _is_unclosed(source: Source, mark: Mark, problem: str, context: str) -> bool:
    if "quoted scalar" in context:
        return "end of stream" in problem or "document indicator" in problem or "document separator" in problem
    return "flow" in context and not source.text[mark.index :].strip()


def _unclosed(source: Source, fault: MarkedYAMLError, span: Span) -> Diagnostic:
    opened = span if fault.context_mark is None else _at(source, fault.context_mark)
    what = "quote" if "quoted" in (fault.context or "") else "bracket"
    return error("RS103", f"this {what} is never closed", opened, hint=f"add the closing {what}")


def _begun(source: Source, fault: MarkedYAMLError) -> tuple[Related, ...]:
    start, end = fault.context_mark, _mark(fault)
    if start is None or end is None or start.line == end.line:
        return ()
    return (Related(_at(source, start), _PLACES.get(fault.context or "", "in what begins here")),)
