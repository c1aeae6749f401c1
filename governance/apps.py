"""The governance app."""

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class GovernanceConfig(AppConfig):
    name = "governance"
    verbose_name = "Governance"

    def ready(self) -> None:
        """Let every app add its gauges to /metrics."""
        autodiscover_modules("metrics")
