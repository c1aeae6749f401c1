"""Where DICOM is kept."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalog.models.columns import BYTEWISE
from governance.access import Person, scope_of
from governance.models import Collection
from governance.permissions import Permission


class SourceQuerySet(models.QuerySet["Source"]):
    def visible_to(self, user: Person) -> "SourceQuerySet":
        return self.filter(scope_of(user, Permission.SOURCE_READ).over("collection"))


class Source(models.Model):
    """A connected place that holds DICOM, feeding one Collection."""

    class Kind(models.TextChoices):
        FOLDER = "folder", _("Folder")

    collection = models.ForeignKey(Collection, models.PROTECT, related_name="sources")
    name = models.CharField(_("name"), max_length=120)
    kind = models.CharField(_("kind"), max_length=20, choices=Kind, default=Kind.FOLDER)
    location = models.TextField(_("location"), db_collation=BYTEWISE)
    # What the place was at the last crawl (a folder's device and inode): an unmounted disk leaves an
    # empty folder behind, which must not be taken for an archive whose every file has vanished.
    identity = models.CharField(max_length=64, blank=True, default="")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )

    objects = SourceQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["name", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["kind", "location"], name="source_place_is_unique")
        ]

    def __str__(self) -> str:
        return self.name
