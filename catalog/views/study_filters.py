"""What the study list can be narrowed by; a filter's values in an address identify nobody."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.identifying import Kind
from catalog.masking.keys import common_masker, masker_for
from catalog.models import Source, Study
from catalog.models.entity_queries import StudyQuerySet, institutions_of
from governance.access import Person, collections_for
from governance.models import Collection, PrivacyClaim
from governance.permissions import Permission

# How the addresses and options call an absent value.
NONE = "none"


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the filters of one request need to know: which Collections and Sources its person sees."""

    collections: Mapping[int, Collection]
    sources: Mapping[int, Source]

    @classmethod
    def of(cls, user: Person) -> "Surroundings":
        return cls(
            {collection.pk: collection for collection in collections_for(user, Permission.CATALOG_READ)},
            {source.pk: source for source in Source.objects.visible_to(user).select_related("collection")},
        )

    def site_code(self, collection_id: int, institution: str) -> str:
        """Return the code of an institution without the word before it, as addresses carry it."""
        return masker_for(collection_id).pseudonym(Kind.INSTITUTION, institution).removeprefix("Site ")

    def sites(self, rows: StudyQuerySet) -> list[tuple[str, int]]:
        """Return code and count of every site among the rows."""
        counted = rows.by_site()
        return [
            (self.site_code(collection_id, name), n) for collection_id, name, n in counted if name.strip()
        ]

    def institutions(self) -> list[tuple[str, tuple[int, str]]]:
        """Return every site's code, and the Collection and institution that it stands for."""
        known = institutions_of(self.collections)
        return [(self.site_code(*one), one) for one in known]


@dataclass(frozen=True, slots=True)
class Option:
    """A value that can be chosen; without a value it is counted but cannot be, because it is masked."""

    value: str
    label: str
    n: int


Apply = Callable[[StudyQuerySet, Sequence[str], Surroundings], StudyQuerySet]
Options = Callable[[StudyQuerySet, Surroundings], list[Option]]
Label = Callable[[str, Surroundings], str]


def _plain(value: str, _surroundings: Surroundings) -> str:
    return value


def _is_short(value: str, _surroundings: Surroundings) -> bool:
    return len(value) <= 64


def _is_shown(kind: Kind) -> Callable[[str, Surroundings], bool]:
    """Take only values that the page itself would show: a masked one could be guessed, and confirmed."""

    def is_valid(value: str, surroundings: Surroundings) -> bool:
        return _is_short(value, surroundings) and (value == NONE or common_masker().shows(kind, value))

    return is_valid


@dataclass(frozen=True, slots=True)
class StudyFilter:
    """One filter: how its values narrow the rows, how they are called, and which there are to choose from."""

    name: str
    title: object
    apply: Apply
    options: Options
    label: Label = _plain
    is_valid: Callable[[str, Surroundings], bool] = _is_short


def _member_options(column: str, kind: Kind) -> Options:
    """Return the members of an array column; those that are masked are counted together and cannot be chosen."""

    def options(rows: StudyQuerySet, _surroundings: Surroundings) -> list[Option]:
        return _unmasked(rows.by_member(column), kind)

    return options


def _column_options(column: str, kind: Kind) -> Options:
    def options(rows: StudyQuerySet, _surroundings: Surroundings) -> list[Option]:
        counted = rows.by_column(column)
        absent = [Option(NONE, _("not stated"), n) for value, n in counted if not value.strip()]
        return _unmasked([(value, n) for value, n in counted if value.strip()], kind) + absent

    return options


def _unmasked(counted: Iterable[tuple[str, int]], kind: Kind) -> list[Option]:
    masker = common_masker()
    plain: list[Option] = []
    masked = 0
    for value, n in counted:
        shown = masker.value(kind, value)
        if shown.masked:
            masked += n
        elif shown.text:
            plain.append(Option(value, shown.text, n))
    return [*plain, Option("", _("masked values"), masked)] if masked else plain


