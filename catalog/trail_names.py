"""What the audit trail names of the catalogue, and how governance finds its pages and patients again."""

from collections.abc import Collection as Container

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from catalog.codes import code_of, parse_code
from catalog.models import Patient, Source
from governance import patients, things
from governance.access import Person
from governance.patient_hash import patient_hash
from governance.patients import NamedPatient
from governance.things import Kind

LARGEST_ID = 2**63 - 1
# Every other prefix is a study's, which is called after its first modality.
_PREFIXES = {"P": "patient", "S": "series", "I": "instance"}


class Patients:
    """The catalogue's patients, for reports about one of them."""

    def by_code(self, user: Person, code: str) -> NamedPatient | None:
        number = parse_code(code) if code.strip().upper().startswith("P-") else None
        if number is None or number > LARGEST_ID:
            return None
        row = Patient.objects.visible_to(user).filter(pk=number).first()
        if row is None:
            return None
        return NamedPatient(patient_hash(row.issuer_of_patient_id, row.patient_id, row.anchor), (row.code,))

    def codes(self, user: Person, issuer: str, number: str) -> list[str]:
        held = Patient.objects.visible_to(user).filter(
            patient_id=number, issuer_of_patient_id=issuer, anchor=""
        )
        return [code_of("P", pk) for pk in held.order_by("pk").values_list("pk", flat=True)]


def _read_code(typed: str) -> str | None:
    """Return `study:CT-7F3K5` for a code, however it was typed; its last letter checks the others."""
    prefix, dash, _rest = typed.strip().upper().partition("-")
    number = parse_code(typed)
    if not dash or not prefix.isalpha() or len(prefix) > 4 or number is None or number > LARGEST_ID:
        return None
    return f"{_PREFIXES.get(prefix, 'study')}:{code_of(prefix, number)}"


def _sources(numbers: Container[int]) -> dict[int, tuple[str, str]]:
    return {
        pk: (name, reverse("catalog:source", args=[pk]))
        for pk, name in Source.objects.filter(pk__in=numbers).values_list("pk", "name")
    }


def announce() -> None:
    """Tell governance; called once, when the app is ready."""
    for name, title in (
        ("patient", _("Patient")),
        ("study", _("Study")),
        ("series", _("Series")),
        ("instance", _("Instance")),
    ):
        things.announce(name, Kind(title, url_name=f"catalog:{name}", is_coded=True))
    things.announce("source", Kind(_("Source"), names=_sources))
    things.announce("crawl", Kind(_("Crawl")))
    things.announce("quarantine", Kind(_("Quarantined file")))
    things.announce("crawlproblem", Kind(_("Obstacle of a crawl")))
    things.read_codes_with(_read_code)
    patients.keep_index(Patients())
