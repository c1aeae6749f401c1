"""pydicom's warnings and log lines quote values, which may be PHI: nothing of them leaves this package."""

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

logging.getLogger("pydicom").propagate = False


@contextmanager
def quietly() -> Iterator[None]:
    """Without pydicom's warnings."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
