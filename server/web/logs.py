"""Where and how does the program log? One line per event on standard error: JSON in production, coloured for people.

What libraries log with `logging` comes out the same way. Values under names that sound secret are never written.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import MutableMapping, Sequence
from functools import lru_cache
from typing import Any, Final, TextIO

import msgspec
import structlog
from aiohttp.http_exceptions import HttpProcessingError
from structlog.typing import Processor

from server.settings import Settings

HIDDEN: Final = "***"

_SECRET: Final = re.compile(r"password|secret|token|authorization|cookie|api_?key|database_url|^keys?$", re.IGNORECASE)
_CHATTY: Final = ("aiohttp.access", "asyncio", "tortoise", "asyncpg", "pgqueuer")


def configure_logs(settings: Settings, stream: TextIO | None = None) -> None:
    """Set up logging for the whole process, onto standard error unless another stream is given."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=list(_ENRICH),
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *_rendering(settings)],
        )
    )
    level = logging.getLevelNamesMapping()[settings.log_level.upper()]
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    logging.getLogger("aiohttp.server").addFilter(_not_of_callers)
    for name in _CHATTY:
        logging.getLogger(name).setLevel(max(level, logging.WARNING))
    # Our own lines are written without a detour through `logging`, which would cost more than most requests' log.
    structlog.configure(
        processors=[*_ENRICH, *_rendering(settings)],
        logger_factory=lambda name="sostech": _Lines(name, handler.stream),
        wrapper_class=structlog.make_filtering_bound_logger(level),
        cache_logger_on_first_use=False,  # loggers are made at import, before this is called
    )


class _Lines:
    """Writes finished lines to a stream, each at once and whole."""

    def __init__(self, name: str, stream: TextIO) -> None:
        self.name = name
        self._stream = stream

    def msg(self, line: str) -> None:
        self._stream.write(f"{line}\n")
        self._stream.flush()

    debug = info = warning = error = critical = exception = msg


def _not_of_callers(record: logging.LogRecord) -> bool:
    """Whether this is worth a line: what is no HTTP is the caller's fault, and would fill the log with tracebacks."""
    error = record.exc_info[1] if record.exc_info else None
    return not isinstance(error, HttpProcessingError)


def hide_secrets(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Replace every value whose name sounds secret, also inside mappings and lists."""
    for name, value in event.items():
        event[name] = HIDDEN if _is_secret(name) else _hidden_below(value)
    return event


@lru_cache(maxsize=1024)
def _is_secret(name: str) -> bool:
    """Whether a name sounds secret. Lines have the same few names again and again."""
    return _SECRET.search(name) is not None


def _hidden_below(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            name: HIDDEN if isinstance(name, str) and _is_secret(name) else _hidden_below(inner)
            for name, inner in value.items()
        }
    if isinstance(value, list):
        return [_hidden_below(inner) for inner in value]
    return value


def _rendering(settings: Settings) -> Sequence[Processor]:
    as_json = settings.log_format == "json" or (settings.log_format == "auto" and settings.is_production)
    if as_json:
        return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(_json)]
    # Plain tracebacks: the pretty ones show local variables, and passwords among them.
    plain = structlog.dev.plain_traceback
    return [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=plain)]


def _json(event: Any, **_options: Any) -> str:
    return msgspec.json.encode(event, enc_hook=str).decode()


_ENRICH: Final[tuple[Processor, ...]] = (
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    hide_secrets,
)
