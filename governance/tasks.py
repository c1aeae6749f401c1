"""Celery tasks of governance: thin, with numbers for arguments that name nobody, safe to run twice."""

from celery import shared_task

from governance.actions import end_grants as ending
from governance.actions import end_lenses as ending_lenses
from governance.actions import note_use as noting
from governance.actions import verify_audit as verifying
from governance.audit.origin import Channel, Origin, coming_from
from governance.models import User
from governance.session_store import SessionStore


@shared_task
def end_grants() -> None:
    ending.end_grants()


@shared_task
def end_lenses() -> None:
    while ending_lenses.end_lenses(batch=ending_lenses.BATCH) == ending_lenses.BATCH:
        pass


@shared_task
def check_grants() -> None:
    ending.check_grants()


@shared_task
def verify_audit(*, asked_by: int, request: int) -> None:
    """The event of the result bears the id of the request that asked for it, which is 12 digits of base 16."""
    with coming_from(Origin(Channel.TASK, correlation=f"{request:012x}")):
        verifying.verify_audit(User.objects.filter(pk=asked_by).first())


@shared_task
def note_use() -> None:
    noting.note_use()


@shared_task
def forget_sessions() -> None:
    """Remove what is left of sessions that were over a day ago."""
    SessionStore.clear_expired()
