"""The governance app."""

from importlib import import_module
from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.module_loading import autodiscover_modules


class GovernanceConfig(AppConfig):
    name = "governance"
    verbose_name = "Governance"

    def ready(self) -> None:
        """Let every app add its gauges to /metrics, its tasks go to our broker, and sign-ins be recorded."""
        import_module("governance.celery")
        import_module("governance.receivers")
        import_module("governance.checks")
        autodiscover_modules("metrics")
        # After django.contrib.auth's own, which makes the permissions that grants are stored with.
        post_migrate.connect(_keep_roles, sender=self)


def _keep_roles(**_told: Any) -> None:
    """Keep the built-in roles, unless the migration led back to before there were any."""
    models = import_module("django.db").connection.introspection.table_names()
    if "governance_role" in models:
        import_module("governance.actions.keep_roles").keep_roles()
