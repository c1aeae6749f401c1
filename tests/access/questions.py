"""Everything that somebody can ask who looks for what is hidden from them: addresses, filters, cursors, bodies."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from django.urls import reverse

from catalog.api import filters as api_filters
from catalog.api.catalogue import Headers, Instances, Patients, SeriesResource, Studies
from catalog.api.crawling import Crawls, QuarantinedFiles, Sources
from catalog.codes import code_of
from catalog.identifying import Kind
from catalog.masking.keys import masker_for
from catalog.views.studies import ORDERS
from catalog.views.study_columns import COLUMNS
from catalog.views.study_filters import FILTERS
from governance.api.paging import encode_cursor
from governance.models import PrivacyClaim
from tests.access import hidden as much
from tests.access.addresses import Address
from tests.access.hidden import Hidden
from tests.access.holdings import Holding

RESOURCES = {
    "patients": Patients,
    "studies": Studies,
    "series": SeriesResource,
    "instances": Instances,
    "headers": Headers,
    "sources": Sources,
    "crawls": Crawls,
    "quarantine": QuarantinedFiles,
}


class Question(NamedTuple):
    """One request, known by its text."""

    address: str
    body: tuple[tuple[str, Any], ...] | None = None
    is_json: bool = False


def of_addresses(addresses: dict[str, Address], seen: Holding, hidden: Hidden) -> Iterator[Question]:
    """Every page and answer, of the things that are seen and of those that are not."""
    for address in addresses.values():
        if "GET" in address.permissions:
            for held in (seen, hidden.held):
                yield Question(address.of(held))


def of_pages(seen: Holding, hidden: Hidden) -> Iterator[Question]:
    """The lists of the pages: each narrowed, ordered and continued at what is hidden."""
    studies, facets, export = (
        reverse(f"catalog:{name}") for name in ("studies", "study-facets", "studies-csv")
    )
    values = _values(hidden)
    for one in FILTERS:
        for value in values[one.name]:
            yield Question(f"{studies}?{one.name}={value}")
            yield Question(f"{facets}?{one.name}={value}")
            yield Question(f"{export}?{one.name}={value}")
    for order in ORDERS:
        yield Question(f"{studies}?sort={order}")
        yield Question(f"{studies}?sort={order}&after={hidden.study.code}")
        yield Question(f"{studies}?sort={order}&before={hidden.study.code}")
    yield Question(f"{studies}?count=exact&columns={','.join(column.key for column in COLUMNS)}")
    yield Question(f"{reverse('catalog:patients')}?after={hidden.held.study.patient.code}")
    series = reverse("catalog:series", args=[seen.series.code])
    yield Question(f"{series}?after={hidden.held.instance.code}")
    queue = reverse("catalog:quarantine")
    yield from (Question(f"{queue}?cause={cause}") for cause in (much.CAUSE, seen.quarantined.cause, "none"))
    yield Question(f"{queue}?source={hidden.held.source.pk}")
    yield Question(f"{queue}?cause={much.CAUSE}&after={code_of('Q', hidden.held.quarantined.pk)}")
    for row in (hidden.study, hidden.held.series, hidden.held.instance, hidden.held.study.patient):
        yield Question(reverse("catalog:find"), (("code", row.code),))


def of_the_api(seen: Holding, hidden: Hidden) -> Iterator[Question]:
    """The lists of the API likewise, and bodies that name what is hidden."""
    values = _values(hidden)
    for name, resource in RESOURCES.items():
        address = f"/api/{name}/"
        declared = [*resource.filters, *([api_filters.USED_BY_SERIES] if resource is Headers else [])]
        for one in declared:
            for value in _of_kind(one.name, values, resource, hidden):
                yield Question(f"{address}?count=exact&{one.name}={value}")
        for sort in resource.sorts:
            cursor = encode_cursor(_row(name, hidden.held).pk)
            yield Question(f"{address}?sort={sort.name}&limit=1&cursor={cursor}")
    yield Question(f"/api/quarantine/causes/?collection={hidden.held.collection.pk}")
    source, study = hidden.held.source.pk, hidden.study.pk
    yield Question("/api/crawls/", (("source", source),), is_json=True)
    yield Question("/api/quarantine/retry/", (("source", source),), is_json=True)
    yield Question(
        "/api/quarantine/retry/",
        (("source", seen.source.pk), ("ids", (hidden.held.quarantined.pk,))),
        is_json=True,
    )
    yield Question("/api/lenses/", (("study", study), ("purpose", "incident")), is_json=True)
    preview = (("collection", hidden.held.collection.pk), ("location", "/absent"))
    yield Question("/api/sources/preview/", preview, is_json=True)
    yield Question("/api/sources/", (*preview, ("name", "New")), is_json=True)


def _values(hidden: Hidden) -> dict[str, list[Any]]:
    """For each filter a value that only hidden rows have, and one that is seen."""
    held = hidden.held
    site = masker_for(held.collection.pk).pseudonym(Kind.INSTITUTION, much.INSTITUTION).removeprefix("Site ")
    claims: list[Any] = list(PrivacyClaim.values)
    return {
        "modality": [much.MODALITY, "CT"],
        "body_part": [much.BODY_PART, "CHEST"],
        "manufacturer": [much.MANUFACTURER, "ACME Imaging"],
        "model": ["Ring 64"],
        "sop_class": ["1.2.840.10008.5.1.4.1.1.2"],
        "year": [much.YEAR, 2021],
        "year_from": [much.YEAR],
        "year_to": [much.YEAR],
        "site": [site, "Site " + site],
        "collection": [held.collection.pk],
        "privacy_claim": claims,
        "deidentified": ["YES", "none"],
        "burned_in": ["YES", "none"],
        "conflict": ["yes"],
        "source": [held.source.pk],
        "patient": [held.study.patient_id],
        "study": [held.study.pk],
        "series": [held.series.pk],
        "header": [held.instance.header_id],
        "changed_since": ["2000-01-01T00:00:00Z"],
        "held": ["true", "false", "any"],
        "status": ["running", "failed", "completed"],
        "cause": [much.CAUSE, "truncated"],
    }


def _of_kind(name: str, values: dict[str, list[Any]], resource: Any, hidden: Hidden) -> list[Any]:
    """The values of a filter that means something else on another resource."""
    if name == "code":
        row: dict[Any, Any] = {
            Patients: hidden.study.patient,
            Studies: hidden.study,
            SeriesResource: hidden.held.series,
        }
        return [row[resource].code]
    if name == "kind":
        return ["folder"] if resource is Sources else ["full", "retry"]
    return values[name]


def _row(name: str, held: Holding) -> Any:
    return {
        "patients": held.study.patient,
        "studies": held.study,
        "series": held.series,
        "instances": held.instance,
        "headers": held.instance.header,
        "sources": held.source,
        "crawls": held.crawl,
        "quarantine": held.quarantined,
    }[name]
