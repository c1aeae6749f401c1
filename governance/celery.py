"""The Celery application; tasks are found in each app's tasks module."""

import os

from celery import Celery
from celery.signals import worker_process_init

from governance.audit.origin import Channel, Origin, always

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "governance.settings")

app = Celery("isocenter")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_process_init.connect
def _say_where_from(**_told: object) -> None:
    """What a worker does by itself is no command of anybody's."""
    always(Origin(Channel.TASK))
