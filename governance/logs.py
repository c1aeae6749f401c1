"""How log lines look: one line of key=value pairs, or JSON; never a value that somebody's header may hold.

An exception's text is written by whoever raised it, and libraries quote what they were given: PostgreSQL
the key of a duplicate row, Python the literal that is no number. Logs therefore name exceptions by their
class, the place in the code and, of the database, the SQLSTATE; only our own exceptions are quoted.
"""

import logging
import sys
import traceback
from collections.abc import Iterator, MutableMapping
from typing import Any

import structlog

OUR_OWN = ("governance.", "catalog.", "lineage.", "compliance.")


class WithoutValues(logging.Filter):
    """Takes the texts of exceptions out of Celery's own records ("Task … raised unexpected: …")."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, dict) and "exc" in record.args:
            error = record.exc_info[1] if record.exc_info else None
            told = summary(error) if error else "see the exception"
            record.args = {**record.args, "exc": told, "args": "()", "kwargs": "{}", "traceback": ""}
        return True


def line_formatter() -> logging.Formatter:
    """Return the formatter of settings.LOGGING: JSON for machines, readable for a terminal."""
    renderer: structlog.typing.Processor = (
        structlog.dev.ConsoleRenderer() if sys.stderr.isatty() else structlog.processors.JSONRenderer()
    )
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[
            structlog.contextvars.merge_contextvars,
            structlog.stdlib.add_log_level,
            structlog.stdlib.add_logger_name,
            # Only what is known to hold no values: Django's own records carry whole requests.
            structlog.stdlib.ExtraAdder(allow=["error_class", "places", "component"]),
            structlog.processors.TimeStamper(fmt="iso", utc=True),
        ],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            exception_without_values,
            renderer,
        ],
    )


def exception_without_values(
    _logger: Any, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Structlog processor: `exc_info` becomes `exception`, the chain of classes and places."""
    exc_info = event.pop("exc_info", None)
    error = exc_info[1] if isinstance(exc_info, tuple) else exc_info
    if error is True:
        error = sys.exception()
    if isinstance(error, BaseException):
        event["exception"] = " | caused by ".join(map(_described, _chain(error)))
    return event


def summary(error: BaseException) -> str:
    """Return the exception's class, with its text only when it is one of ours, or the database's SQLSTATE."""
    kind = type(error)
    name = f"{kind.__module__}.{kind.__qualname__}"
    if name.startswith(OUR_OWN):
        return f"{name}: {error}"
    state = getattr(error, "sqlstate", None) or getattr(error.__cause__, "sqlstate", None)
    return f"{name} (SQLSTATE {state})" if state else name


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _described(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    places = " > ".join(f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames)
    return f"{summary(error)} at {places}" if places else summary(error)
