"""The catalog app."""

from importlib import import_module

from django.apps import AppConfig


class CatalogConfig(AppConfig):
    name = "catalog"
    verbose_name = "Catalog"

    def ready(self) -> None:
        import_module("catalog.receivers")
        import_module("catalog.trail_names").announce()
        import_module("catalog.holdings").announce()
