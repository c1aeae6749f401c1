"""Which patients come for which studies, on which scanner and when: decided before a byte is written."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from random import Random
from typing import Any

from catalog.synthesis.chance import chance, uid
from catalog.synthesis.people import TODAY, Patient, patient
from catalog.synthesis.tables import table

# Two of every nine studies are also given to research: one copied well, one badly.
RESEARCH_CYCLE = 9
WELL, BADLY = 1, 4


@dataclass(frozen=True)
class Visit:
    """One study to be made: who, what, where and when."""

    index: int
    seed: int
    patient: Patient
    protocol: str
    scanner: str
    day: date
    minute: int
    returning: bool

    @cached_property
    def recipe(self) -> Mapping[str, Any]:
        recipe: Mapping[str, Any] = table("protocols")[self.protocol]
        return recipe

    @cached_property
    def device(self) -> Mapping[str, Any]:
        device: Mapping[str, Any] = table("scanners")["scanners"][self.scanner]
        return device

    @property
    def site_key(self) -> str:
        return str(self.device["site"])

    @cached_property
    def site(self) -> Mapping[str, Any]:
        site: Mapping[str, Any] = table("scanners")["sites"][self.site_key]
        return site

    @property
    def study_uid(self) -> str:
        return uid(self.device["uid_root"], self.seed, "study", self.index)

    @property
    def frame_uid(self) -> str:
        return uid(self.device["uid_root"], self.seed, "frame of reference", self.index)

    @property
    def mrn(self) -> str:
        return self.patient.identifier(self.site["prefix"])

    @property
    def accession(self) -> str:
        return f"{self.site['prefix']}{self.day:%y}-{400000 + self.index * 3}"

    @property
    def da(self) -> str:
        """The study date as VR DA."""
        return f"{self.day:%Y%m%d}"

    @property
    def epoch(self) -> int:
        """The start of the study in seconds since 1970, as GE writes it."""
        return (self.day - date(1970, 1, 1)).days * 86400 + self.minute * 60

    def clock(self, seconds: float = 0) -> str:
        """The time of day, this long after the start of the study, as VR TM."""
        total = self.minute * 60 + seconds
        return f"{int(total // 3600):02d}{int(total // 60 % 60):02d}{total % 60:09.6f}"

    @property
    def copied(self) -> str:
        """'well', 'badly' or '': whether research has a copy of this study."""
        return {WELL: "well", BADLY: "badly"}.get(self.index % RESEARCH_CYCLE, "")


def visits(studies: int, seed: int) -> Iterator[Visit]:
    """Yield the planned studies in order; every protocol comes once before any comes by weight."""
    protocols = table("protocols")
    names = list(protocols)
    weights = [protocols[name]["weight"] for name in names]
    people: list[Patient] = []
    for index in range(studies):
        draw = chance(seed, "visit", index)
        protocol = names[index] if index < len(names) else draw.choices(names, weights)[0]
        sex = "F" if protocol == "mg_screening" else None
        known = _acquaintance(draw, people, sex)
        person = known or patient(seed, len(people), sex)
        if known is None:
            people.append(person)
        scanners = protocols[protocol]["scanners"]
        yield Visit(
            index=index,
            seed=seed,
            patient=person,
            protocol=protocol,
            scanner=scanners[(index // len(names) + index) % len(scanners)],
            day=_working_day(draw),
            minute=draw.randrange(7 * 60 + 30, 18 * 60),
            returning=known is not None,
        )


def _acquaintance(draw: Random, people: list[Patient], sex: str | None) -> Patient | None:
    """Return one of the latest patients in three of ten cases, else None."""
    recent = [person for person in people[-20:] if sex in (None, person.sex)]
    return draw.choice(recent) if recent and draw.random() < 0.3 else None


def _working_day(draw: Random) -> date:
    day = TODAY - timedelta(days=draw.randrange(1, 3900))
    return day - timedelta(days=max(0, day.weekday() - 4))
