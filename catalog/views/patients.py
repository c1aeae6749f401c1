"""Patients: the list by code, and one patient with their studies."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy

from catalog.models import Patient, Study
from catalog.sight import sight_of
from catalog.views.addresses import at_code, cursor_row
from catalog.views.lens import lens_address
from governance.gate import needs
from governance.keyset import PAGE_SIZES, Order, Page, page_of
from governance.permissions import Permission

LAST_ADDED = Order("added", gettext_lazy("Last added"))
# A patient with more studies is followed in the study list.
SHOWN_STUDIES = 200


@needs(Permission.CATALOG_READ)
def patients(request: HttpRequest) -> HttpResponse:
    """List the patients that have something stored, the last added first."""
    rows = Patient.objects.visible_to(request.user).held().select_related("collection")
    after, before = (cursor_row(request, rows, name) for name in ("after", "before"))
    page = page_of(rows, LAST_ADDED, PAGE_SIZES[0], after=after, before=before)
    context = {
        "patients": list(sight_of(request).masked_rows(page.rows)),
        "pager": _pager(page),
        "total": rows.size(),
    }
    return render(request, "catalog/patients.html", context)


@needs(Permission.CATALOG_READ)
def patient(request: HttpRequest, code: str) -> HttpResponse:
    """Show one patient: never who they are, always what is held of them."""
    row = at_code(Patient.objects.visible_to(request.user).select_related("collection"), code)
    studies = Study.objects.visible_to(request.user).held().filter(patient=row)
    newest = studies.select_related("patient", "collection").order_by("-study_date", "-id")[:SHOWN_STUDIES]
    sight = sight_of(request)
    context = {
        "patient": sight.about(row),
        "reveal_url": lens_address(request.user, row),
        "studies": list(sight.masked_rows(newest)),
        "is_cut": studies.size().rows > SHOWN_STUDIES,
    }
    return render(request, "catalog/patient.html", context)


def _pager(page: Page[Any]) -> dict[str, str]:
    url = reverse("catalog:patients")
    has_rows = bool(page.rows)
    return {
        "previous": f"{url}?before={page.rows[0].code}" if page.has_previous and has_rows else "",
        "next": f"{url}?after={page.rows[-1].code}" if page.has_next else "",
        "first": url if page.has_previous else "",
    }
