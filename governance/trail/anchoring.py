"""Taking the newest signed head to every anchor, again and again, beside the sealing and never in its way."""

from threading import Event, Thread

import structlog
from django.db import OperationalError, connection

from governance.actions.anchor_head import anchor_head
from governance.anchors.anchor import Unavailable
from governance.anchors.configured import configured_anchors

EVERY_SECONDS = 60.0
log = structlog.get_logger(__name__)


def anchor_everywhere() -> list[str]:
    """Let each anchor that is due keep the newest head; return what could not be done, which is logged too."""
    failed = []
    try:
        anchors = configured_anchors()
    except Unavailable as error:
        log.warning("No head is kept outside of the database.", exc_info=error)
        return [str(error)]
    for anchor in anchors:
        try:
            anchor_head(anchor)
        except Unavailable as error:
            log.warning(
                "An anchor did not keep the head; it is tried again.", component=anchor.name, exc_info=error
            )
            failed.append(f"{anchor.name}: {error}")
    return failed


class Anchoring(Thread):
    """Anchors every minute until `end`, in a thread of its own: an anchor that hangs does not hold up the sealing."""

    def __init__(self) -> None:
        super().__init__(name="anchoring", daemon=True)
        self._ended = Event()

    def run(self) -> None:
        while not self._ended.is_set():
            try:
                anchor_everywhere()
            except OperationalError as error:
                log.warning("The database does not answer; anchoring waits.", exc_info=error)
            except Exception as error:
                # Whatever it is: sealing goes on, and the age of the last anchor tells of it.
                log.exception("Anchoring failed; it is tried again.", exc_info=error)
            finally:
                connection.close()
            self._ended.wait(EVERY_SECONDS)

    def end(self) -> None:
        """Let it end after the head at hand; whoever cannot wait ends the process."""
        self._ended.set()
