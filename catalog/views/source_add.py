"""Connecting a folder: say where it is, look at its first files, start."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from pydicom.uid import UID

from catalog.actions.add_source import PreviewedFile, add_source, preview_source
from catalog.actions.control_crawl import start_crawl
from catalog.actions.refusals import Refused
from catalog.masking.keys import masker_for
from catalog.models import Source
from governance.access import can, collections_for
from governance.gate import needs
from governance.models import Collection, User
from governance.permissions import Permission


class FolderForm(forms.Form):
    """Where the files are, what to call the place, and whose Collection they join."""

    collection = forms.ModelChoiceField(
        Collection.objects.none(),
        label=_("Collection"),
        help_text=_("Who may see the studies follows from it."),
        empty_label=None,
    )
    name = forms.CharField(
        label=_("Name"),
        max_length=120,
        help_text=_(
            "What people call this place. It is shown to everybody who sees the source: no names of patients."
        ),
    )
    location = forms.CharField(
        label=_("Folder"),
        help_text=_(
            "The full path as the workers see it, for example /mnt/archive. It is only read, never written to."
        ),
        widget=forms.TextInput(attrs={"class": "mono", "spellcheck": "false", "autocomplete": "off"}),
        strip=True,
    )

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["collection"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101 - for the type checker
        field.queryset = collections_for(user, Permission.SOURCE_MANAGE)


@needs(Permission.SOURCE_MANAGE)
def source_add(request: HttpRequest) -> HttpResponse:
    """Show the form, then the form with a preview, then start. A path travels in the body, never in an address."""
    user = request.user
    assert isinstance(user, User)  # noqa: S101 - needs() lets nobody else in
    if request.method != "POST":
        return _page(request, FolderForm(user))
    form = FolderForm(user, request.POST)
    if not form.is_valid():
        return _page(request, form, status=422)
    try:
        if request.POST.get("step") == "start":
            return _start(form, user)
        return _preview(request, form, user)
    except Refused as refusal:
        form.add_error("location", str(refusal))
        return _page(request, form, status=422)


def _start(form: FolderForm, user: User) -> HttpResponse:
    given = form.cleaned_data
    source = add_source(given["collection"], name=given["name"], location=given["location"], actor=user)
    start_crawl(source, actor=user)
    return HttpResponseRedirect(reverse("catalog:source", args=[source.pk]))


def _preview(request: HttpRequest, form: FolderForm, user: User) -> HttpResponse:
    collection = form.cleaned_data["collection"]
    files = preview_source(form.cleaned_data["location"], actor=user, collection=collection)
    context: dict[str, Any] = {
        "files": [_file(found, collection) for found in files],
        "readable": sum(found.readable for found in files),
    }
    return _page(request, form, **context)


def _file(found: PreviewedFile, collection: Collection) -> dict[str, object]:
    return {
        "path": masker_for(collection.pk).locator(found.locator),
        "size": found.size,
        "readable": found.readable,
        "sop_class": UID(found.sop_class_uid).name if UID(found.sop_class_uid).is_valid else "",
        "cause": found.cause,
    }


def _page(request: HttpRequest, form: FolderForm, status: int = 200, **context: Any) -> HttpResponse:
    step = "preview" if "files" in context else "form"
    whole = {
        "form": form,
        "step": step,
        "kinds": Source.Kind.labels,
        "may_create": can(request.user, Permission.COLLECTION_MANAGE),
        **context,
    }
    return render(request, "catalog/source_add.html", whole, status=status)
