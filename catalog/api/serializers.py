"""What each resource of the catalogue says of itself; identifying columns come masked."""

from typing import Any

from django.utils.functional import cached_property
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from catalog.api.masked import (
    HowMany,
    MaskedSerializer,
    Moment,
    Revealed,
    RowId,
    ShownInteger,
    ShownMembers,
    ShownText,
)
from catalog.dicom import EXPLANATIONS, Cause, Explanation
from catalog.models import Crawl, Source
from catalog.models.counts import CrawlCounts, counts_of_all
from governance.api.selection import SelectableSerializer
from governance.models import PrivacyClaim

# (tag, VR) pairs of the elements whose values the instances keep.
_TAGS = {"type": "array", "items": {"type": "string", "pattern": "^[0-9A-F]{8}$"}}
DICOM_JSON: dict[str, Any] = {
    "type": "object",
    "description": (
        "DICOM JSON Model (PS3.18 section F.2). An element that shows less than the file holds has `Masked`; "
        "binary and long values have `Bulk` with their length instead of `Value`."
    ),
    "propertyNames": {"pattern": "^[0-9A-F]{8}$"},
    "additionalProperties": {
        "type": "object",
        "required": ["vr"],
        "properties": {
            "vr": {"type": "string", "pattern": "^[A-Z]{2}$"},
            "Value": {"type": "array"},
            "Masked": {"type": "boolean"},
            "Bulk": {"type": "object", "properties": {"length": {"type": "integer", "minimum": 0}}},
        },
    },
}


class CollectionSerializer(SelectableSerializer):
    """The unit of stewardship and access: a named set of studies with an owner and a privacy claim."""

    id = RowId()
    name = serializers.CharField(read_only=True)
    description = serializers.CharField(read_only=True)
    owner = serializers.CharField(
        source="owner.username",
        read_only=True,
        allow_null=True,
        default=None,
        help_text="The user name of whoever answers for it.",
    )
    privacy_claim = serializers.ChoiceField(PrivacyClaim.choices, read_only=True)
    is_listed = serializers.BooleanField(
        read_only=True, help_text="Whether everybody who can sign in may know of it, to ask for access."
    )
    created_at = Moment()


class SourceSerializer(MaskedSerializer):
    """A connected place that holds DICOM."""

    id = RowId()
    collection = RowId(source="collection_id")
    name = serializers.CharField(read_only=True)
    kind = serializers.ChoiceField(Source.Kind.choices, read_only=True)
    location = ShownText(help_text="The shape of the path: unusual folder names are codes.")
    created_at = Moment()


class PatientSerializer(MaskedSerializer):
    """A patient of one collection, under a code that says nothing about them."""

    id = RowId()
    code = serializers.CharField(read_only=True)
    collection = RowId(source="collection_id")
    birth_year = ShownText(source="patient_birth_date", help_text="The year; those over 89 are one group.")
    study_count = HowMany()
    instance_count = HowMany()
    first_study_year = ShownInteger(source="first_study_date")
    last_study_year = ShownInteger(source="last_study_date")
    first_seen_at = Moment()
    revealed = Revealed()


class StudySerializer(MaskedSerializer):
    """One examination as held by one collection."""

    id = RowId()
    code = serializers.CharField(read_only=True)
    collection = RowId(source="collection_id")
    patient = RowId(source="patient_id")
    study_instance_uid = ShownText(help_text="A code that stands for the UID in this collection.")
    study_year = ShownInteger(source="study_date")
    study_description = ShownText()
    site = ShownText(source="institution_name", help_text="A code that stands for the institution.")
    modalities = ShownMembers()
    body_parts = ShownMembers()
    manufacturers = ShownMembers()
    series_count = HowMany()
    instance_count = HowMany()
    total_bytes = HowMany()
    patient_count = HowMany(help_text="How many patients its objects name; more than one is a conflict.")
    identity_removed = ShownText(help_text="Patient Identity Removed (0012,0062) over all its headers.")
    burned_in_annotation = ShownText(help_text="Burned In Annotation (0028,0301) over all its headers.")
    first_seen_at = Moment()
    changed_at = Moment()
    revealed = Revealed()


