"""Celery tasks of governance: thin, without arguments that name anybody, safe to run twice."""

from celery import shared_task

from governance.actions import end_grants as ending


@shared_task
def end_grants() -> None:
    ending.end_grants()


@shared_task
def check_grants() -> None:
    ending.check_grants()
