"""Every page of the catalogue, with an address that shows something."""

from django.urls import reverse

from tests.web.conftest import Shelf


def addresses(held: Shelf) -> dict[str, str]:
    """Return the address of each page by its name."""
    return {
        "home": reverse("catalog:home"),
        "find": reverse("catalog:find"),
        "studies": reverse("catalog:studies"),
        "study-facets": reverse("catalog:study-facets"),
        "studies-csv": reverse("catalog:studies-csv"),
        "studies-zip": reverse("catalog:studies-zip"),
        "study": reverse("catalog:study", args=[held.study.code]),
        "series": reverse("catalog:series", args=[held.series.code]),
        "instance": reverse("catalog:instance", args=[held.instance.code]) + "?private=on",
        "patients": reverse("catalog:patients"),
        "patient": reverse("catalog:patient", args=[held.study.patient.code]),
        "sources": reverse("catalog:sources"),
        "source": reverse("catalog:source", args=[held.source.pk]),
        "crawl-progress": reverse("catalog:crawl-progress", args=[held.source.pk]),
        "source-add": reverse("catalog:source-add"),
        "tasks": reverse("catalog:tasks"),
        "quarantine": reverse("catalog:quarantine") + "?cause=truncated",
        "status": reverse("catalog:status"),
    }
