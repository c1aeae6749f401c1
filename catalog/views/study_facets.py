"""The options beside the study list, each with its count under the other filters."""

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.core.cache import cache
from django.http import HttpRequest

from catalog.views.study_filters import FILTERS, Option, StudyFilter, all_studies
from governance.sizes import COUNTED_UP_TO

if TYPE_CHECKING:
    from catalog.views.studies import Listing

CACHED_SECONDS = 30
SHOWN_OPTIONS = 12


@dataclass(frozen=True, slots=True)
class Choice:
    """One option as a link that puts it in or takes it out."""

    label: str
    n: int
    url: str
    is_chosen: bool

    @property
    def is_counted(self) -> bool:
        return self.n >= 0


@dataclass(frozen=True, slots=True)
class Facet:
    """One filter with its options: the frequent ones, and the rest behind a fold."""

    name: str
    title: object
    choices: list[Choice]
    more: list[Choice]
    is_open: bool


def facets_of(request: HttpRequest, listing: "Listing") -> list[Facet]:
    """Return every filter that has something to choose from."""
    facets = [_facet(request, listing, one, position) for position, one in enumerate(FILTERS)]
    return [facet for facet in facets if facet.choices]


def _facet(request: HttpRequest, listing: "Listing", one: StudyFilter, position: int) -> Facet:
    chosen = listing.chosen.values.get(one.name, ())
    choices = [_choice(listing, one, option) for option in _options(request, listing, one)]
    choices.sort(key=lambda choice: not choice.is_chosen)
    return Facet(
        one.name, one.title, choices[:SHOWN_OPTIONS], choices[SHOWN_OPTIONS:], position < 4 or bool(chosen)
    )


def _options(request: HttpRequest, listing: "Listing", one: StudyFilter) -> list[Option]:
    """Count the options; many are kept for half a minute, and what is kept holds only what may be shown."""
    others = [pair for pair in listing.chosen.pairs() if pair[0] != one.name]
    seen = (sorted(listing.surroundings.collections), sorted(listing.surroundings.sources), one.name, others)
    key = "facet:" + hashlib.sha256(repr(seen).encode()).hexdigest()
    found = cache.get(key)
    if found is None:
        rows = listing.chosen.apply(all_studies(request.user), listing.surroundings, leave_out=one.name)
        found = [(option.value, option.label, option.n) for option in one.options(rows, listing.surroundings)]
        if sum(n for _value, _label, n in found) > COUNTED_UP_TO:
            cache.set(key, found, CACHED_SECONDS)
    return [Option(*option) for option in found]


def _choice(listing: "Listing", one: StudyFilter, option: Option) -> Choice:
    if not option.value:
        return Choice(option.label, option.n, "", False)
    pairs = listing.chosen.toggled(one.name, option.value)
    is_chosen = (one.name, option.value) in listing.chosen.pairs()
    return Choice(option.label, option.n, f"?{listing.query(pairs)}", is_chosen)
