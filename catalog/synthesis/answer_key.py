"""The answer key: what is in the archive, so that whatever reads it can be scored."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset

from catalog.synthesis.draft import Instance, Plant, Series, Study
from catalog.synthesis.paths import find, text
from catalog.synthesis.tables import table

NAME = "answer_key.json"
VERSION = 1
SHORTEST_LEAK = 6
# Carriers whose value is an element that a later plant may overwrite.
IN_ELEMENTS = ("element", "private", "sr_text", "graphic_text")


class AnswerKey:
    """Collects while the archive is written; grows with series and plants, not with files.

    Its sections: collections (with their counts), counts, identifying_values (leak: no page may show it
    unmasked), plants (what identifies, and where), negatives (what only looks so), faults, duplicates,
    conflicts, quarantine (file → cause), strays_with_phi, paths_with_phi, deidentified (copy → source SOP
    instance UIDs), references (source → target; a source of level 'series' is a series UID), series.
    A plant with files > 1 is in every file of its series and names the first.
    """

    def __init__(self, seed: int, studies: int) -> None:
        self._head = {"version": VERSION, "seed": seed, "studies_asked": studies}
        self.plants: list[dict[str, Any]] = []
        self.negatives: list[dict[str, Any]] = []
        self.faults: list[dict[str, Any]] = []
        self.duplicates: list[dict[str, Any]] = []
        self.conflicts: list[dict[str, Any]] = []
        self.quarantine: dict[str, str] = {}
        self.strays_with_phi: list[dict[str, Any]] = []
        self.paths: dict[tuple[str, str], dict[str, Any]] = {}
        self.deidentified: dict[str, list[dict[str, Any]]] = {"well": [], "badly": []}
        self._values: dict[tuple[str, str], dict[str, Any]] = {}
        self._references: dict[tuple[str, str, str, str], None] = {}
        self._series: dict[str, dict[str, Any]] = {}
        self._census: defaultdict[str, Census] = defaultdict(Census)

    def note_study(self, study: Study, collection: str) -> None:
        """Take in a study whose files have their paths: counts, identifiers, references, plants."""
        for series in study.series:
            self._note_series(series, collection)

    def note_path(self, path: str, identifier: str, value: str) -> None:
        """A folder or file whose name tells who the patient is (case 92)."""
        entry = {"path": path, "class": identifier, "value": value, "case": 92, "hardness": "hard"}
        self.paths.setdefault((path, value), entry)
        self.note_value(value, identifier, "path", leak=True)

    def note_copy(self, source: Study, made: Study, manner: str) -> None:
        """A research copy: which object was made from which, so that pixels and links can be compared."""
        self.deidentified[manner].append(
            {
                "source_study": str(source.series[0].shared.StudyInstanceUID),
                "copy_study": str(made.series[0].shared.StudyInstanceUID),
                "instances": {i.sop_uid: i.origin for series in made.series for i in series.instances},
            }
        )

    def note_value(self, value: str, identifier: str, kind: str, *, leak: bool) -> None:
        """A value that identifies somebody; `leak` when a page that shows it has leaked it."""
        forms = sorted({value, *_forms(value)})
        entry = {"value": value, "forms": forms, "class": identifier, "kind": kind, "leak": leak}
        known = self._values.setdefault((identifier, value), entry)
        known["leak"] = known["leak"] or leak

    def note_stray(self, path: str, cause: str, collection: str) -> None:
        """A file that is no readable DICOM object."""
        self.quarantine[path] = cause
        for census in self._counted(collection):
            census.strays += 1

    def note_telling_stray(self, entry: dict[str, Any]) -> None:
        """What a stray tells of a person, although no catalogue will read it."""
        self.strays_with_phi.append(entry)
        self.note_value(entry["value"], entry["class"], entry["carrier"], leak=True)

    def write(self, root: Path, collections: list[dict[str, Any]]) -> dict[str, Any]:
        """Write the key into the archive root and return it."""
        document = self.document(collections)
        # One entry a line: people compare two keys with diff, and json's own indenting is slow.
        rows = (f"{_json(name)}: {_lines(part)}" for name, part in document.items())
        (root / NAME).write_text("{\n" + ",\n".join(rows) + "\n}\n", encoding="utf-8")
        return document

    def document(self, collections: list[dict[str, Any]]) -> dict[str, Any]:
        """The whole key."""
        return {
            **self._head,
            "collections": [{**row, "counts": self._census[row["path"]].document()} for row in collections],
            "counts": self._census[""].document(),
            "identifying_values": list(self._values.values()),
            "plants": self.plants,
            "negatives": self.negatives,
            "faults": self.faults,
            "duplicates": self.duplicates,
            "conflicts": self.conflicts,
            "quarantine": self.quarantine,
            "strays_with_phi": self.strays_with_phi,
            "paths_with_phi": list(self.paths.values()),
            "deidentified": self.deidentified,
            "references": [
                dict(zip(("source", "target", "kind", "level"), edge, strict=True))
                for edge in self._references
            ],
            "series": self._series,
        }

    def _note_series(self, series: Series, collection: str) -> None:
        for instance in series.instances:
            self._count(series, instance, collection)
        if not series.instances:
            return
        first = series.instances[0]
        folder = str(Path(first.file).parent)
        self._series.setdefault(
            series.uid,
            {
                "study": str(series.shared.StudyInstanceUID),
                "modality": series.modality,
                "folder": folder,
                "files": 0,
            },
        )["files"] += len(series.instances)
        if not series.cleaned:
            self._note_identifiers(series, first)
        self._note_references(series)
        for plant in series.plants:
            if holds(series, plant):
                self._note_plant(series, plant)

    def _counted(self, collection: str) -> list["Census"]:
        return [self._census[""], self._census[collection]]

    def _count(self, series: Series, instance: Instance, collection: str) -> None:
        issuer = str(series.shared.get("IssuerOfPatientID", ""))
        patient = (str(series.shared.get("PatientID", "")), issuer)
        study = str(series.shared.StudyInstanceUID)
        for census in self._counted(collection):
            census.add(patient, study, series.uid, instance.sop_uid, series.modality)

    def _note_identifiers(self, series: Series, first: Instance) -> None:
        for path, element in walk(series.shared):
            row = _identifying(element)
            if row is None or not text(element):
                continue
            identifier, case, leak = row
            value = text(element)
            if value == series.pseudonym:
                continue
            for one in value.split("\\"):
                self.note_value(one, identifier, element.keyword, leak=leak)
            foreign = not value.isascii()
            if foreign:
                # Names beyond ASCII are cases of their own: 27, and 28 where the character set is a lie.
                case = 27 if series.claimed_character_set is None else 28
            plant = Plant(path, "element", element.VR, identifier, value, value, foreign, case)
            self.plants.append(_plant_entry(series, first, plant))

    def _note_plant(self, series: Series, plant: Plant) -> None:
        instance = series.instances[plant.instance or 0]
        entry = _plant_entry(series, instance, plant)
        if isinstance(plant.case, str):
            self.negatives.append(entry)
            return
        self.plants.append(entry)
        # A short name is also a word or a part of one: seeing it on a page proves nothing.
        leak = plant.identifier not in "CMR" and len(plant.token) >= SHORTEST_LEAK
        self.note_value(plant.token, plant.identifier, plant.carrier, leak=leak)

    def _note_references(self, series: Series) -> None:
        """Edges from a lone object are the object's; edges that a series shares are the series'."""
        lone = len(series.instances) == 1
        source = series.instances[0].sop_uid if lone else series.uid
        for kind, target in references(series.shared):
            self._references[source, target, kind, "instance" if lone else "series"] = None
        for instance in series.instances:
            for kind, target in references(instance.own):
                self._references[instance.sop_uid, target, kind, "instance"] = None


class Census:
    """What a catalogue of one collection must count."""

    def __init__(self) -> None:
        self.strays = 0
        self.patients: set[tuple[str, str]] = set()
        self.studies: set[str] = set()
        self.series: set[str] = set()
        self.instances: set[str] = set()
        self.objects: Counter[str] = Counter()
        self.by_modality: defaultdict[str, tuple[set[str], set[str]]] = defaultdict(lambda: (set(), set()))

    def add(self, patient: tuple[str, str], study: str, series: str, instance: str, modality: str) -> None:
        """Count one readable DICOM object."""
        self.patients.add(patient)
        self.studies.add(study)
        self.series.add(series)
        self.instances.add(instance)
        self.objects[modality] += 1
        self.by_modality[modality][0].add(study)
        self.by_modality[modality][1].add(series)

    def document(self) -> dict[str, Any]:
        """The counts: files = dicom + quarantined; patients are distinct (PatientID, issuer) pairs."""
        dicom = sum(self.objects.values())
        return {
            "files": dicom + self.strays,
            "dicom": dicom,
            "quarantined": self.strays,
            "patients": len(self.patients),
            "studies": len(self.studies),
            "series": len(self.series),
            "sop_instance_uids": len(self.instances),
            "by_modality": {
                modality: {
                    "studies": len(self.by_modality[modality][0]),
                    "series": len(self.by_modality[modality][1]),
                    "dicom": self.objects[modality],
                }
                for modality in sorted(self.objects)
            },
        }


def walk(dataset: Dataset, above: str = "") -> Iterator[tuple[str, DataElement]]:
    """Yield every element with its canonical path, sequences before their items."""
    for element in dataset:
        path = f"{above}{int(element.tag):08X}"
        yield path, element
        if element.VR == "SQ":
            for number, item in enumerate(element.value):
                yield from walk(item, f"{path}[{number}].")


def references(dataset: Dataset) -> Iterator[tuple[str, str]]:
    """Yield (keyword of the nearest sequence, UID) of every referenced object."""
    for element in dataset:
        if element.VR != "SQ":
            continue
        for item in element.value:
            target = item.get("ReferencedSOPInstanceUID")
            if target and element.keyword not in ("ReferencedStudySequence", "RTReferencedStudySequence"):
                yield element.keyword, str(target)
            yield from references(item)


def holds(series: Series, plant: Plant) -> bool:
    """Whether what was planted is still where it was planted."""
    if plant.carrier not in IN_ELEMENTS:
        return True
    instance = series.instances[plant.instance or 0]
    element = find(instance.own, plant.path) or find(series.shared, plant.path)
    # What lies inside bytes was put there whole and no table overwrites it.
    return element is not None and (isinstance(element.value, bytes) or plant.token in text(element))


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _lines(part: object) -> str:
    if isinstance(part, list) and part:
        return "[\n" + ",\n".join(map(_json, part)) + "\n]"
    return _json(part)


def _identifying(element: DataElement) -> tuple[str, int | None, bool] | None:
    rows = table("identifiers")
    row = rows["elements"].get(element.keyword)
    if row is not None:
        identifier, case, leak = row
        return identifier, case, leak and len(str(element.value)) >= SHORTEST_LEAK
    if element.keyword == "PatientAge" and str(element.value)[:3] > "089":
        return "C", 4, False
    if element.VR in rows["dates"]["vr"] and element.keyword not in rows["dates"]["except"]:
        return rows["dates"]["class"], None, False
    return None


def _forms(value: str) -> Iterator[str]:
    """The other ways in which a page may write a name or a date."""
    if "^" in value:
        for group in value.split("="):
            family, _, given = group.partition("^")
            given = given.split("^")[0]
            yield group
            yield f"{given} {family}".strip()
            yield f"{family}, {given}".strip(", ")
    elif len(value) == 8 and value.isdigit():
        yield f"{value[:4]}-{value[4:6]}-{value[6:]}"


def _plant_entry(series: Series, instance: Instance, plant: Plant) -> dict[str, Any]:
    entry = {
        "file": instance.file,
        "sop_instance_uid": instance.sop_uid,
        "series_instance_uid": series.uid,
        "files": 1 if plant.instance is not None else len(series.instances),
        "path": plant.path,
        "carrier": plant.carrier,
        "vr": plant.vr,
        "class": plant.identifier,
        "value": plant.value,
        "token": plant.token,
        "hardness": "hard" if plant.hard else "easy",
        "case": plant.case,
    }
    return entry | {"where": plant.where} if plant.where else entry
