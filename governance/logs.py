"""How log lines look: one line of key=value pairs, or JSON; never a value that somebody's header may hold.

Nobody can tell a value from a word by looking at it. So a line holds what the program's own source says (the constant
text of the message) and numbers; every text that was put into it is left out, whoever logs, libraries included.
An exception's text is written by whoever raised it, and libraries quote what they were given: PostgreSQL the key of
a duplicate row, Python the literal that is no number. Logs therefore name exceptions by their class, the place in the
code and, of the database, the SQLSTATE; only our own exceptions are quoted.
"""

import logging
import logging.config
import sys
import threading
import traceback
from collections.abc import Iterator, Mapping, MutableMapping
from inspect import currentframe
from numbers import Number
from types import FrameType, TracebackType
from typing import Any
from uuid import UUID

import structlog

OUR_OWN = ("governance.", "catalog.", "lineage.", "compliance.")
# What a line may say beside its message. Django's own records carry whole requests, so others are left out.
FIELDS = ("error_class", "places", "component", "status_code")
_ALWAYS = {"event", "level", "logger", "timestamp", "exception", "request_id"}
# The words of Celery's lines: a task's name and number are no values, its arguments and results may be.
_OF_TASKS = {"name", "id", "runtime", "hostname"}


class _Withheld:
    """Stands for a text that is left out."""

    def __repr__(self) -> str:
        return "[...]"


WITHHELD = _Withheld()


def configure(config: Mapping[str, Any]) -> None:
    """Set up logging for this process (settings.LOGGING_CONFIG): the standard library's, structlog's, and crashes.

    A crash is told like any other error, except to a person at a terminal, who sees what Python says.
    """
    logging.config.dictConfig(dict(config))
    logging.captureWarnings(True)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.stdlib.add_log_level,
            structlog.stdlib.add_logger_name,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    if not sys.stderr.isatty():
        sys.excepthook = _crashed
        threading.excepthook = _thread_crashed


class WithoutValues(logging.Filter):
    """Leaves out of a record every text that its source does not say."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.msg, dict):  # structlog's: the processors see to it
            return True
        if isinstance(record.args, dict) and "exc" in record.args:
            error = record.exc_info[1] if record.exc_info else None
            record.args = {**record.args, "exc": summary(error) if error else WITHHELD}
            record.args |= {"args": "()", "kwargs": "{}", "traceback": ""}
            return True
        if not (isinstance(record.msg, str) and _is_constant(record.msg, currentframe())):
            record.msg, record.args = repr(WITHHELD), ()
        record.args = _without_texts(record.args)
        if not _can_be_written(record):
            record.args = ()
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
            structlog.stdlib.ExtraAdder(allow=FIELDS),
            structlog.processors.TimeStamper(fmt="iso", utc=True),
        ],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            exception_without_values,
            only_known_fields,
            renderer,
        ],
    )


def only_known_fields(
    _logger: Any, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Structlog processor: leave out every field that is no number and not known to hold no values."""
    known = _ALWAYS.union(FIELDS)
    return {
        key: value if key in known or _is_plain(value) else repr(WITHHELD) for key, value in event.items()
    }


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


def _is_constant(message: str, frame: FrameType | None) -> bool:
    """Whether code that is at work now says these very words: as a constant of its own, or of its module."""
    wanted = message.strip()
    while frame is not None:
        if any(isinstance(word, str) and word.strip() == wanted for word in frame.f_code.co_consts):
            return True
        if any(isinstance(word, str) and word.strip() == wanted for word in [*frame.f_globals.values()]):
            return True
        frame = frame.f_back
    return False


def _without_texts(told: Any) -> Any:
    if isinstance(told, Mapping):
        return {key: value if key in _OF_TASKS else _plain(value) for key, value in told.items()}
    return tuple(map(_plain, told or ()))


def _plain(value: Any) -> Any:
    return value if _is_plain(value) else WITHHELD


def _is_plain(value: Any) -> bool:
    """Numbers, yes and no, and random identifiers tell nothing of anybody."""
    return value is None or isinstance(value, Number | UUID)


def _can_be_written(record: logging.LogRecord) -> bool:
    """A placeholder such as %.1f takes no text: its message is then written as it stands."""
    try:
        record.getMessage()
    except (TypeError, ValueError, KeyError):
        return False
    return True


def _crashed(_kind: type[BaseException], error: BaseException, _trace: TracebackType | None) -> None:
    if isinstance(error, KeyboardInterrupt):
        return
    logging.getLogger(__name__).critical("This process has crashed.", exc_info=error)


def _thread_crashed(told: threading.ExceptHookArgs) -> None:
    if not isinstance(told.exc_value, SystemExit):
        logging.getLogger(__name__).critical("A thread has crashed.", exc_info=told.exc_value)
