"""What each list can be narrowed by: only values that identify nobody, because they stand in URLs."""

from datetime import date
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from catalog.codes import parse_code
from catalog.dicom import Cause
from catalog.identifying import Kind
from catalog.masking.keys import common_masker, masker_for
from catalog.models import Crawl, Instance, Source
from catalog.models.entity_queries import institutions_of
from governance.api import parameters
from governance.api.parameters import Filter, Parameter, moment, one_of, whole_number, words
from governance.models import PrivacyClaim

_ID = whole_number()
_YEAR = whole_number(1900, 9999)


def _parse_code(text: str) -> int:
    number = parse_code(text)
    if number is None:
        raise ValueError
    return number


_CODE = parameters.Kind(
    {"type": "string", "format": "speakable-code", "minLength": 5, "maxLength": 40},
    _parse_code,
    "a code as it is shown, such as CT-7F3K5; its last letter checks the others",
)


def _of_id(name: str, column: str, what: str) -> Filter:
    return Filter(
        name=name,
        kind=_ID,
        description=f"Only those of this {what}, by its id.",
        apply=lambda rows, value: rows.filter(**{column: value}),
    )


def _one_of_words(name: str, column: str, kind: Kind, description: str) -> Filter:
    """Masked values match nothing: else a guess could be confirmed."""

    def apply(rows: QuerySet[Any], values: list[str]) -> QuerySet[Any]:
        masker = common_masker()
        shown = [value for value in values if masker.shows(kind, value)]
        return rows.filter(**{column: shown}) if shown else rows.none()

    return Filter(
        name=name,
        kind=words(),
        repeatable=True,
        description=f"{description} Given several times, any of them. Values that are masked match nothing.",
        apply=apply,
    )


def _changed_since(column: str) -> Filter:
    return Filter(
        name="changed_since",
        kind=moment(),
        description="Only those that are new or changed since then. Escape the plus sign of an offset as %2B.",
        apply=lambda rows, value: rows.filter(**{f"{column}__gte": value}),
    )


CODE = Filter(
    name="code",
    kind=_CODE,
    description="Only the one with this speakable code.",
    apply=lambda rows, value: rows.filter(pk=value),
)
COLLECTION = _of_id("collection", "collection_id", "collection")
PRIVACY_CLAIM = Filter(
    name="privacy_claim",
    kind=one_of(PrivacyClaim.values),
    repeatable=True,
    description="What the collection says of itself. Given several times, any of them.",
    apply=lambda rows, values: rows.filter(collection__privacy_claim__in=values),
)


def _held(condition: Q) -> Filter:
    def apply(rows: QuerySet[Any], value: str) -> QuerySet[Any]:
        if value == "any":
            return rows
        return rows.filter(condition if value == "true" else ~condition)

    return Filter(
        name="held",
        kind=one_of(["true", "false", "any"]),
        default="true",
        description="`true` (when not given): what is stored now; `false`: what has vanished; `any`: both.",
        apply=apply,
    )


HELD = _held(Q(instance_count__gt=0))


def _year(name: str, description: str, *, first: bool, last: bool) -> Filter:
    """Dates are filtered by year only: the exact date identifies (45 CFR 164.514(b)(2)(i)(C))."""

    def apply(rows: QuerySet[Any], year: int) -> QuerySet[Any]:
        if first:
            rows = rows.filter(study_date__gte=date(year, 1, 1))
        return rows.filter(study_date__lte=date(year, 12, 31)) if last else rows

    return Filter(name=name, kind=_YEAR, description=description, apply=apply)


def _at_site(rows: QuerySet[Any], pseudonym: str) -> QuerySet[Any]:
    """A site is filtered by its code, which is another in each collection; the name never stands in a URL."""
    readable = rows.order_by().values_list("collection_id", flat=True).distinct()
    wanted = [
        place
        for place in institutions_of(readable)
        if masker_for(place[0]).pseudonym(Kind.INSTITUTION, place[1]) == pseudonym
    ]
    found: QuerySet[Any] = rows.at_sites(wanted)  # type: ignore[attr-defined]
    return found


