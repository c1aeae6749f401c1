"""Column types that Django does not have."""

from typing import Any

from django.db import models

# Locators and UIDs are compared byte by byte: a crawl's ranges depend on it, and no locale should matter.
BYTEWISE = "C"


class PlainJSONField(models.JSONField):
    """PostgreSQL's json instead of jsonb: half the size for small arrays, and twice as fast to load."""

    def db_type(self, connection: Any) -> str:  # noqa: ARG002 - Django's signature
        return "json"

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:  # noqa: ARG002
        """Django tells psycopg to leave jsonb as text, but json arrives decoded already."""
        return value


def uid_field(**options: Any) -> "models.TextField[str, str]":
    """A DICOM UID (PS3.5 section 9): at most 64 characters, though archives hold longer ones."""
    return models.TextField(blank=True, default="", db_default="", db_collation=BYTEWISE, **options)


def text_field(**options: Any) -> "models.TextField[str, str]":
    """A header's text, empty when absent: DICOM makes no difference that people would look for."""
    return models.TextField(blank=True, default="", db_default="", **options)


def count_field(**options: Any) -> "models.BigIntegerField[int, int]":
    """A number of things, or of bytes, that a summary keeps."""
    return models.BigIntegerField(default=0, db_default=0, **options)
