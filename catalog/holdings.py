"""Tell governance, which knows no study, how many studies a Collection holds."""

from collections.abc import Collection as Container
from collections.abc import Mapping

from django.db.models import Count

from catalog.models import Study
from governance.holdings import count_studies_with


def announce() -> None:
    """Let the access pages say how much somebody finds in a Collection."""
    count_studies_with(_studies)


def _studies(collection_ids: Container[int]) -> Mapping[int, int]:
    held = Study.objects.held().filter(collection__in=collection_ids).order_by()
    return dict(held.values_list("collection_id").annotate(Count("id")))