def _year_options(rows: StudyQuerySet, _surroundings: Surroundings) -> list[Option]:
    """Years that lie in the future or before radiology are masked, as any odd date is; they are counted together."""
    masker = common_masker()
    counted = rows.by_year()
    years = [
        (year, masker.value(Kind.DATE, f"{year:04}").text == str(year), n) for year, n in counted if year
    ]
    undated = sum(n for year, n in counted if year is None)
    invalid = sum(n for _year, is_shown, n in years if not is_shown)
    options = [Option(str(year), str(year), n) for year, is_shown, n in years if is_shown]
    options += [Option(NONE, _("no date"), undated)] if undated else []
    return options + ([Option("", _("invalid"), invalid)] if invalid else [])


def _years(rows: StudyQuerySet, values: Sequence[str], _surroundings: Surroundings) -> StudyQuerySet:
    return rows.in_years(None if value == NONE else int(value) for value in values)


def _site_options(rows: StudyQuerySet, surroundings: Surroundings) -> list[Option]:
    return [Option(code, f"Site {code}", n) for code, n in surroundings.sites(rows)]


def _sites(rows: StudyQuerySet, values: Sequence[str], surroundings: Surroundings) -> StudyQuerySet:
    wanted = set(values)
    return rows.at_sites(site for code, site in surroundings.institutions() if code in wanted)


def _column_values(column: str) -> Apply:
    def apply(rows: StudyQuerySet, values: Sequence[str], _surroundings: Surroundings) -> StudyQuerySet:
        return rows.filter(**{f"{column}__in": ["" if value == NONE else value for value in values]})

    return apply


def _claims(rows: StudyQuerySet, values: Sequence[str], surroundings: Surroundings) -> StudyQuerySet:
    claiming = [
        pk for pk, collection in surroundings.collections.items() if collection.privacy_claim in values
    ]
    return rows.filter(collection_id__in=claiming)


def _claim_options(rows: StudyQuerySet, surroundings: Surroundings) -> list[Option]:
    counts: dict[str, int] = {}
    for collection_id, n in rows.by_column("collection_id"):
        claim = surroundings.collections[collection_id].privacy_claim
        counts[claim] = counts.get(claim, 0) + n
    return [Option(claim, str(PrivacyClaim(claim).label), n) for claim, n in counts.items()]


def _collection_options(rows: StudyQuerySet, surroundings: Surroundings) -> list[Option]:
    return [
        Option(str(pk), surroundings.collections[pk].name, n) for pk, n in rows.by_column("collection_id")
    ]


def _source_options(_rows: StudyQuerySet, surroundings: Surroundings) -> list[Option]:
    """Sources are not counted: a study may lie in several, and counting would ask for every instance."""
    return [Option(str(pk), source.name, -1) for pk, source in surroundings.sources.items()]


def _conflict_options(rows: StudyQuerySet, _surroundings: Surroundings) -> list[Option]:
    n = rows.conflicting().count()
    return [Option("yes", _("several patients in one study"), n)] if n else []


