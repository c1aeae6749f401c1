"""Patient, Study, Series: what DICOM's information model calls them (PS3.3 section A.1.2), per Collection.

Their columns are summaries of the Headers below them, recomputed by actions/summarise.py and never
written by hand; the same UID in two Collections makes two rows, because access is by Collection.
"""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.utils import timezone

from catalog.codes import code_of
from catalog.masking.ways import MODALITIES
from catalog.models.columns import count_field, text_field, uid_field
from catalog.models.entity_queries import EntityQuerySet, StudyQuerySet
from governance.models import Collection

# Objects that a study holds beside what was acquired: it is not called after them when it can be helped.
_ABOUT_OTHERS = frozenset(
    {"DOC", "KO", "OT", "PR", "REG", "RTDOSE", "RTPLAN", "RTSTRUCT", "RWV", "SEG", "SR"}
)


class Patient(models.Model):
    """A patient of one Collection, as an issuer's identifier names them.

    Objects without a Patient ID are not thrown together: `anchor` then holds their Study Instance UID.
    """

    collection = models.ForeignKey(Collection, models.PROTECT, related_name="patients", db_index=False)
    patient_id = text_field()
    issuer_of_patient_id = text_field()
    anchor = uid_field()
    patient_name = text_field()
    patient_birth_date = models.DateField(null=True, blank=True)
    patient_sex = text_field()
    study_count = count_field()
    instance_count = count_field()
    first_study_date = models.DateField(null=True, blank=True)
    last_study_date = models.DateField(null=True, blank=True)
    first_seen_at = models.DateTimeField(default=timezone.now)

    objects = EntityQuerySet["Patient"].as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["collection", "patient_id", "issuer_of_patient_id", "anchor"],
                name="patient_key_is_unique",
            )
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def code(self) -> str:
        return code_of("P", self.pk)


class Study(models.Model):
    """One examination as held by one Collection."""

    collection = models.ForeignKey(Collection, models.PROTECT, related_name="studies", db_index=False)
    patient = models.ForeignKey(Patient, models.PROTECT, related_name="studies", db_index=False)
    study_instance_uid = uid_field()
    study_date = models.DateField(null=True, blank=True)
    study_time = text_field()
    study_description = text_field()
    accession_number = text_field()
    study_id = text_field()
    referring_physician_name = text_field()
    institution_name = text_field()
    modalities = ArrayField(models.TextField(), default=list)
    body_parts = ArrayField(models.TextField(), default=list)
    manufacturers = ArrayField(models.TextField(), default=list)
    series_count = count_field()
    instance_count = count_field()
    total_bytes = count_field()
    # How many patients its objects name: more than one is a conflict for a steward.
    patient_count = count_field()
    # The character of its claim: (0012,0062) and (0028,0301) over all its Headers.
    identity_removed = text_field()
    burned_in_annotation = text_field()
    first_seen_at = models.DateTimeField(default=timezone.now)
    changed_at = models.DateTimeField(default=timezone.now)

    objects = StudyQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "studies"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["collection", "study_instance_uid"], name="study_key_is_unique")
        ]
        indexes: ClassVar = [
            models.Index(fields=["collection", "-study_date", "-id"], name="study_by_date"),
            # For those who see many Collections: the newest of all, without sorting.
            models.Index(fields=["-study_date", "-id"], name="study_newest_first"),
            models.Index(fields=["patient"], name="study_by_patient"),
            models.Index(fields=["collection", "institution_name"], name="study_by_institution"),
            GinIndex(fields=["modalities"], name="study_modalities"),
            GinIndex(fields=["body_parts"], name="study_body_parts"),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def code(self) -> str:
        """What people call it on the phone: says nothing about the patient, so a made-up modality is left out."""
        known = [modality for modality in self.modalities if modality in MODALITIES]
        acquired = [modality for modality in known if modality not in _ABOUT_OTHERS]
        return code_of(next(iter(acquired or known), "ST"), self.pk)


class Series(models.Model):
    """One series as held by one Collection."""

    collection = models.ForeignKey(Collection, models.PROTECT, related_name="+", db_index=False)
    study = models.ForeignKey(Study, models.CASCADE, related_name="series", db_index=False)
    series_instance_uid = uid_field()
    series_number = models.BigIntegerField(null=True, blank=True)
    series_date = models.DateField(null=True, blank=True)
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
    identity_removed = text_field()
    burned_in_annotation = text_field()
    instance_count = count_field()
    total_bytes = count_field()
    first_seen_at = models.DateTimeField(default=timezone.now)
    changed_at = models.DateTimeField(default=timezone.now)

    objects = EntityQuerySet["Series"].as_manager()

    class Meta:
        verbose_name_plural = "series"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["study", "series_instance_uid"], name="series_key_is_unique")
        ]
        indexes: ClassVar = [
            models.Index(fields=["collection", "modality", "id"], name="series_by_modality"),
            models.Index(
                fields=["collection", "manufacturer", "manufacturer_model_name"], name="series_by_device"
            ),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def code(self) -> str:
        return code_of("S", self.pk)
