"""How gunicorn logs: as everything else here, without values."""

from typing import Any

from gunicorn.glogging import Logger

from governance.logs import WithoutValues, line_formatter


class ServerLog(Logger):
    """gunicorn's own log tells of requests that fail while they are being answered, with whole tracebacks."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        for handler in self.error_log.handlers:
            handler.setFormatter(line_formatter())
            handler.addFilter(WithoutValues())