FILTERS: tuple[StudyFilter, ...] = (
    StudyFilter(
        "modality",
        gettext_lazy("Modality"),
        lambda rows, values, _s: rows.with_modality(values),
        _member_options("modalities", Kind.MODALITY),
        is_valid=_is_shown(Kind.MODALITY),
    ),
    StudyFilter(
        "body_part",
        gettext_lazy("Body part"),
        lambda rows, values, _s: rows.with_body_part(values),
        _member_options("body_parts", Kind.TERM),
        is_valid=_is_shown(Kind.TERM),
    ),
    StudyFilter(
        "year",
        gettext_lazy("Year"),
        _years,
        _year_options,
        lambda value, _s: _("no date") if value == NONE else value,
        lambda value, _s: value == NONE or (value.isdecimal() and len(value) == 4 and value > "1000"),
    ),
    StudyFilter("site", gettext_lazy("Site"), _sites, _site_options, lambda value, _s: f"Site {value}"),
    StudyFilter(
        "manufacturer",
        gettext_lazy("Manufacturer"),
        lambda rows, values, _s: rows.made_by(values),
        _member_options("manufacturers", Kind.PRODUCT),
        is_valid=_is_shown(Kind.PRODUCT),
    ),
    StudyFilter(
        "collection",
        gettext_lazy("Collection"),
        lambda rows, values, _s: rows.filter(collection_id__in=[int(value) for value in values]),
        _collection_options,
        lambda value, surroundings: surroundings.collections[int(value)].name,
        lambda value, surroundings: _is_key(value, surroundings.collections),
    ),
    StudyFilter(
        "privacy_claim",
        gettext_lazy("Privacy claim"),
        _claims,
        _claim_options,
        lambda value, _s: str(PrivacyClaim(value).label),
        lambda value, _s: value in PrivacyClaim.values,
    ),
    StudyFilter(
        "deidentified",
        gettext_lazy("Says it is de-identified"),
        _column_values("identity_removed"),
        _column_options("identity_removed", Kind.TERM),
        lambda value, _s: _("not stated") if value == NONE else value,
        _is_shown(Kind.TERM),
    ),
    StudyFilter(
        "burned_in",
        gettext_lazy("Burned-in text"),
        _column_values("burned_in_annotation"),
        _column_options("burned_in_annotation", Kind.TERM),
        lambda value, _s: _("not stated") if value == NONE else value,
        _is_shown(Kind.TERM),
    ),
    StudyFilter(
        "conflict",
        gettext_lazy("Conflicts"),
        lambda rows, _values, _s: rows.conflicting(),
        _conflict_options,
        lambda _value, _s: _("several patients in one study"),
        lambda value, _s: value == "yes",
    ),
    StudyFilter(
        "source",
        gettext_lazy("Source"),
        lambda rows, values, surroundings: rows.stored_in(
            surroundings.sources[int(value)] for value in values
        ),
        _source_options,
        lambda value, surroundings: surroundings.sources[int(value)].name,
        lambda value, surroundings: _is_key(value, surroundings.sources),
    ),
)


def _is_key(value: str, rows: Mapping[int, Any]) -> bool:
    return value.isdecimal() and len(value) < 19 and int(value) in rows


@dataclass(frozen=True, slots=True)
class Chosen:
    """The filters of one address, understood. `is_complete` is False when some value was not."""

    values: Mapping[str, tuple[str, ...]]
    is_complete: bool

    @classmethod
    def of(cls, query: QueryDict, surroundings: Surroundings) -> "Chosen":
        values: dict[str, tuple[str, ...]] = {}
        is_complete = True
        for one in FILTERS:
            given = dict.fromkeys(query.getlist(one.name))
            valid = tuple(value for value in given if value and one.is_valid(value, surroundings))
            is_complete &= len(valid) == len(given)
            if valid:
                values[one.name] = valid
        return cls(values, is_complete)

    def apply(self, rows: StudyQuerySet, surroundings: Surroundings, *, leave_out: str = "") -> StudyQuerySet:
        """Narrow the rows by every filter, except one where its own options are counted."""
        for one in FILTERS:
            if one.name in self.values and one.name != leave_out:
                rows = one.apply(rows, self.values[one.name], surroundings)
        return rows

    def pairs(self) -> list[tuple[str, str]]:
        """Return name and value of each, in the order of the filters."""
        return [(name, value) for name, values in self.values.items() for value in values]

    def toggled(self, name: str, value: str) -> list[tuple[str, str]]:
        """Return the pairs with one value put in, or taken out when it is there."""
        pairs = self.pairs()
        if (name, value) in pairs:
            return [pair for pair in pairs if pair != (name, value)]
        return [*pairs, (name, value)]


def all_studies(user: Person) -> StudyQuerySet:
    """Return every study that is held and that `user` may see."""
    return Study.objects.visible_to(user).held()
