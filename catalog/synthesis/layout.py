"""Where files lie: three sites, three habits, and names of people in some of the paths."""

import re
from collections.abc import Callable, Mapping

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


def safe(text: str) -> str:
    """A file name for this text."""
    return UNSAFE.sub("_", text).strip("_")


def _pacs(study: Study) -> None:
    """By date and UID, as an archive stores what it receives."""
    for series in study.series:
        folder = (
            f"{CLINICAL}/site-north/{study.visit.day:%Y/%m/%d}/{series.shared.StudyInstanceUID}/{series.uid}"
        )
        for instance in series.instances:
            instance.file = f"{folder}/{instance.sop_uid}.dcm"


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
