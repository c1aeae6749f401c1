"""The home page: what we hold, by modality, site and year; the last crawls; what is in quarantine."""

import hashlib
from dataclasses import asdict, dataclass
from typing import Any

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from catalog.models import Crawl, Patient, Quarantine
from catalog.models.counts import counts_of_all
from catalog.views.causes import by_cause
from catalog.views.study_filters import FILTERS, Surroundings, all_studies
from governance.access import Person, can_anywhere
from governance.permissions import Permission
from governance.sizes import COUNTED_UP_TO
from governance.views.welcome import welcome

CACHED_SECONDS = 30
SHOWN_CRAWLS = 6
_CHARTS = ("modality", "site", "year", "collection")


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of a chart: its label, its count, and the list that it counts; no list for masked values."""

    label: str
    n: int
    url: str


def home(request: HttpRequest) -> HttpResponse:
    """Show the figures, each with a link to the list that it counts; to those who may read none, what they can do."""
    if not can_anywhere(request.user, Permission.CATALOG_READ):
        return welcome(request)
    holdings = _holdings(request.user)
    context: dict[str, Any] = {
        "totals": holdings["totals"],
        "charts": {name: [Bar(**bar) for bar in bars] for name, bars in holdings["charts"].items()},
        "may_manage": can_anywhere(request.user, Permission.SOURCE_MANAGE),
        "may_see_sources": can_anywhere(request.user, Permission.SOURCE_READ),
    }
    if context["may_see_sources"]:
        last = list(Crawl.objects.visible_to(request.user).select_related("source")[:SHOWN_CRAWLS])
        counts = counts_of_all(last)
        context["crawls"] = [(crawl, counts[crawl.pk]) for crawl in last]
    if can_anywhere(request.user, Permission.QUARANTINE_READ):
        context["causes"] = by_cause(Quarantine.objects.visible_to(request.user))
    return render(request, "catalog/home.html", context)


def _holdings(user: Person) -> dict[str, Any]:
    """Return sums and charts; where they are many, as of the last half minute for all who see the same."""
    surroundings = Surroundings.of(user)
    key = "home:" + hashlib.sha256(repr(sorted(surroundings.collections)).encode()).hexdigest()
    found: dict[str, Any] | None = cache.get(key)
    if found is None:
        found = _counted(user, surroundings)
        if found["totals"]["studies"] > COUNTED_UP_TO:
            cache.set(key, found, CACHED_SECONDS)
    return found


def _counted(user: Person, surroundings: Surroundings) -> dict[str, Any]:
    studies = all_studies(user)
    patients = Patient.objects.visible_to(user).held().count()
    by_name = {one.name: one for one in FILTERS}
    charts = {
        name: [asdict(_bar(name, option)) for option in by_name[name].options(studies, surroundings)]
        for name in _CHARTS
    }
    return {"totals": {**studies.totals(), "patients": patients}, "charts": charts}


def _bar(name: str, option: Any) -> Bar:
    url = f"{reverse('catalog:studies')}?{name}={option.value}" if option.value else ""
    return Bar(option.label, option.n, url)
