"""Header and Instance: what a series shares, stored once, and what each stored object has of its own."""

from collections.abc import Iterable
from typing import ClassVar

from django.db import models
from django.db.models import OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from catalog.codes import code_of
from catalog.models.columns import BYTEWISE, PlainJSONField, text_field, uid_field
from catalog.models.entities import Series
from catalog.models.sources import Source
from governance.access import Person, scope_of
from governance.permissions import Permission


class Header(models.Model):
    """The elements that instances of a series share, addressed by their content (catalog.dicom.split).

    `content` is the DICOM JSON Model (PS3.18 section F.2); `varying` lists the (tag, VR) pairs whose values
    the instances keep. The other columns are catalog.dicom.Facts: what people filter and sort by.
    """

    digest = models.BinaryField(unique=True, max_length=32)
    content = PlainJSONField()
    varying = PlainJSONField()
    patient_id = text_field()
    issuer_of_patient_id = text_field()
    patient_name = text_field()
    patient_birth_date = models.DateField(null=True)
    patient_sex = text_field()
    study_instance_uid = uid_field()
    study_date = models.DateField(null=True)
    study_time = text_field()
    study_description = text_field()
    accession_number = text_field()
    study_id = text_field()
    referring_physician_name = text_field()
    institution_name = text_field()
    series_instance_uid = uid_field()
    series_number = models.BigIntegerField(null=True)
    series_date = models.DateField(null=True)
    modality = text_field()
    body_part_examined = text_field()
    laterality = text_field()
    series_description = text_field()
    protocol_name = text_field()
    manufacturer = text_field()
    manufacturer_model_name = text_field()
    station_name = text_field()
    device_serial_number = text_field()
    software_versions = text_field()
    sop_class_uid = uid_field()
    transfer_syntax_uid = uid_field()
    # Files hold what no US and no 32-bit IS could (PS3.5 table 6.2-1).
    rows = models.BigIntegerField(null=True)
    columns = models.BigIntegerField(null=True)
    number_of_frames = models.BigIntegerField(null=True)
    photometric_interpretation = text_field()
    patient_identity_removed = text_field()
    deidentification_method = models.BooleanField(default=False)
    burned_in_annotation = text_field()

    def __str__(self) -> str:
        return f"Header {self.pk}"


class InstanceQuerySet(models.QuerySet["Instance"]):
    def visible_to(self, user: Person) -> "InstanceQuerySet":
        return self.filter(scope_of(user, Permission.CATALOG_READ).over("series__collection"))

    def held(self) -> "InstanceQuerySet":
        """Those whose file was there when it was last looked for."""
        return self.filter(vanished_at__isnull=True)

    def representing(self, series_ids: Iterable[int]) -> "InstanceQuerySet":
        """One stored instance for each series: the one with the middle instance number.

        A page of series costs one query of a few index look-ups each, however many instances they have.
        """
        stored = Instance.objects.held().filter(series=OuterRef("pk"))
        by_number = stored.filter(instance_number__isnull=False).order_by("instance_number", "id")
        first = Subquery(by_number.values("instance_number")[:1])
        last = Subquery(by_number.reverse().values("instance_number")[:1])
        from_the_middle = by_number.filter(instance_number__gte=OuterRef("middle"))
        chosen = Series.objects.filter(pk__in=list(series_ids)).annotate(
            middle=(first + last) / 2,
            chosen=Coalesce(
                Subquery(from_the_middle.values("pk")[:1]), Subquery(stored.order_by("id").values("pk")[:1])
            ),
        )
        return self.filter(pk__in=chosen.values("chosen"))


class Instance(models.Model):
    """One stored object: a file, or an object in a bucket or a PACS, at a locator of a Source.

    The same SOP Instance UID may be stored several times; each is a row. Foreign keys are not checked by
    the database, because the check costs a third of the crawl's rate and rows are written only by MERGE from
    keys resolved in the same transaction (docs/decisions/0003).
    """

    source = models.ForeignKey(
        Source, models.DO_NOTHING, related_name="+", db_index=False, db_constraint=False
    )
    locator = models.TextField(db_collation=BYTEWISE)
    size = models.BigIntegerField()
    mtime_ns = models.BigIntegerField()
    inode = models.BigIntegerField()
    series = models.ForeignKey(
        Series, models.DO_NOTHING, related_name="instances", db_index=False, db_constraint=False
    )
    header = models.ForeignKey(
        Header, models.DO_NOTHING, related_name="+", db_index=False, db_constraint=False
    )
    sop_instance_uid = uid_field()
    instance_number = models.BigIntegerField(null=True)
    # Values of the Header's `varying` elements, in that order.
    varying = PlainJSONField()
    content_hash = models.BinaryField(max_length=16)
    pixel_offset = models.BigIntegerField(null=True)
    # Tags found after the pixel data, or what was not looked at there.
    after_pixels = text_field()
    revision = models.SmallIntegerField(default=1)
    first_seen_at = models.DateTimeField()
    changed_at = models.DateTimeField(null=True)
    vanished_at = models.DateTimeField(null=True)
    moved_from = models.BigIntegerField(null=True)
    crawl_id = models.BigIntegerField()

    objects = InstanceQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["source", "locator"], name="instance_place_is_unique")
        ]
        indexes: ClassVar = [
            models.Index(fields=["series", "instance_number", "id"], name="instance_by_series"),
            models.Index(fields=["sop_instance_uid"], name="instance_by_uid"),
            models.Index(
                fields=["source", "crawl_id"],
                condition=Q(vanished_at__isnull=False),
                name="instance_vanished",
            ),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def code(self) -> str:
        return code_of("I", self.pk)


class SeriesHeader(models.Model):
    """How many instances of a series use a Header: from a Header to all that it speaks for, without counting."""

    series = models.ForeignKey(Series, models.CASCADE, related_name="series_headers", db_index=False)
    header = models.ForeignKey(Header, models.CASCADE, related_name="series_headers")
    instance_count = models.BigIntegerField()
    total_bytes = models.BigIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["series", "header"], name="series_header_is_unique")
        ]

    def __str__(self) -> str:
        return f"{self.header} in {self.series}"
