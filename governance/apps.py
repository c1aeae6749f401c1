"""The governance app."""

from importlib import import_module

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class GovernanceConfig(AppConfig):
    name = "governance"
    verbose_name = "Governance"

    def ready(self) -> None:
        """Let every app add its gauges to /metrics, its tasks go to our broker, and sign-ins be recorded."""
        import_module("governance.celery")
        import_module("governance.receivers")
        autodiscover_modules("metrics")