class SeriesSerializer(MaskedSerializer):
    """One series as held by one collection."""

    id = RowId()
    code = serializers.CharField(read_only=True)
    collection = RowId(source="collection_id")
    study = RowId(source="study_id")
    series_instance_uid = ShownText(help_text="A code that stands for the UID in this collection.")
    series_number = ShownInteger()
    series_year = ShownInteger(source="series_date")
    modality = ShownText()
    body_part_examined = ShownText()
    laterality = ShownText()
    series_description = ShownText()
    protocol_name = ShownText()
    manufacturer = ShownText()
    manufacturer_model_name = ShownText()
    station = ShownText(source="station_name", help_text="A code that stands for the station.")
    device = ShownText(source="device_serial_number", help_text="A code that stands for the device.")
    software_versions = ShownText()
    sop_class = ShownText(source="sop_class_uid")
    transfer_syntax = ShownText(source="transfer_syntax_uid")
    identity_removed = ShownText()
    burned_in_annotation = ShownText()
    instance_count = HowMany()
    total_bytes = HowMany()
    first_seen_at = Moment()
    changed_at = Moment()
    revealed = Revealed()


class InstanceSerializer(MaskedSerializer):
    """One stored object, at one place."""

    id = RowId()
    series = RowId(source="series_id")
    header = RowId(source="header_id", help_text="The part that it shares; see /api/headers/.")
    source: Any = RowId(source="source_id")
    locator = ShownText(help_text="The shape of the path: unusual names are codes.")
    sop_instance_uid = ShownText(help_text="A code that stands for the UID in this collection.")
    instance_number = ShownInteger()
    size = HowMany(help_text="Bytes.")
    revision = HowMany(help_text="1 when first read; one more each time its content has changed.")
    first_seen_at = Moment()
    changed_at = Moment(allow_null=True)
    vanished_at = Moment(allow_null=True)
    revealed = Revealed()


class HeaderSerializer(SelectableSerializer):
    """The elements that instances of a series share, stored once; without the elements themselves."""

    id = RowId()
    collection = RowId(source="collection_id", help_text="Whose codes stand for the values.")
    varying = serializers.SerializerMethodField(help_text="Tags whose values the instances keep.")
    deidentification_method = serializers.BooleanField(read_only=True)

    @extend_schema_field(_TAGS)
    def get_varying(self, header: Any) -> list[str]:
        return [tag for tag, _vr in header.varying]


class HeaderContentSerializer(HeaderSerializer):
    """The elements that instances of a series share, masked unless the request carries a lens that reaches them."""

    content = serializers.SerializerMethodField()

    @extend_schema_field(DICOM_JSON)
    def get_content(self, header: Any) -> dict[str, Any]:
        masked: dict[str, Any] = self.context["masked_content"](header)
        return masked


class CountsSerializer(serializers.Serializer[CrawlCounts]):
    """What became of the files: discovered = catalogued + unchanged + quarantined + vanished + waiting."""

    discovered = HowMany()
    catalogued = HowMany()
    unchanged = HowMany()
    quarantined = HowMany()
    vanished = HowMany()
    waiting = HowMany(help_text="Listed, without an outcome yet.")
    changed = HowMany(help_text="Of the catalogued ones, those known before with another content.")
    moved = HowMany(help_text="Of the catalogued ones, those known before at another place.")
    catalogued_bytes = HowMany(help_text="Size of the catalogued files.")
    seconds = serializers.FloatField(read_only=True, min_value=0, help_text="Worked, without pauses.")
    per_second = serializers.FloatField(read_only=True, min_value=0)
    total_known = serializers.BooleanField(
        read_only=True, help_text="False while the walk still lists files."
    )
    eta_seconds = serializers.FloatField(read_only=True, allow_null=True, min_value=0)
    adds_up = serializers.BooleanField(
        read_only=True, help_text="Whether every file has exactly one outcome."
    )