def _in_source(path: str) -> Filter:
    """A source feeds one collection, so the collection's index narrows the rows before their instances are asked."""

    def apply(rows: QuerySet[Any], source_id: int) -> QuerySet[Any]:
        stored = Instance.objects.filter(**{path: OuterRef("pk")}, source_id=source_id)
        its_collection = Source.objects.filter(pk=source_id).values("collection_id")
        return rows.filter(Exists(stored), collection_id__in=its_collection)

    return Filter(
        name="source",
        kind=_ID,
        description="Only those with an instance in this source, by its id.",
        apply=apply,
    )


PATIENTS = (CODE, COLLECTION, PRIVACY_CLAIM, _in_source("series__study__patient"), HELD)
STUDIES = (
    CODE,
    COLLECTION,
    PRIVACY_CLAIM,
    _of_id("patient", "patient_id", "patient"),
    _in_source("series__study"),
    _one_of_words(
        "modality", "modalities__overlap", Kind.MODALITY, "Modality (0008,0060) of a series, such as CT."
    ),
    _one_of_words(
        "body_part",
        "body_parts__overlap",
        Kind.TERM,
        "Body Part Examined (0018,0015) of a series, such as CHEST.",
    ),
    _one_of_words(
        "manufacturer",
        "manufacturers__overlap",
        Kind.PRODUCT,
        "Manufacturer (0008,0070) of a series, exactly.",
    ),
    Filter(
        name="site",
        kind=words(),
        description="The code that stands for an institution, as shown, such as Site 7F3K2.",
        apply=_at_site,
    ),
    _year("year", "The year of the Study Date.", first=True, last=True),
    _year("year_from", "The earliest year of the Study Date.", first=True, last=False),
    _year("year_to", "The latest year of the Study Date.", first=False, last=True),
    _changed_since("changed_at"),
    HELD,
)
SERIES = (
    CODE,
    COLLECTION,
    PRIVACY_CLAIM,
    _of_id("study", "study_id", "study"),
    _in_source("series"),
    _one_of_words("modality", "modality__in", Kind.MODALITY, "Modality (0008,0060), such as CT."),
    _one_of_words(
        "body_part", "body_part_examined__in", Kind.TERM, "Body Part Examined (0018,0015), such as CHEST."
    ),
    _one_of_words("manufacturer", "manufacturer__in", Kind.PRODUCT, "Manufacturer (0008,0070), exactly."),
    _one_of_words(
        "model",
        "manufacturer_model_name__in",
        Kind.PRODUCT,
        "Manufacturer's Model Name (0008,1090), exactly.",
    ),
    _one_of_words("sop_class", "sop_class_uid__in", Kind.UID, "SOP Class UID (0008,0016)."),
    _changed_since("changed_at"),
    HELD,
)
INSTANCES = (
    _of_id("series", "series_id", "series"),
    _of_id("study", "series__study_id", "study"),
    _of_id("header", "header_id", "header"),
    _of_id("source", "source_id", "source"),
    _held(Q(vanished_at__isnull=True)),
)
SOURCES = (
    COLLECTION,
    Filter(
        name="kind",
        kind=one_of(Source.Kind.values),
        description="Only those of this kind.",
        apply=lambda rows, value: rows.filter(kind=value),
    ),
)
CRAWLS = (
    _of_id("source", "source_id", "source"),
    Filter(
        name="status",
        kind=one_of(Crawl.Status.values),
        repeatable=True,
        description="Only those in this state. Given several times, any of them.",
        apply=lambda rows, values: rows.filter(status__in=values),
    ),
    Filter(
        name="kind",
        kind=one_of(Crawl.Kind.values),
        description="Only those of this kind.",
        apply=lambda rows, value: rows.filter(kind=value),
    ),
)
# No filter of the headers themselves: it narrows which of their uses are looked at (Headers.visible_rows).
USED_BY_SERIES = Parameter(
    name="series", kind=_ID, description="Only those that instances of this series use, by its id."
)
QUARANTINE_PLACE = (
    _of_id("source", "source_id", "source"),
    _of_id("collection", "source__collection_id", "collection"),
)
QUARANTINE = (
    *QUARANTINE_PLACE,
    Filter(
        name="cause",
        kind=one_of([cause.value for cause in Cause]),
        repeatable=True,
        description="Why the file was set aside. Given several times, any of them.",
        apply=lambda rows, values: rows.filter(cause__in=values),
    ),
)
