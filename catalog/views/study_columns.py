"""The columns of the study list: one table from which the screen and its export both take every cell."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from django.contrib.humanize.templatetags.humanize import intcomma
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from catalog.codes import code_of
from catalog.masking import MASK
from catalog.masking.rows import MaskedRow
from governance.models import PrivacyClaim


@dataclass(frozen=True, slots=True)
class Cell:
    """What one cell says. `export` is what a file holds where that differs: a number instead of its rounding."""

    text: str
    href: str = ""
    masked: bool = False
    tone: str = ""
    glyph: str = ""
    export: str | None = None
    badges: tuple["Cell", ...] = ()

    @property
    def exported(self) -> str:
        return self.text if self.export is None else self.export


@dataclass(frozen=True, slots=True)
class Column:
    """One column: `shape` tells the template how to draw it, `order` which sort its title offers."""

    key: str
    title: object
    cell: Callable[[MaskedRow], Cell]
    shape: str = "text"
    order: str = ""
    is_default: bool = True


def _code(study: MaskedRow) -> Cell:
    return Cell(study.code, href=reverse("catalog:study", args=[study.code]))


def _patient(study: MaskedRow) -> Cell:
    code = code_of("P", study.patient_id)
    return Cell(code, href=reverse("catalog:patient", args=[code]))


def _shown(column: str) -> Callable[[MaskedRow], Cell]:
    def cell(study: MaskedRow) -> Cell:
        text = getattr(study, column) or ""
        return Cell(text, masked=MASK in text)

    return cell


def _number(column: str) -> Callable[[MaskedRow], Cell]:
    def cell(study: MaskedRow) -> Cell:
        value = getattr(study, column)
        return Cell(intcomma(value), export=str(value))

    return cell


def _bytes(study: MaskedRow) -> Cell:
    return Cell(filesizeformat(study.total_bytes), export=str(study.total_bytes))


def _collection(study: MaskedRow) -> Cell:
    return Cell(study.collection.name)


def _claim(study: MaskedRow) -> Cell:
    return claim_cell(study.collection.privacy_claim)


def claim_cell(value: str) -> Cell:
    """Return a privacy claim as a badge."""
    claim = PrivacyClaim(value)
    tone, glyph = CLAIM_TONES[claim]
    return Cell(str(claim.label), tone=tone, glyph=glyph)


def _burned_in(study: MaskedRow) -> Cell:
    return answer_cell(study.burned_in_annotation, {"YES": ("high", "▲"), "NO": ("", "–")})


def _deidentified(study: MaskedRow) -> Cell:
    return answer_cell(study.identity_removed, {"YES": ("pass", "✓"), "NO": ("", "–")})


def answer_cell(text: str, tones: Mapping[str, tuple[str, str]]) -> Cell:
    """An element that answers yes or no, and often nothing: that is said too, and never taken for a yes."""
    if not text:
        return Cell(str(_("not stated")))
    tone, glyph = tones.get(text, ("medium", "◆"))
    return Cell(text.lower(), tone=tone, glyph=glyph)


def _conflict(study: MaskedRow) -> Cell:
    if study.patient_count <= 1:
        return Cell("")
    return Cell(str(_("%(n)d patients") % {"n": study.patient_count}), tone="critical", glyph="⬣")


def _flags(study: MaskedRow) -> Cell:
    """What a steward should look at, together: conflicts, burned-in text."""
    badges: list[Cell] = []
    if study.patient_count > 1:
        badges.append(_conflict(study))
    if study.burned_in_annotation == "YES":
        badges.append(Cell(str(_("burned in")), tone="high", glyph="▲"))
    return Cell("; ".join(badge.text for badge in badges), badges=tuple(badges))


def _seen(study: MaskedRow) -> Cell:
    return Cell(date_format(study.first_seen_at, "Y-m-d"))


CLAIM_TONES: Mapping[str, tuple[str, str]] = {
    PrivacyClaim.IDENTIFIED: ("info", "i"),
    PrivacyClaim.LIMITED: ("low", "▽"),
    PrivacyClaim.SAFE_HARBOR: ("pass", "✓"),
    PrivacyClaim.EXPERT: ("pass", "✓"),
    PrivacyClaim.UNKNOWN: ("medium", "◆"),
}

COLUMNS: tuple[Column, ...] = (
    Column("code", _("Study"), _code, "code"),
    Column("modality", _("Modality"), _shown("modalities"), "modality"),
    Column("description", _("Description"), _shown("study_description"), "text"),
    Column("body_part", _("Body part"), _shown("body_parts"), "nowrap"),
    Column("year", _("Year"), _shown("study_date"), "num", order="date"),
    Column("site", _("Site"), _shown("institution_name"), "nowrap"),
    Column("series", _("Series"), _number("series_count"), "num", order="series", is_default=False),
    Column("instances", _("Instances"), _number("instance_count"), "num", order="instances"),
    Column("patient", _("Patient"), _patient, "code"),
    Column("flags", _("Flags"), _flags, "flags"),
    Column("collection", _("Collection"), _collection, "nowrap", is_default=False),
    Column("bytes", _("Size"), _bytes, "num", order="bytes", is_default=False),
    Column("manufacturer", _("Manufacturer"), _shown("manufacturers"), "text", is_default=False),
    Column("claim", _("Privacy claim"), _claim, "flags", is_default=False),
    Column("deidentified", _("De-identified"), _deidentified, "flags", is_default=False),
    Column("burned_in", _("Burned-in text"), _burned_in, "flags", is_default=False),
    Column("conflict", _("Conflict"), _conflict, "flags", is_default=False),
    Column("seen", _("First seen"), _seen, "nowrap", order="added", is_default=False),
)
BY_KEY = {column.key: column for column in COLUMNS}
# Without its code a row could not be opened.
ALWAYS = "code"


def chosen_columns(keys: Iterable[str]) -> list[Column]:
    """Return the columns of these keys in the table's order; the default ones when none is known."""
    wanted = set(keys) & BY_KEY.keys()
    if not wanted:
        return [column for column in COLUMNS if column.is_default]
    return [column for column in COLUMNS if column.key in wanted | {ALWAYS}]
