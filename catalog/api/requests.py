"""What the bodies of the catalogue's requests hold."""

from typing import Any

from rest_framework import serializers

from catalog.api.serializers import CAUSES
from catalog.models import Patient, Source, Study
from governance.access import collections_for
from governance.api.parameters import LARGEST
from governance.api.rows import VisibleRow
from governance.api.strict import StrictBody, StrictBoolean, StrictInteger, StrictText
from governance.permissions import Permission

MOST_IDS = 1000


class VisibleCollection(VisibleRow):
    """The id of a Collection whose sources the caller may see."""

    def visible(self) -> Any:
        return collections_for(self.context["request"].user, Permission.SOURCE_READ)


class VisibleSource(VisibleRow):
    """The id of a Source."""

    def visible(self) -> Any:
        return Source.objects.visible_to(self.context["request"].user).select_related("collection")


class VisibleStudy(VisibleRow):
    """The id of a Study."""

    def visible(self) -> Any:
        visible = Study.objects.visible_to(self.context["request"].user)
        return visible.select_related("patient", "collection")


class VisiblePatient(VisibleRow):
    """The id of a Patient."""

    def visible(self) -> Any:
        return Patient.objects.visible_to(self.context["request"].user).select_related("collection")


class PreviewRequest(StrictBody):
    """A place to look into before it becomes a source."""

    collection = VisibleCollection()
    location = StrictText(max_length=4096, help_text="The folder's full path.")


class NewSource(PreviewRequest):
    """A place to connect."""

    name = StrictText(max_length=120)


class NewCrawl(StrictBody):
    """A crawl to start."""

    source: Any = VisibleSource()
    allow_empty = StrictBoolean(
        default=False, help_text="Believe it when nothing is found any more where there was something before."
    )


class Retry(StrictBody):
    """Quarantined files to read again: those with these ids, those of this cause, or all of the source."""

    source: Any = VisibleSource()
    cause = serializers.ChoiceField(CAUSES, required=False)
    ids = serializers.ListField(
        child=StrictInteger(min_value=1, max_value=LARGEST), required=False, min_length=1, max_length=MOST_IDS
    )
