"""Who saw one patient: asked for by code or by record number in a form, and shown under an address that names neither."""

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters

from governance import patients as known_patients
from governance.access import can_anywhere
from governance.actions.record_reading import record_reading
from governance.gate import needs
from governance.keyset import PAGE_SIZES
from governance.patient_hash import patient_hash
from governance.patients import NamedPatient
from governance.permissions import Permission
from governance.trail.files import FORMS
from governance.trail.lines import lines_of
from governance.trail.patient_report import NoSuchReport, patient_of, report_on, token_of
from governance.trail.period import Period, Span
from governance.trail.question import Question
from governance.views.audit_files import send
from governance.views.audit_paging import Shown, bars_of

# A report is printed, most often all of it.
_SIZES = (*PAGE_SIZES, 1000)
_NEVER_KEPT = {"autocomplete": "off", "spellcheck": "false"}


class PatientForm(forms.Form):
    """By code, or by number and issuer; what was typed is never given back."""

    code = forms.CharField(
        label=gettext_lazy("Code"),
        required=False,
        max_length=32,
        help_text=gettext_lazy("As the catalogue shows it: P-7F3K5."),
        widget=forms.TextInput({**_NEVER_KEPT, "class": "mono"}),
    )
    number = forms.CharField(
        label=gettext_lazy("Patient ID"),
        required=False,
        max_length=128,
        help_text=gettext_lazy(
            "As the objects hold it, (0010,0020). Also of patients whose objects are gone."
        ),
        widget=forms.TextInput({**_NEVER_KEPT, "class": "mono"}),
    )
    issuer = forms.CharField(
        label=gettext_lazy("Issuer of Patient ID"),
        required=False,
        max_length=128,
        help_text=gettext_lazy("(0010,0021); leave it empty where the objects name none."),
        widget=forms.TextInput({**_NEVER_KEPT, "class": "mono"}),
    )


@sensitive_post_parameters()
@needs(Permission.AUDIT_READ)
def patients(request: HttpRequest) -> HttpResponse:
    """Ask for a patient; the answer has an address of its own. An answer to a form never repeats what was typed."""
    if request.method == "POST":
        form = PatientForm(request.POST)
        found = _named(request, form.cleaned_data) if form.is_valid() else None
        if found is not None:
            record_reading(request.user, "patient looked up", patient=found.hashed)
            return HttpResponseRedirect(reverse("audit:patient", args=[token_of(found)]))
        messages.warning(
            request, _("Type the code of a patient whom you may see, or a patient ID with its issuer.")
        )
    return render(request, "governance/audit_patients.html", {"form": PatientForm()})


def _named(request: HttpRequest, typed: dict[str, str]) -> NamedPatient | None:
    """Return the patient who was named, by code before number; whoever has a number can be asked for."""
    if typed["code"]:
        return known_patients.index().by_code(request.user, typed["code"])
    if not typed["number"]:
        return None
    number, issuer = typed["number"].strip(), typed["issuer"].strip()
    codes = known_patients.index().codes(request.user, issuer, number)
    return NamedPatient(patient_hash(issuer, number), tuple(codes))


@needs(Permission.AUDIT_READ)
def patient(request: HttpRequest, token: str) -> HttpResponse:
    """Show who saw a patient, when, what, why and how: refused attempts too."""
    asked, question = _asked(request, token)
    shown = Shown.of(request, question, lambda query: _address(token, query), _SIZES)
    rows = question.rows
    context = {
        "codes": asked.codes,
        "question": question,
        "report": report_on(rows),
        "bars": bars_of(question, question.period.bins(rows), lambda query: _address(token, query)),
        "lines": lines_of(shown.page.rows, question.surroundings),
        "total": shown.total,
        "looks": question.looks.count(),
        "pager": shown.pager(),
        "spans": _spans(question, token),
        "files": _files(question, token),
        "may_export": can_anywhere(request.user, Permission.AUDIT_EXPORT),
    }
    record_reading(
        request.user, "patient", patient=asked.hashed, filter=question.in_words(), rows=len(shown.page.rows)
    )
    return render(request, "governance/audit_patient.html", context)


@needs(Permission.AUDIT_EXPORT)
def patient_file(request: HttpRequest, token: str, form: str) -> HttpResponseBase:
    """Stream every event of the report."""
    _patient, question = _asked(request, token)
    return send(request, question, form, "audit-patient")


def _asked(request: HttpRequest, token: str) -> tuple[NamedPatient, Question]:
    try:
        asked = patient_of(token)
    except NoSuchReport:
        raise Http404 from None
    return asked, Question.of(request.GET, request.user, default=Span.YEAR, patient=asked.hashed)


def _address(token: str, query: str) -> str:
    address = reverse("audit:patient", args=[token])
    return f"{address}?{query}" if query else address


def _spans(question: Question, token: str) -> list[tuple[Span, bool, str]]:
    return [
        (
            span,
            span is question.period.span,
            _address(token, question.of_period(Period.lasting(span)).query()),
        )
        for span in Span
    ]


def _files(question: Question, token: str) -> list[tuple[object, str]]:
    query = question.frozen().query()
    return [
        (form, f"{reverse('audit:patient-file', args=[token, key])}?{query}") for key, form in FORMS.items()
    ]
