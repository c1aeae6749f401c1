"""The catalogue as resources: patients, studies, series, instances and their headers."""

from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.api import filters
from catalog.api.serializers import (
    DICOM_JSON,
    HeaderContentSerializer,
    HeaderSerializer,
    InstanceSerializer,
    PatientSerializer,
    SeriesSerializer,
    StudySerializer,
)
from catalog.dicom import reassemble
from catalog.masking import masked_json
from catalog.models import Header, Instance, Patient, Series, SeriesHeader, Study
from catalog.sight import sight_of
from governance.access import collections_for
from governance.api.paging import BY_ID, Sort
from governance.api.parameters import Parameter
from governance.api.views import ReadOnlyResource
from governance.permissions import Permission


class SeenResource(ReadOnlyResource):
    """A resource of which the audit trail knows whether it was listed or looked at."""

    def get_object(self) -> Any:
        row = super().get_object()
        sight_of(self.request).subject = row
        return row


class Patients(SeenResource):
    """Patients, each of one collection."""

    permission = Permission.CATALOG_READ
    queryset = Patient.objects.all()
    serializer_class = PatientSerializer
    filters = filters.PATIENTS


class Studies(SeenResource):
    """Studies. The list is the catalogue; every filter narrows it further."""

    permission = Permission.CATALOG_READ
    queryset = Study.objects.select_related("patient")
    serializer_class = StudySerializer
    filters = filters.STUDIES
    sorts = (BY_ID, Sort("study_date", "study_date", nullable=True))


class SeriesResource(SeenResource):
    """Series of the studies."""

    permission = Permission.CATALOG_READ
    queryset = Series.objects.select_related("study__patient")
    serializer_class = SeriesSerializer
    filters = filters.SERIES


class Instances(SeenResource):
    """Stored objects: one for each file."""

    permission = Permission.CATALOG_READ
    # The names that a row must not show stand in its header's columns; the header itself is large and not needed.
    queryset = Instance.objects.select_related("header", "series__study__patient").defer(
        "header__content", "header__varying", "varying"
    )
    serializer_class = InstanceSerializer
    filters = filters.INSTANCES
    sorts = (BY_ID, Sort("instance_number", "instance_number", nullable=True))

    def visible_rows(self) -> QuerySet[Instance]:
        rows = super().visible_rows()
        return rows.defer(None) if self.action == "header" else rows

    @extend_schema(responses={200: DICOM_JSON})
    @action(detail=True)
    def header(self, request: Request, pk: int) -> Response:
        """The whole header of an instance, masked unless the request carries a lens that reaches it.

        What it shares with others of its series and what is its own, put together again.
        """
        instance = self.get_object()
        whole = reassemble(instance.header.content, instance.header.varying, instance.varying)
        return Response(masked_json(whole, sight_of(request).masker_of(instance)))


class Headers(ReadOnlyResource):
    """Headers: the elements that instances of a series share, each set stored once."""

    permission = Permission.CATALOG_READ
    queryset = Header.objects.all()
    serializer_class = HeaderSerializer

    def parameters(self) -> list[Parameter]:
        return [*([filters.USED_BY_SERIES] if self.action == "list" else []), *super().parameters()]

    def get_serializer_class(self) -> Any:
        return HeaderSerializer if self.action == "list" else HeaderContentSerializer

    def visible_rows(self) -> QuerySet[Header]:
        """Headers belong to no collection; each is shown with the codes of the first that uses it and may be seen."""
        readable = collections_for(self.request.user, Permission.CATALOG_READ)
        uses = SeriesHeader.objects.filter(header=OuterRef("pk"), series__collection__in=readable)
        if series_id := self.given.get("series"):
            uses = uses.filter(series_id=series_id)
        first = uses.order_by("series__collection_id", "series_id")
        rows = Header.objects.annotate(
            collection_id=Subquery(first.values("series__collection_id")[:1]),
            series_id=Subquery(first.values("series_id")[:1]),
        ).filter(collection_id__isnull=False)
        return rows.defer("content") if self.action == "list" else rows

    def get_serializer_context(self) -> dict[str, Any]:
        return {**super().get_serializer_context(), "masked_content": self._masked_content}

    def _masked_content(self, header: Any) -> dict[str, Any]:
        """As the header of an instance: whose it is stands in its series, which is what the trail says was seen."""
        sight = sight_of(self.request)
        sight.subject = Series.objects.select_related("study__patient").get(pk=header.series_id)
        return masked_json(header.content, sight.masker_of(sight.subject))
