"""Bringing data in, as resources: sources, crawls and the quarantine."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import ClassVar

from django.db.models import Count
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.actions.add_source import add_source, preview_source
from catalog.actions.control_crawl import (
    cancel_crawl,
    pause_crawl,
    resume_crawl,
    retry_quarantined,
    start_crawl,
)
from catalog.actions.refusals import Refused
from catalog.api import filters
from catalog.api.filters import QUARANTINE_PLACE
from catalog.api.requests import NewCrawl, NewSource, PreviewRequest, Retry
from catalog.api.serializers import (
    CauseSerializer,
    CrawlProblemSerializer,
    CrawlSerializer,
    PreviewedFileSerializer,
    QuarantineSerializer,
    SourceSerializer,
)
from catalog.identifying import Kind
from catalog.masking.keys import masker_for
from catalog.models import Crawl, CrawlProblem, Quarantine, Source
from governance.api.errors import Conflict
from governance.api.parameters import Parameter
from governance.api.views import ReadOnlyResource
from governance.permissions import Permission


@contextmanager
def refusals_are_conflicts() -> Iterator[None]:
    """Answer 409 with the action's own words when it refuses."""
    try:
        yield
    except Refused as refusal:
        raise Conflict(str(refusal)) from refusal


class Sources(ReadOnlyResource):
    """Connected places that hold DICOM."""

    permission = Permission.SOURCE_READ
    action_permissions: ClassVar = {"create": Permission.SOURCE_MANAGE, "preview": Permission.SOURCE_MANAGE}
    queryset = Source.objects.all()
    serializer_class = SourceSerializer
    filters = filters.SOURCES

    @extend_schema(
        request=NewSource,
        responses={201: SourceSerializer},
        examples=[
            OpenApiExample(
                "A folder",
                value={"collection": 1, "name": "CT archive", "location": "/srv/archive/ct"},
                request_only=True,
            )
        ],
    )
    def create(self, request: Request) -> Response:
        """Connect a folder as a source. Nothing is read until a crawl is started."""
        given = self.read(NewSource)
        with refusals_are_conflicts():
            source = add_source(
                given["collection"], name=given["name"], location=given["location"], actor=self.caller
            )
        return self.created(SourceSerializer(source, context={"request": request}), source.pk)

    @extend_schema(request=PreviewRequest, responses={200: PreviewedFileSerializer(many=True)})
    @action(detail=False, methods=["post"], pagination_class=None)
    def preview(self, request: Request) -> Response:
        """Look at the first 20 files of a folder, before it becomes a source."""
        given = self.read(PreviewRequest)
        with refusals_are_conflicts():
            found = preview_source(given["location"], actor=self.caller, collection=given["collection"])
        masker = masker_for(given["collection"].pk)
        rows = [
            {
                "locator": masker.locator(file.locator),
                "size": file.size,
                "readable": file.readable,
                "sop_class": masker.column(Kind.UID, file.sop_class_uid),
                "transfer_syntax": masker.column(Kind.UID, file.transfer_syntax_uid),
                "cause": file.cause,
            }
            for file in found
        ]
        return Response(PreviewedFileSerializer(rows, many=True).data)


class Crawls(ReadOnlyResource):
    """Runs over sources, the latest first."""

    permission = Permission.SOURCE_READ
    action_permissions: ClassVar = dict.fromkeys(
        ("create", "pause", "resume", "cancel"), Permission.CRAWL_CONTROL
    )
    queryset = Crawl.objects.select_related("source__collection")
    serializer_class = CrawlSerializer
    filters = filters.CRAWLS
    default_sort = "-id"

    @extend_schema(request=NewCrawl, responses={201: CrawlSerializer})
    def create(self, request: Request) -> Response:
        """Start a crawl over a source. It runs in the background; read it again to follow it."""
        given = self.read(NewCrawl)
        with refusals_are_conflicts():
            crawl = start_crawl(given["source"], actor=self.caller, allow_empty=given["allow_empty"])
        return self.created(CrawlSerializer(crawl), crawl.pk)

    @extend_schema(request=None, responses=CrawlSerializer)
    @action(detail=True, methods=["post"])
    def pause(self, request: Request, pk: int) -> Response:
        """Pause a running crawl: workers finish the chunk in hand and take no other."""
        return self._controlled(pause_crawl)

    @extend_schema(request=None, responses=CrawlSerializer)
    @action(detail=True, methods=["post"])
    def resume(self, request: Request, pk: int) -> Response:
        """Resume a paused crawl where it stopped."""
        return self._controlled(resume_crawl)

    @extend_schema(request=None, responses=CrawlSerializer)
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: int) -> Response:
        """Cancel a crawl for good; what was catalogued stays, and the next crawl finds the rest."""
        return self._controlled(cancel_crawl)

    @extend_schema(responses=CrawlProblemSerializer(many=True))
    @action(detail=True, serializer_class=CrawlProblemSerializer, pagination_class=None)
    def problems(self, request: Request, pk: int) -> Response:
        """Folders and links that a crawl could not look into; at most 1,000 of them."""
        found = CrawlProblem.objects.filter(crawl=self.get_object()).select_related("crawl__source")
        return Response(CrawlProblemSerializer(found.order_by("id")[:1000], many=True).data)

    def _controlled(self, act: Callable[..., None]) -> Response:
        crawl = self.get_object()
        with refusals_are_conflicts():
            act(crawl, actor=self.caller)
        return Response(CrawlSerializer(self.get_object()).data)


class QuarantinedFiles(ReadOnlyResource):
    """Files that are not in the catalogue, each with its cause."""

    permission = Permission.QUARANTINE_READ
    action_permissions: ClassVar = {"retry": Permission.QUARANTINE_RETRY}
    queryset = Quarantine.objects.select_related("source")
    serializer_class = QuarantineSerializer
    filters = filters.QUARANTINE

    @extend_schema(responses=CauseSerializer(many=True))
    @action(detail=False, pagination_class=None)
    def causes(self, request: Request) -> Response:
        """How many files are in quarantine for each cause, the most frequent first, with what to do."""
        rows = self.narrowed(self.visible_rows(), QUARANTINE_PLACE)
        counted = rows.order_by().values("cause").annotate(files=Count("id")).order_by("-files", "cause")
        return Response(CauseSerializer(counted, many=True).data)

    @extend_schema(request=Retry, responses={202: CrawlSerializer})
    @action(detail=False, methods=["post"], pagination_class=None)
    def retry(self, request: Request) -> Response:
        """Read quarantined files of a source again, as a crawl of their own."""
        given = self.read(Retry)
        chosen = {name: given[name] for name in ("cause", "ids") if name in given}
        with refusals_are_conflicts():
            crawl = retry_quarantined(given["source"], actor=self.caller, **chosen)
        return Response(CrawlSerializer(crawl).data, status=status.HTTP_202_ACCEPTED)

    def parameters(self) -> list[Parameter]:
        return [*QUARANTINE_PLACE] if self.action == "causes" else super().parameters()
