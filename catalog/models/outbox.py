"""What happened, for those who follow: written in the transaction of the change, drained in order."""

from typing import ClassVar

from django.db import models
from django.utils import timezone

from catalog.models.entities import Series


class DirtySeries(models.Model):
    """A series whose summary (and its study's and patient's) must be computed again."""

    series = models.OneToOneField(Series, models.CASCADE, primary_key=True, related_name="+")

    def __str__(self) -> str:
        return str(self.series_id)


class IndexChange(models.Model):
    """A row of the catalogue that the search index has to follow; its id is the document's version."""

    class Entity(models.TextChoices):
        PATIENT = "patient"
        STUDY = "study"
        SERIES = "series"

    entity = models.CharField(max_length=10, choices=Entity)
    entity_id = models.BigIntegerField()
    at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"{self.entity} {self.entity_id}"


class SubjectChange(models.Model):
    """Something that rules and lineage have to look at again."""

    class Subject(models.TextChoices):
        HEADER = "header"
        SERIES = "series"
        SOURCE = "source"

    subject = models.CharField(max_length=10, choices=Subject)
    subject_id = models.BigIntegerField()
    crawl_id = models.BigIntegerField(null=True)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["subject", "id"], name="subject_change_in_order")]

    def __str__(self) -> str:
        return f"{self.subject} {self.subject_id}"
