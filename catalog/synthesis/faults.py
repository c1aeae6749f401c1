"""Break studies in ways that quality rules should find."""

from collections.abc import Callable, Mapping
from copy import copy, deepcopy

from catalog.synthesis.answer_key import AnswerKey
from catalog.synthesis.assign import Row
from catalog.synthesis.draft import Frames, Instance, Series, Study
from catalog.synthesis.hide import hosts
from catalog.synthesis.paths import place
from catalog.synthesis.plan import Visit
from catalog.synthesis.words import Neighbour, words

PROGRAM_HEAD = b"MZ\x90\0\3\0\0\0\4\0\0\0\xff\xff\0\0".ljust(128, b"\0")
# Charsets whose bytes another single-byte set would show as other letters.
FOREIGN = ("ISO_IR 126", "ISO_IR 144", "ISO_IR 127", "ISO_IR 192", "GB18030")


class Faults:
    """Applies faults study by study; remembers what later studies are mixed up with."""

    def __init__(self) -> None:
        self._pictures: dict[str, Frames] = {}
        self._noted: list[tuple[Row, Study, Series, Instance | None, str]] = []

    def allowed(self, row: Row, visit: Visit) -> bool:
        """Whether this study may be broken so: research sources stay whole, and some faults ask for more."""
        if visit.copied or visit.index == 0:
            return False
        if row.get("returning") and not visit.returning:
            return False
        return not row.get("foreign") or visit.patient.character_set[-1] in FOREIGN

    def apply(self, study: Study, row: Row, neighbour: Neighbour) -> None:
        """Break the study as the row says; the key is told when the files have their names."""
        if "{previous" in str(row.get("value")) and neighbour.patient == study.visit.mrn:
            return
        if "special" in row:
            series = hosts(study, row, "fault")[0]
            instance = SPECIAL[row["special"]](series, self._pictures)
            self._noted.append((row, study, series, instance, ""))
            return
        for series in hosts(study, row, "fault"):
            self._write_value(study, row, series, neighbour)

    def remember(self, study: Study) -> None:
        """Keep one picture of each modality for faults that show it as another patient's."""
        for series in study.series:
            if series.instances and series.instances[0].frames is not None:
                self._pictures[series.modality] = series.instances[0].frames

    def note(self, key: AnswerKey) -> None:
        """Tell the answer key, now that the files have their names."""
        for row, study, series, instance, path in self._noted:
            files = [i.file for i in series.instances] if instance is None else [instance.file]
            entry = {
                "rule": row["rule"],
                "says": row["says"],
                "scope": row.get("scope", "instance" if instance else "series"),
                "study_instance_uid": str(series.shared.StudyInstanceUID),
                "series_instance_uid": series.uid,
                "path": path,
                "files": files,
            }
            key.faults.append(entry)
            if row["rule"] == "C1" and instance is not None:
                kind = "different content" if row["special"] == "duplicate" else "same content"
                twins = [i.file for i in series.instances if i.sop_uid == instance.sop_uid]
                key.duplicates.append({"sop_instance_uid": instance.sop_uid, "kind": kind, "files": twins})
            if "conflict" in row and series is study.series[0]:
                key.conflicts.append({"kind": row["conflict"], **_conflict(series)})
        self._noted.clear()

    def _write_value(self, study: Study, row: Row, series: Series, neighbour: Neighbour) -> None:
        filled = words(study.visit, str(series.shared.get("SeriesDescription", "")), neighbour)
        value = row["value"]
        if isinstance(value, str):
            value = value.format_map(filled)
        instance = series.instances[len(series.instances) // 2] if row["scope"] == "instance" else None
        target = instance.own if instance else series.shared
        path = place(target, row["path"], value, row.get("vr"))
        if "PatientName" in row["path"]:
            series.character_set = ("ISO_IR 100",)
            series.shared.SpecificCharacterSet = "ISO_IR 100"
        self._noted.append((row, study, series, instance, path))


def _conflict(series: Series) -> dict[str, str]:
    return {
        "patient_id": str(series.shared.get("PatientID", "")),
        "issuer": str(series.shared.get("IssuerOfPatientID", "")),
        "study_instance_uid": str(series.shared.StudyInstanceUID),
        "accession_number": str(series.shared.get("AccessionNumber", "")),
    }


def _duplicate(series: Series, _pictures: Mapping[str, Frames]) -> Instance:
    """A second file with the same UID and another content."""
    twin = deepcopy(series.instances[-1])
    twin.own.ImageComments = "Second version"
    series.instances.append(twin)
    return twin


def _same_twice(series: Series, _pictures: Mapping[str, Frames]) -> Instance:
    twin = copy(series.instances[0])
    series.instances.append(twin)
    return twin


def _same_pixels(series: Series, pictures: Mapping[str, Frames]) -> Instance:
    instance = series.instances[0]
    other = pictures.get(series.modality)
    if other is not None and instance.frames is not None and other.shape == instance.frames.shape:
        instance.frames = other
    return instance


def _wrong_character_set(series: Series, _pictures: Mapping[str, Frames]) -> None:
    series.claimed_character_set = "ISO_IR 100"


def _no_character_set(series: Series, _pictures: Mapping[str, Frames]) -> None:
    series.claimed_character_set = ""


def _meta_differs(series: Series, _pictures: Mapping[str, Frames]) -> Instance:
    instance = series.instances[0]
    instance.meta["MediaStorageSOPInstanceUID"] = f"{instance.sop_uid[:60]}.9"
    return instance


def _executable_preamble(series: Series, _pictures: Mapping[str, Frames]) -> Instance:
    series.instances[0].preamble = PROGRAM_HEAD
    return series.instances[0]


def _short_pixels(series: Series, _pictures: Mapping[str, Frames]) -> Instance:
    instance = series.instances[0]
    instance.pixel_missing = int(series.shared.Columns) * 2
    return instance


def _slice_gap(series: Series, _pictures: Mapping[str, Frames]) -> None:
    """The file is gone; what pointed at it now points at nothing (C11)."""
    del series.instances[len(series.instances) // 2]


SPECIAL: Mapping[str, Callable[[Series, Mapping[str, Frames]], Instance | None]] = {
    "duplicate": _duplicate,
    "executable_preamble": _executable_preamble,
    "meta_differs": _meta_differs,
    "no_character_set": _no_character_set,
    "same_pixels": _same_pixels,
    "same_twice": _same_twice,
    "short_pixels": _short_pixels,
    "slice_gap": _slice_gap,
    "wrong_character_set": _wrong_character_set,
}
