"""What the catalogue announces, with ids only and after commit; receivers do no more than enqueue a task."""

from functools import partial

from django.db import transaction
from django.dispatch import Signal

# A crawl has something to do. Sent with crawl_id.
crawl_needs_walking = Signal()
crawl_needs_reading = Signal()
crawl_needs_settling = Signal()


def announce(signal: Signal, **ids: int) -> None:
    """Send `signal` once the transaction is committed, or at once outside of one.

    A broker that is away is logged and does not fail the caller: what was committed is found again by wake_crawls.
    """
    transaction.on_commit(partial(signal.send_robust, sender=None, **ids))