class CrawlSerializer(SelectableSerializer):
    """One run over a source."""

    id = RowId()
    source: Any = RowId(source="source_id")
    kind = serializers.ChoiceField(Crawl.Kind.choices, read_only=True)
    status = serializers.ChoiceField(Crawl.Status.choices, read_only=True)
    started_at = Moment()
    finished_at = Moment(allow_null=True)
    failure = serializers.CharField(read_only=True, help_text="Why it failed; empty when it did not.")
    counts = serializers.SerializerMethodField()

    @extend_schema_field(CountsSerializer)
    def get_counts(self, crawl: Crawl) -> Any:
        return CountsSerializer(self._all_counts[crawl.pk]).data

    @cached_property
    def _all_counts(self) -> dict[int, CrawlCounts]:
        """Count what the crawls at hand have done so far, all together."""
        at_hand: Any = [self.instance] if self.parent is None else self.parent.instance
        return counts_of_all(at_hand)


class CrawlProblemSerializer(MaskedSerializer):
    """A place that a crawl could not look into, while the rest went on."""

    id = RowId()
    locator = ShownText(help_text="The shape of the path: unusual names are codes.")
    cause = serializers.CharField(read_only=True)
    detail = serializers.CharField(read_only=True)
    at = Moment()


CAUSES = [(cause.value, cause.explanation.title) for cause in Cause]

_EXPLANATIONS = {cause.value: explanation for cause, explanation in EXPLANATIONS.items()}


def explanation_of(cause: str) -> Explanation:
    """Return what people are told about a cause; one that a newer version wrote stands for itself."""
    return _EXPLANATIONS.get(cause) or Explanation(cause, "")


class ExplainedCause(serializers.Serializer[Any]):
    """A cause with what people are told about it."""

    cause = serializers.ChoiceField(
        [(cause.value, cause.explanation.title) for cause in Cause], read_only=True
    )
    title = serializers.SerializerMethodField()
    remedy = serializers.SerializerMethodField(help_text="What a person can do about it.")
    is_passing = serializers.SerializerMethodField(help_text="Whether a retry alone may help.")

    def get_title(self, row: Any) -> str:
        return explanation_of(_cause_of(row)).title

    def get_remedy(self, row: Any) -> str:
        return explanation_of(_cause_of(row)).remedy

    def get_is_passing(self, row: Any) -> bool:
        return explanation_of(_cause_of(row)).passing


def _cause_of(row: Any) -> str:
    return str(row["cause"] if isinstance(row, dict) else row.cause)


class QuarantineSerializer(ExplainedCause, MaskedSerializer):
    """A file that is not in the catalogue, with its cause and what to do about it."""

    id = RowId()
    source: Any = RowId(source="source_id")
    locator = ShownText(help_text="The shape of the path: unusual names are codes.")
    size = HowMany(help_text="Bytes.")
    detail = serializers.CharField(read_only=True, help_text="Tags, offsets and reasons, without values.")
    attempts = HowMany()
    first_seen_at = Moment()
    last_tried_at = Moment()
    revealed = Revealed()


class CauseSerializer(ExplainedCause):
    """How many files are in quarantine for one cause."""

    files = HowMany()


class PreviewedFileSerializer(serializers.Serializer[Any]):
    """One file of a place that is not a source yet."""

    locator = serializers.CharField(
        read_only=True, help_text="The shape of the path: unusual names are codes."
    )
    size = HowMany(help_text="Bytes.")
    readable = serializers.BooleanField(read_only=True)
    sop_class = serializers.CharField(read_only=True)
    transfer_syntax = serializers.CharField(read_only=True)
    cause = serializers.CharField(read_only=True, help_text="Why it could not be read; empty when it could.")
