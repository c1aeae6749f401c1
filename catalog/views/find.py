"""The box in the top bar: from a code that somebody read out to its page."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from catalog.codes import parse_code
from catalog.models import Instance, Patient, Series, Study
from catalog.views.addresses import LARGEST_ID
from governance.actions.record import record
from governance.audit.events import Event
from governance.gate import needs
from governance.patient_hash import hashed_term
from governance.permissions import Permission

# Every other prefix is a study's, which is called after its first modality.
_BY_PREFIX: dict[str, tuple[Any, str]] = {
    "P": (Patient, "catalog:patient"),
    "S": (Series, "catalog:series"),
    "I": (Instance, "catalog:instance"),
}


@needs(Permission.CATALOG_READ)
def find(request: HttpRequest) -> HttpResponse:
    """Go to the page of a code.

    It is sent in the body and never repeated: sooner or later somebody types a name, which must not stay in an
    address, a history or a log.
    """
    typed = request.POST.get("code", "").strip()
    number = parse_code(typed)
    if typed and number is None:
        record(Event.CATALOG_SEARCHED, actor=request.user, detail={"term": hashed_term(typed)})
    if number is not None and number <= LARGEST_ID:
        model, url_name = _BY_PREFIX.get(typed.upper().partition("-")[0], (Study, "catalog:study"))
        row = model.objects.visible_to(request.user).filter(pk=number).first()
        if row is not None:
            return HttpResponseRedirect(reverse(url_name, args=[row.code]))
        messages.info(request, _("No study, series, instance or patient that you may see has this code."))
    elif typed:
        messages.warning(
            request,
            _(
                "This is not a code: it has too few letters, or one of them is wrong. Codes look like CT-7F3K5."
            ),
        )
    return render(request, "catalog/find.html", {})
