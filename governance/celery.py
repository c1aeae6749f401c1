"""The Celery application; tasks are found in each app's tasks module."""

import logging
import os

from celery import Celery
from celery.signals import setup_logging, worker_process_init
from django.conf import settings

from governance import logs
from governance.audit.origin import Channel, Origin, always

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "governance.settings")

app = Celery("isocenter")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@setup_logging.connect
def _log_as_everybody_does(loglevel: int | None = None, **_told: object) -> None:
    """Celery would add handlers of its own, which know nothing of what may not be written."""
    logs.configure(settings.LOGGING)
    root = logging.getLogger()
    root.setLevel(max(root.level, loglevel or 0))


@worker_process_init.connect
def _say_where_from(**_told: object) -> None:
    """What a worker does by itself is no command of anybody's."""
    always(Origin(Channel.TASK))
