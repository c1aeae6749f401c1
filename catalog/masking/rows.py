"""Rows of the catalogue as they may be seen: what templates and serializers are given instead of the rows."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db import models

from catalog.identifying import IDENTIFYING, Kind, kind_of
from catalog.masking.keys import masker_for
from catalog.masking.masker import Masker

# From each model to its Collection and to the rows that name its patient.
COLLECTION_OF: dict[str, str] = {
    "Patient": "collection_id",
    "Study": "collection_id",
    "Series": "collection_id",
    "Instance": "series.collection_id",
    "Source": "collection_id",
    "Quarantine": "source.collection_id",
    "CrawlProblem": "crawl.source.collection_id",
}
_NAMED_BY: dict[str, tuple[str, ...]] = {
    "Patient": ("",),
    "Study": ("", "patient"),
    "Series": ("study", "study.patient"),
    "Instance": ("header", "series.study", "series.study.patient"),
}


class MaskedRow:
    """A row whose identifying columns are masked; related rows of the catalogue come masked too.

    Lists must select what names the patient: `study__patient` for series, `patient` for studies,
    `header` and `series__study__patient` for instances.
    """

    __slots__ = ("_masker", "_row")

    def __init__(self, row: models.Model, masker: Masker) -> None:
        self._row = row
        self._masker = masker

    def __str__(self) -> str:
        return str(self._row)

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._row, name)
        try:
            field = self._row._meta.get_field(name)
        except FieldDoesNotExist:
            return self._beside_columns(name, value)
        if isinstance(value, models.Model):
            return MaskedRow(value, self._masker) if type(value).__name__ in IDENTIFYING else value
        if isinstance(field, models.ForeignObjectRel):
            raise AttributeError(f"Query {name} and mask its rows.")
        return self._column(name, value)

    def _column(self, name: str, value: Any) -> Any:
        model = type(self._row).__name__
        if isinstance(value, (bool, int, float)) and name not in IDENTIFYING.get(model, {}):
            return value
        kind = None if value is None or name == self._row._meta.pk.name else kind_of(model, name)
        if kind is Kind.HEADER:
            raise AttributeError(f"{model}.{name} is shown by catalog.masking.elements only.")
        return value if kind is None else self._masker.column(kind, value)

    def _beside_columns(self, name: str, value: Any) -> Any:
        """Ids, codes and counts may pass; an annotation or method could carry any text."""
        if name in {"code", "pk"} or value is None or isinstance(value, (bool, int, float)):
            return value
        if name.startswith("get_") and name.endswith("_display"):
            return value
        raise AttributeError(f"{type(self._row).__name__}.{name} is no column that can be masked.")


def masked(row: models.Model) -> MaskedRow:
    """Return a row of the catalogue masked with its Collection's key, hiding the words that name its patient."""
    return MaskedRow(row, masker_of(row))


def masked_rows(rows: Iterable[models.Model]) -> Iterator[MaskedRow]:
    """Mask a page of rows."""
    return (masked(row) for row in rows)


def masker_of(row: models.Model) -> Masker:
    """Return the masker for what belongs to a row: its values, or the header of an instance."""
    model = type(row).__name__
    masker = masker_for(follow(row, COLLECTION_OF[model]))
    people = [follow(row, path) for path in _NAMED_BY.get(model, ())]
    return masker.hiding(
        names=_texts(people, "patient_name", "referring_physician_name"),
        identifiers=_texts(people, "patient_id"),
        numbers=_texts(people, "accession_number", "study_id"),
    )


def follow(row: Any, path: str) -> Any:
    """Return what lies at the end of a path of attributes, the row itself for an empty one."""
    for name in path.split(".") if path else ():
        row = getattr(row, name)
    return row


def _texts(people: list[Any], *columns: str) -> list[str]:
    """Return the texts of these columns; a study's `patient_id` is a foreign key's number, not an identifier."""
    values = [getattr(person, column, "") for person in people for column in columns]
    return [value for value in values if isinstance(value, str) and value]
