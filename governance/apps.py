"""The governance app."""

from importlib import import_module

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class GovernanceConfig(AppConfig):
    name = "governance"
    verbose_name = "Governance"

    def ready(self) -> None:
        """Let every app add its gauges to /metrics, and its tasks go to our broker from any process."""
        import_module("governance.celery")
        autodiscover_modules("metrics")
