"""Opening and closing a PHI lens: a purpose, a scope, a time."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from catalog.actions.aim_lens import Target, aim_lens
from catalog.models import Patient, Source, Study
from catalog.views.addresses import LARGEST_ID, at_code
from governance.access import can
from governance.actions.close_lens import ClosedBy, close_lenses
from governance.audit import origin
from governance.gate import needs
from governance.models import Lens, Purpose, User
from governance.models.lens import LONGEST_MINUTES
from governance.permissions import Permission

_MINUTES = (5, 10, LONGEST_MINUTES)


class LensForm(forms.Form):
    """Why, what, and for how long."""

    purpose = forms.ChoiceField(
        label=gettext_lazy("Why do you need to see it?"), choices=Purpose, widget=forms.RadioSelect
    )
    words = forms.CharField(
        label=gettext_lazy("In your own words"),
        help_text=gettext_lazy(
            "A ticket or a reason. It stays in the audit trail, so it must not say who the patient is."
        ),
        max_length=300,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    scope = forms.ChoiceField(label=gettext_lazy("What shall be shown?"), widget=forms.RadioSelect)
    minutes = forms.TypedChoiceField(
        label=gettext_lazy("For how long?"), coerce=int, widget=forms.RadioSelect, initial=LONGEST_MINUTES
    )

    def __init__(self, targets: dict[str, Target], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["scope"].choices = [(scope, _said(target)) for scope, target in targets.items()]  # type: ignore[attr-defined]
        self.fields["scope"].initial = next(iter(targets))
        self.fields["minutes"].choices = [  # type: ignore[attr-defined]
            (minutes, _("%(n)d minutes") % {"n": minutes}) for minutes in _MINUTES
        ]


@needs(Permission.PHI_REVEAL)
def open_lens(request: HttpRequest, kind: str, code: str) -> HttpResponse:
    """Ask for purpose, scope and time; then open the lens and go back to the page."""
    user = request.user
    assert isinstance(user, User)  # noqa: S101 - needs() lets nobody else in
    targets = _targets(request, kind, code)
    back = _back(request, next(iter(targets.values())))
    form = LensForm(targets, request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            aim_lens(
                user,
                targets[given["scope"]],
                Purpose(given["purpose"]),
                words=given["words"],
                minutes=given["minutes"],
            )
        except ValidationError as refusal:
            form.add_error(None, refusal)
        else:
            return HttpResponseRedirect(back)
    context = {"form": form, "back": back, "longest": LONGEST_MINUTES}
    return render(request, "catalog/lens.html", context, status=422 if form.errors else 200)


@require_POST
@needs(Permission.PHI_REVEAL)
def close_lens(request: HttpRequest) -> HttpResponse:
    """Mask everything again at once."""
    assert isinstance(request.user, User)  # noqa: S101 - needs() lets nobody else in
    close_lenses(
        request.user, by=ClosedBy.ASKED, actor=request.user, credentials=[origin.current().credential]
    )
    messages.success(request, _("Everything is masked again."))
    return HttpResponseRedirect(_local(request) or reverse("catalog:home"))


def lens_address(user: Any, target: Target) -> str:
    """Return where a lens on `target` is opened, empty for those who may open none there."""
    if not can(user, Permission.PHI_REVEAL, target.collection):
        return ""
    if isinstance(target, Source):
        return reverse("catalog:lens-open", args=[Lens.Scope.QUEUE, str(target.pk)])
    kind = Lens.Scope.STUDY if isinstance(target, Study) else Lens.Scope.PATIENT
    return reverse("catalog:lens-open", args=[kind, target.code])


def _targets(request: HttpRequest, kind: str, code: str) -> dict[str, Target]:
    """Return what may be revealed from here, the narrowest first; Http404 for what this person may not reveal."""
    found = _found(request, kind, code)
    if not can(request.user, Permission.PHI_REVEAL, found.collection):
        raise Http404
    targets: dict[str, Target] = {kind: found}
    if isinstance(found, Study):
        targets[Lens.Scope.PATIENT] = found.patient
    return targets


def _found(request: HttpRequest, kind: str, code: str) -> Target:
    if kind == Lens.Scope.STUDY:
        visible = Study.objects.visible_to(request.user)
        study: Study = at_code(visible.select_related("patient__collection", "collection"), code)
        return study
    if kind == Lens.Scope.PATIENT:
        seen = Patient.objects.visible_to(request.user).select_related("collection")
        patient: Patient = at_code(seen, code)
        return patient
    number = int(code) if code.isdecimal() and len(code) < 19 else LARGEST_ID
    source = Source.objects.visible_to(request.user).select_related("collection").filter(pk=number).first()
    if source is None:
        raise Http404
    return source


def _said(target: Target) -> str:
    if isinstance(target, Source):
        return _("The queue of %(name)s: paths of its quarantined files") % {"name": target.name}
    if isinstance(target, Study):
        return _("This study, %(code)s: its patient, series and headers") % {"code": target.code}
    return _("This patient, %(code)s: all their studies in this collection") % {"code": target.code}


def _back(request: HttpRequest, target: Target) -> str:
    if address := _local(request):
        return address
    if isinstance(target, Source):
        return f"{reverse('catalog:quarantine')}?source={target.pk}"
    name = "catalog:study" if isinstance(target, Study) else "catalog:patient"
    return reverse(name, args=[target.code])


def _local(request: HttpRequest) -> str:
    """Return the page to go back to when it is one of ours, else nothing."""
    address = request.POST.get("next") or request.GET.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(address, None) and address.startswith("/")
    return address if is_ours else ""
