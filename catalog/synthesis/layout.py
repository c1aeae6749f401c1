"""Where files lie: three sites, three habits, and names of people in some of the paths."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping

from catalog.synthesis.deidentify import subject
from catalog.synthesis.draft import Study
from catalog.synthesis.plan import Visit

UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
CLINICAL = "clinical"


def lay_out(study: Study) -> None:
    """Give every instance of a clinical study its path under the archive root."""
    LAYOUTS[study.visit.site["layout"]](study)


def lay_out_copy(study: Study, folder: str, subject: str) -> None:
    """Give every instance of a research copy its path below `folder`."""
    for number, series in enumerate(study.series, 1):
        for index, instance in enumerate(series.instances, 1):
            instance.file = (
                f"{folder}/{subject}/{study.visit.index:04d}/{number:02d}-{series.modality}/{index:04d}.dcm"
            )


def person_folder(visit: Visit) -> str:
    """The folder of a patient at the site that files by person: the number, and for every third the name as well."""
    if visit.patient.index % 3:
        return visit.mrn
    return safe(f"{visit.patient.family.upper()}_{visit.patient.given}_{visit.mrn}")


def research_folder(visit: Visit, manner: str) -> str:
    """The folder of a subject; the careless copy is filed under the patient's name."""
    if manner == "badly" and visit.patient.index % 2:
        return safe(f"{visit.patient.family}_{visit.patient.given}")
    return subject(visit) if manner == "well" else f"ANON{visit.patient.index:05d}"


def people_in_path(study: Study) -> Iterator[tuple[str, str, str]]:
    """Yield (path of the folder, HIPAA class, value) of everything in a path that names the patient (case 92)."""
    visit = study.visit
    parts = study.series[0].instances[0].file.split("/")
    for depth, part in enumerate(parts, 1):
        folder = "/".join(parts[:depth])
        if visit.mrn in part:
            yield folder, "H", visit.mrn
        family, given = safe(visit.patient.family), safe(visit.patient.given)
        if part.lower().startswith(f"{family}_{given}".lower()):
            yield folder, "A", part.removesuffix(f"_{visit.mrn}")
        if part.startswith(visit.da):
            yield folder, "C", visit.da


def safe(text: str) -> str:
    """A file name for this text."""
    return UNSAFE.sub("_", text).strip("_")


def _pacs(study: Study) -> None:
    """By date and UID, as an archive stores what it receives."""
    for series in study.series:
        folder = (
            f"{CLINICAL}/site-north/{study.visit.day:%Y/%m/%d}/{series.shared.StudyInstanceUID}/{series.uid}"
        )
        stored: Counter[str] = Counter()
        for instance in series.instances:
            stored[instance.sop_uid] += 1
            again = f"_{stored[instance.sop_uid]}" if stored[instance.sop_uid] > 1 else ""
            instance.file = f"{folder}/{instance.sop_uid}{again}.dcm"


def _media(study: Study) -> None:
    """Eight upper-case letters and no extension, as media carry them (PS3.12)."""
    visit = study.visit
    for number, series in enumerate(study.series, 1):
        folder = f"{CLINICAL}/site-harbour/VOL{visit.day:%y}/PA{visit.patient.index:06d}/ST{visit.index:06d}/SE{number:06d}"
        for index, instance in enumerate(series.instances, 1):
            instance.file = f"{folder}/IM{index:06d}"


def _named(study: Study) -> None:
    """By number, date and description, as people file what they export."""
    visit = study.visit
    title = safe(f"{visit.da}_{visit.recipe['modality']}_{visit.recipe['description']}")
    for number, series in enumerate(study.series, 1):
        name = safe(f"{number:03d}_{visit.recipe['series'][number - 1]['description']}")
        folder = f"{CLINICAL}/site-hill/{person_folder(visit)}/{title}/{name}"
        for index, instance in enumerate(series.instances, 1):
            instance.file = f"{folder}/{index:04d}.dcm"


LAYOUTS: Mapping[str, Callable[[Study], None]] = {"media": _media, "named": _named, "pacs": _pacs}
