"""Invented patients: names in eight scripts, identifiers of three sites, and all that is written about a person."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from random import Random

from catalog.synthesis.chance import chance
from catalog.synthesis.tables import table

# The archive ends here, so that no clock decides what is in it.
TODAY = date(2026, 10, 1)


@dataclass(frozen=True, slots=True)
class Patient:
    """One person, as each site knows them."""

    index: int
    seed: int
    family: str
    given: str
    dicom_name: str
    character_set: tuple[str, ...]
    sex: str
    born: date
    street: str
    town: str
    zip_code: str
    occupation: str
    ethnic_group: str
    religion: str

    @property
    def first_last(self) -> str:
        """The name as people write it, in Latin letters."""
        return f"{self.given} {self.family}"

    @property
    def ascii_name(self) -> str:
        """The name as a PN value in Latin letters."""
        return f"{self.family}^{self.given}"

    @property
    def address(self) -> str:
        return f"{self.street}, {self.town}, {self.zip_code}"

    @property
    def phone(self) -> str:
        """A number in an area code that nobody has, unique to the person."""
        return f"+1 555 {100 + self.index // 10000 % 900:03d} {self.index % 10000:04d}"

    @property
    def email(self) -> str:
        letters = "".join(filter(str.isalpha, f"{self.given}{self.family}")).lower()
        return f"{letters}{self.index}@mail.example"

    @property
    def ssn(self) -> str:
        """A number of the 900 area, which the administration never issues as an SSN."""
        digits = chance(self.seed, "ssn", self.index)
        return f"9{digits.randrange(10, 69):02d}-{digits.randrange(10, 99)}-{self.index % 10000:04d}"

    @property
    def insurance(self) -> str:
        plans: Sequence[str] = table("people")["insurers"]
        return f"{plans[self.index % len(plans)]}-{7000000 + self.index * 13}"

    def identifier(self, prefix: str) -> str:
        """The medical record number that the site with this prefix gave the person."""
        return f"{prefix}{chance(self.seed, 'mrn', prefix).randrange(10, 99)}{100000 + self.index * 7:06d}"

    def age_on(self, day: date) -> int:
        """Age in completed years."""
        before_birthday = (day.month, day.day) < (self.born.month, self.born.day)
        return day.year - self.born.year - before_birthday


@lru_cache(maxsize=4096)
def patient(seed: int, index: int, sex: str | None = None) -> Patient:
    """Invent the person with this index; `sex` is drawn unless it is given."""
    draw = chance(seed, "patient", index)
    people = table("people")
    scripts = people["scripts"]
    script = table("names")[scripts[index % len(scripts)]]
    sex = sex or draw.choice("FM")
    family = _spelling(draw.choice(script["families"]))
    given = _spelling(draw.choice(script["female" if sex == "F" else "male"]))
    town, zip_code = draw.choice(people["towns"])
    return Patient(
        index=index,
        seed=seed,
        family=family[0],
        given=given[0],
        dicom_name="=".join(f"{a}^{b}" for a, b in zip(family[1:], given[1:], strict=True)),
        character_set=tuple(script["character_set"]),
        sex=sex,
        born=_birth_date(draw, index),
        street=f"{draw.randrange(2, 240)} {draw.choice(people['streets'])}",
        town=town,
        zip_code=zip_code,
        occupation=draw.choice(people["occupations"]),
        ethnic_group=draw.choice(people["ethnic_groups"]),
        religion=draw.choice(people["religions"]),
    )


def _spelling(entry: str) -> list[str]:
    """Return [roman, alphabetic, ideographic…]; an entry without bars is its own alphabetic group."""
    parts = entry.split("|")
    return parts if len(parts) > 1 else [entry, entry]


def _birth_date(draw: Random, index: int) -> date:
    # Every ninth person was over 89 at any visit: an age that safe harbor does not allow to stay.
    youngest, oldest = (101, 107) if index % 9 == 4 else (16, 84)
    return TODAY - timedelta(days=draw.randrange(youngest * 366, oldest * 365))
