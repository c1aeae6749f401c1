"""Files that could not be catalogued: never skipped in silence."""

from typing import ClassVar

from django.db import models
from django.utils import timezone

from catalog.models.columns import BYTEWISE
from catalog.models.sources import Source
from governance.access import Person, scope_of
from governance.permissions import Permission


class QuarantineQuerySet(models.QuerySet["Quarantine"]):
    def visible_to(self, user: Person) -> "QuarantineQuerySet":
        return self.filter(scope_of(user, Permission.QUARANTINE_READ).over("source__collection"))


class Quarantine(models.Model):
    """A file that is not in the catalogue, with its cause and a detail that holds no PHI."""

    source = models.ForeignKey(Source, models.CASCADE, related_name="quarantine", db_index=False)
    locator = models.TextField(db_collation=BYTEWISE)
    size = models.BigIntegerField()
    mtime_ns = models.BigIntegerField()
    inode = models.BigIntegerField()
    cause = models.CharField(max_length=40)
    detail = models.TextField(blank=True, default="")
    attempts = models.IntegerField(default=1)
    first_seen_at = models.DateTimeField(default=timezone.now)
    last_tried_at = models.DateTimeField(default=timezone.now)
    crawl_id = models.BigIntegerField()

    objects = QuarantineQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "quarantine"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["source", "locator"], name="quarantine_place_is_unique")
        ]
        indexes: ClassVar = [models.Index(fields=["source", "cause", "id"], name="quarantine_by_cause")]

    def __str__(self) -> str:
        return f"{self.cause} ({self.pk})"
