"""How log lines look: one line of key=value pairs, or JSON where the output is not a terminal's."""

import logging
import sys

import structlog


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
            structlog.processors.format_exc_info,
            renderer,
        ],
    )
